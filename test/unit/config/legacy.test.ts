// The settings of the old routes: what is refused at the start instead of at every call.
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../../src/config/config.js';

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  try {
    loadConfig({ env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('the settings of the old routes', () => {
  it.each(['2027-02-30', '30.11.2027', '2027-11-30T00:00:00Z', 'soon'])('refuse %j as a sunset', (day) => {
    expect(problemsOf({ DTMS_HTTP_LEGACY_SUNSET: day })).toEqual([
      expect.stringContaining('http.legacy.sunset'),
    ]);
  });

  it.each([' live', 'a b', 'x'.repeat(65), '-a'])('refuse %j as an account', (account) => {
    expect(problemsOf({ DTMS_HTTP_LEGACY_ACCOUNT: account })).toEqual([
      expect.stringContaining('http.legacy.account'),
    ]);
  });

  it('take a day and an account', () => {
    const env = { DTMS_HTTP_LEGACY_SUNSET: '2028-02-29', DTMS_HTTP_LEGACY_ACCOUNT: 'broker:1@live' };
    expect(loadConfig({ env }).http.legacy).toMatchObject({ sunset: '2028-02-29', account: 'broker:1@live' });
  });
});
