// Every setting has a variable, and every secret a file; what they say is what a file would have said.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKey } from '../../../src/config/client.js';
import { loadConfig, readConfig } from '../../../src/config/config.js';
import { leaves, treeOf } from '../../../src/config/origins.js';
import { RULE_VARIABLES } from '../../../src/config/rule-variables.js';
import { shownSettings } from '../../../src/config/shown.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { runs } from '../../support/properties.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-variables-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('rules', () => {
  test('each has one variable', () => {
    const paths = leaves(DEFAULT_RULES, 'rules').map(([path]) => path);
    const named = [...RULE_VARIABLES.values()];
    expect(paths.filter((path) => !named.some((at) => path === at || path.startsWith(`${at}.`)))).toEqual([]);
    for (const name of RULE_VARIABLES.keys()) expect(name).toMatch(/^DTMS_RULES_[A-Z0-9_]+$/);
    expect(RULE_VARIABLES.get('DTMS_RULES_STATES_L1_SCORE')).toBe('rules.states.l1Score');
  });

  test('a variable says what a file would say', () => {
    const values = fc.oneof(
      fc.integer({ min: -3, max: 90 }),
      fc.constantFrom(0.5, true, 'observe', 'skip', 'loud', [1, 2], { XAUUSD: 0.002 }),
    );
    const variables = [...RULE_VARIABLES];
    fc.assert(
      fc.property(fc.constantFrom(...variables), values, ([variable, path], value) => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        const said = readConfig({ env: { [variable]: text } });
        const own = file('own.json', JSON.stringify(treeOf(path, value)));
        const written = readConfig({ env: {}, file: own });
        expect(said.problems).toEqual(written.problems);
        expect(said.config.rules).toEqual(written.config.rules);
        if (said.problems.length > 0) return;
        const shown = shownSettings(said).find(
          (setting) => setting.path === path || setting.path.startsWith(`${path}.`),
        );
        expect(shown?.origin).toEqual({ kind: 'variable', name: variable });
      }),
      { numRuns: runs(30) },
    );
  });
});

describe('secrets in files', () => {
  const URL = 'postgres://u:hunter2@h/d';

  test('are read, without the end of their line, and their origin is the file', () => {
    const env = { DTMS_DATABASE_URL_FILE: file('url', `${URL}\n`) };
    const reading = readConfig({ env });
    expect(reading.problems).toEqual([]);
    expect(reading.config.database.url).toBe(URL);
    const shown = shownSettings(reading).find(({ path }) => path === 'database.url');
    expect(shown).toMatchObject({ value: '[redacted]', origin: { name: 'DTMS_DATABASE_URL_FILE' } });
    expect(clientKey({ DTMS_API_KEY_FILE: file('key', 'dtms_abc\r\n') })).toBe('dtms_abc');
  });

  test.each([
    ['both are given', () => ({ DTMS_DATABASE_URL: URL, DTMS_DATABASE_URL_FILE: file('url', URL) })],
    ['there is no file', () => ({ DTMS_DATABASE_URL_FILE: join(folder, 'none') })],
    ['it is empty', () => ({ DTMS_DATABASE_URL_FILE: file('empty', '\n') })],
  ])('are refused when %s, and not shown', (_what, env) => {
    const { problems } = readConfig({ env: env() });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^DTMS_DATABASE_URL_FILE: /);
    expect(problems[0]).not.toContain('hunter2');
  });
});

describe('profiles', () => {
  test('production needs keys and TLS, and tells strangers little', () => {
    const { config, problems } = readConfig({ env: { DTMS_ENV: 'production' } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('DTMS_TLS_MODE=optional');
    expect(config).toMatchObject({
      access: { mode: 'required' },
      grpc: { reflection: false },
      log: { pretty: 'off' },
    });
    // What only looks into the database serves nobody.
    expect(loadConfig({ env: { DTMS_ENV: 'production' }, use: 'tools' }).tls.mode).toBe('required');
  });

  test('where each value comes from: the last that says it', () => {
    const own = file(
      'own.json',
      JSON.stringify({ grpc: { port: 1, drainMs: 2 }, limits: { maxStreams: 300 } }),
    );
    const env = { DTMS_ENV: 'production', DTMS_TLS_MODE: 'optional', DTMS_GRPC_DRAIN_MS: '4' };
    const reading = readConfig({ env, file: own, overrides: { grpc: { port: 5 } } });
    const origins = new Map(
      shownSettings(reading).map(({ path, value, origin }) => [path, [value, origin.kind]]),
    );
    expect(origins.get('grpc.port')).toEqual([5, 'flag']);
    expect(origins.get('grpc.drainMs')).toEqual([4, 'variable']);
    expect(origins.get('limits.maxStreams')).toEqual([300, 'file']);
    expect(origins.get('grpc.reflection')).toEqual([false, 'profile']);
    expect(origins.get('grpc.host')).toEqual(['127.0.0.1', 'default']);
  });
});
