import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { hostsOf } from '../../../src/config/database-url.js';

describe('the URL of a database', () => {
  test('has one host, and whatever answers is it', () => {
    const url = 'postgres://dtms:p%40ss@db:5432/dtms?sslmode=require';
    expect(hostsOf(url)).toEqual({ urls: [url], choice: 'only' });
    expect(hostsOf('postgresql://db')).toEqual({ urls: ['postgresql://db'], choice: 'only' });
  });

  test('has several, of which the primary is looked for', () => {
    expect(
      hostsOf('postgres://u:p@one:5432,two,[::1]:7/dtms?sslmode=require&target_session_attrs=read-write'),
    ).toEqual({
      urls: [
        'postgres://u:p@one:5432/dtms?sslmode=require',
        'postgres://u:p@two/dtms?sslmode=require',
        'postgres://u:p@[::1]:7/dtms?sslmode=require',
      ],
      choice: 'primary',
    });
    expect(hostsOf('postgres://db/dtms?target_session_attrs=read-write')).toEqual({
      urls: ['postgres://db/dtms'],
      choice: 'primary',
    });
  });

  test.each([
    'mysql://db',
    'postgres://u:secret@one:x,two/dtms',
    'postgres://u:secret@db?target_session_attrs=standby',
  ])('is refused without being repeated: %s', (url) => {
    const load = () => loadConfig({ env: {}, overrides: { database: { url } } });
    expect(load).toThrow(/database\.url: .*must be/);
    expect(load).not.toThrow(/secret/);
  });
});
