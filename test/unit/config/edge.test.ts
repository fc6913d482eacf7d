// The settings of the edge: what of them must fit together.
import { describe, expect, test } from 'vitest';
import { ConfigError, type DeepPartial, loadConfig } from '../../../src/config/config.js';
import { grantsOf, type TlsSettings } from '../../../src/config/edge.js';

function problems(tls: DeepPartial<TlsSettings>): readonly string[] {
  try {
    loadConfig({ env: {}, overrides: { tls } });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('tls', () => {
  test.each([
    [{}, []],
    [{ cert: 'c', key: 'k' }, []],
    [{ cert: 'c', key: 'k', ca: 'a', clientScopes: 'mt5-1=bridge; desk = read, REGISTER;' }, []],
    [{ cert: 'c' }, ['tls.cert']],
    [{ key: 'k' }, ['tls.cert']],
    [{ ca: 'a' }, ['tls.ca']],
    [{ clientScopes: 'desk' }, ['tls.clientScopes']],
    [{ clientScopes: '=read' }, ['tls.clientScopes']],
    [{ clientScopes: 'desk=' }, ['tls.clientScopes']],
    [{ clientScopes: 'desk=read,fly' }, ['tls.clientScopes']],
  ])('%o', (tls, settings) => {
    expect(problems(tls).map((problem) => /^tls\.\w+/.exec(problem)?.[0])).toEqual(settings);
  });

  test('client scopes are read by name', () => {
    expect(grantsOf('mt5-1=bridge; desk = read, register')).toEqual([
      { name: 'mt5-1', scopes: ['bridge'] },
      { name: 'desk', scopes: ['read', 'register'] },
    ]);
  });
});
