import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { ConfigError, type ConfigSources, loadConfig } from '../../../src/config/config.js';
import { redacted } from '../../../src/config/redacted.js';
import { SCHEMA } from '../../../src/config/schema.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function file(content: unknown): string {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-config-'));
  folders.push(folder);
  const path = join(folder, 'own.json');
  const isText = typeof content === 'string' || Buffer.isBuffer(content);
  writeFileSync(path, isText ? content : JSON.stringify(content));
  return path;
}

function problems(sources: ConfigSources): readonly string[] {
  try {
    loadConfig({ env: {}, ...sources });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const isSetting = (node: unknown): boolean => Object.hasOwn(Object(node), 'default');

/** What settings are without being told, section by section. */
function defaultsOf(node: unknown): unknown {
  if (isSetting(node)) return Reflect.get(Object(node), 'default');
  return Object.fromEntries(Object.entries(Object(node)).map(([key, inner]) => [key, defaultsOf(inner)]));
}

/** The variable of every setting. */
function variablesOf(node: unknown): unknown[] {
  return isSetting(node)
    ? [Reflect.get(Object(node), 'env')]
    : Object.values(Object(node)).flatMap((inner) => variablesOf(inner));
}

describe('layers', () => {
  test('config/dtms_config.json shows every default, and nothing else', () => {
    const shown = JSON.parse(readFileSync('config/dtms_config.json', 'utf8'));
    const { rules, ...sections } = shown;
    const { environment: _, ...described } = SCHEMA;
    expect(sections).toEqual(defaultsOf(described));
    expect(rules).toEqual(DEFAULT_RULES);
  });

  test('later wins: environment file, DTMS_CONFIG file, variables, overrides', () => {
    expect(loadConfig({ env: {} }).grpc.reflection).toBe(true);
    expect(loadConfig({ env: { DTMS_ENV: 'production' }, use: 'tools' }).grpc.reflection).toBe(false);
    const own = file({ grpc: { port: 1111, host: '0.0.0.0', drainMs: 5 } });
    const env = { DTMS_CONFIG: own, DTMS_GRPC_PORT: '2222', DTMS_GRPC_DRAIN_MS: '6' };
    const { grpc } = loadConfig({ env, overrides: { grpc: { port: 3333 } } });
    expect(grpc).toMatchObject({ port: 3333, host: '0.0.0.0', drainMs: 6, keepaliveMs: 30_000 });
  });

  test('no file can choose the environment that chose it', () => {
    const env = { DTMS_ENV: 'staging' };
    const own = file({ environment: 'production' });
    expect(problems({ env, file: own })).toEqual([
      `environment: is chosen by DTMS_ENV, which says staging, and not by ${own}`,
    ]);
    expect(loadConfig({ env, file: file({ environment: 'staging' }) }).environment).toBe('staging');
  });

  test('an empty variable is one that is not set', () => {
    expect(loadConfig({ env: { DTMS_GRPC_PORT: '', DTMS_CONFIG: '' } }).grpc.port).toBe(50_051);
  });

  test('every environment of the schema has its file', () => {
    for (const environment of ['development', 'staging', 'production'])
      expect(loadConfig({ env: { DTMS_ENV: environment }, use: 'tools' }).environment).toBe(environment);
  });

  test('every setting but the environment has a variable of its own', () => {
    const { environment: _, ...sections } = SCHEMA;
    const names = variablesOf(sections);
    expect(names.length).toBeGreaterThan(60);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^DTMS_[A-Z0-9_]+$/);
  });

  test('the result is frozen, all the way', () => {
    const config = loadConfig({ env: {} });
    expect(() => Object.assign(config.grpc, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.rules.states, { l1Score: 1 })).toThrow(TypeError);
    expect(Object.isFrozen(DEFAULT_RULES)).toBe(false);
  });
});

describe('refusals', () => {
  test('all problems are told at once, each with its path', () => {
    const own = file({
      grpc: { port: 70_000, prot: 1 },
      writer: 7,
      watcher: {},
      rules: { states: { l1Scroe: 1 }, actions: { mode: 'loud' }, indicators: { rsiPeriod: 1.5 } },
    });
    const found = problems({ file: own, env: { DTMS_LOG_PRETTY: 'yes', DTMS_GRPC_DRAIN_MS: '5s' } });
    for (const part of [
      'grpc.port: must be a whole number from 0 to 65535',
      'grpc.prot: is not a setting; did you mean grpc.port?',
      'writer: must be an object',
      'watcher: is not a setting',
      'log.pretty: must be one of the possible values',
      'grpc.drainMs: must be a whole number',
      'rules.states.l1Scroe: is not a setting',
      'rules.actions.mode: must be one of enforce, observe',
      'rules.indicators.rsiPeriod: must be a whole number of at least 1',
    ])
      expect(found.join('\n')).toContain(part);
    expect(found).toHaveLength(9);
  });

  test.each([
    ['not JSON', '{', 'cannot be read'],
    ['a list', '[1]', 'must hold a JSON object'],
  ])('a file that holds %s', (_what, content, reason) => {
    expect(problems({ file: file(content) }).join()).toContain(reason);
  });

  test.each(['{"database": {"url": s3cr3t}}', '"s3cr3t" }', "{'s3cr3t': 1}", 's3cr3t'])(
    'a file that is not JSON is not quoted: %s',
    (content) => {
      const said = problems({ file: file(content) }).join();
      expect(said).toMatch(/cannot be read: (Unexpected|Expected)/);
      expect(said).not.toContain('3cr');
    },
  );

  const LIMIT = '{"limits": {"queriesPerSecond": 5}}';

  test.each([
    ['a byte order mark', Buffer.from(`\ufeff${LIMIT}`)],
    ['lines that end as on Windows', Buffer.from(LIMIT.replaceAll(' ', '\r\n'))],
  ])('a file with %s is read', (_what, content) => {
    expect(loadConfig({ env: {}, file: file(content) }).limits.queriesPerSecond).toBe(5);
  });

  test.each<[string, string | Buffer, string]>([
    ['has a section twice', '{"limits": {"queriesPerSecond": 5}, "limits": {}}', 'limits is given twice'],
    [
      'has a name twice, escaped',
      '{"log": {"level": "info", "l\\u0065vel": "warn"}}',
      'level is given twice',
    ],
    ['is UTF-16', Buffer.from(`\ufeff${LIMIT}`, 'utf16le'), 'it is not UTF-8; save it as UTF-8'],
    ['is Latin-1', Buffer.from('{"log": {"level": "é"}}', 'latin1'), 'it is not UTF-8'],
    ['is huge', `${LIMIT}${' '.repeat(1024 * 1024)}`, 'it is larger than 1048576 bytes'],
    [
      'has a path as a name',
      '{"limits.queriesPerSecond": 5}',
      'limits.queriesPerSecond: is one name with a dot',
    ],
    ['has one inside', '{"limits": {"a.b": 5}}', 'limits.a.b: is one name with a dot'],
    ['ends a name with a dot', '{"limits.": 5}', 'limits.: is one name with a dot'],
    [
      'names the prototype',
      '{"limits": {"__proto__": {"queriesPerSecond": 5}}}',
      'limits.__proto__: is not a setting',
    ],
    ['names it of rules', '{"rules": {"__proto__": {"states": 5}}}', 'rules.__proto__: is not a setting'],
  ])('a file that %s is refused', (_what, content, reason) => {
    const [said, ...more] = problems({ file: file(content) });
    expect(said).toContain(reason);
    expect(more).toEqual([]);
  });

  test.each([
    ['{', 'it is not valid JSON'],
    ['{"flags": {}, "flags": {"enforce": {}}}', 'flags is given twice in one object'],
    ['{"flags": {"enforce": 1}}', 'flags.enforce'],
    ['{"flags": {"enfroce": {}}}', 'enfroce'],
    [' '.repeat(1024 * 1024 + 1), 'is larger than 1048576 bytes'],
  ])('a file of feature flags that is damaged, with its name', (content, reason) => {
    const path = file(content);
    const [said = '', ...more] = problems({ env: { DTMS_FLAGS_FILE: path } });
    expect(more).toEqual([]);
    expect(said).toContain(`${path}: `);
    expect(said).toContain(reason);
  });

  test('a file of feature flags that is not there', () => {
    const said = problems({ env: { DTMS_FLAGS_FILE: '/nowhere/flags.json' } });
    expect(said).toEqual([expect.stringMatching(/^\/nowhere\/flags\.json: cannot be read: /)]);
  });

  test('a file that is not there', () => {
    expect(problems({ file: '/nowhere/dtms.json' }).join()).toContain('/nowhere/dtms.json: cannot be read');
  });

  test('an unknown environment', () => {
    expect(problems({ env: { DTMS_ENV: 'prod' } }).join()).toContain('environment');
  });

  test.each(['mysql://x', 'localhost:5432', 'postgres//x'])('a database URL like %s', (url) => {
    const [problem] = problems({ env: { DTMS_DATABASE_URL: url } });
    expect(problem).toContain('database.url');
  });

  test('a refused database URL is not shown: it may hold a password', () => {
    const found = problems({ env: { DTMS_DATABASE_URL: 'postgress://u:hunter2@h/d' } });
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain('hunter2');
  });

  test('prototype names from a file reach no prototype', () => {
    const own = file('{"__proto__": {"polluted": 1}, "rules": {"__proto__": {"polluted": 1}}}');
    problems({ file: own });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    // A name of one's own is checked, whatever every object has by that name.
    const managers = (name: string) => ({ rules: { ownership: { managers: { [name]: 'first' } } } });
    for (const name of ['bot', 'constructor', 'toString'])
      expect(problems({ file: file(JSON.stringify(managers(name))) }).join()).toContain(`managers.${name}`);
  });
});

describe('rules', () => {
  const load = (rules: unknown) => loadConfig({ env: {}, file: file({ rules }) }).rules;

  test('what is configured is put over the defaults, the rest stays', () => {
    const rules = load({ states: { l1Score: -2.5 }, regime: { vwapClamp: [0.4, 2] } });
    expect(rules.states).toEqual({ ...DEFAULT_RULES.states, l1Score: -2.5 });
    expect(rules.regime.vwapClamp).toEqual([0.4, 2]);
    expect(rules.signals).toEqual(DEFAULT_RULES.signals);
  });

  test('symbols and accounts may be added', () => {
    const rules = load({
      regime: { vwapBase: { AUDUSD: 0.0006 } },
      accounts: { us1: { marginMode: 'netting', fifo: true } },
    });
    expect(rules.regime.vwapBase).toEqual({ ...DEFAULT_RULES.regime.vwapBase, AUDUSD: 0.0006 });
    expect(rules.accounts).toEqual({ us1: { marginMode: 'netting', fifo: true } });
  });

  test('a signal without a multiplier may get one, an unknown signal may not', () => {
    const rules = load({ regime: { multipliers: { range: { MOMENTUM: 1.1 } } } });
    expect(rules.regime.multipliers.range.MOMENTUM).toBe(1.1);
    expect(
      problems({ file: file({ rules: { regime: { multipliers: { range: { MOMENT: 1 } } } } }) }),
    ).toEqual(['rules.regime.multipliers.range.MOMENT: is not a setting']);
  });

  test.each([
    [{ states: { flatTimerMs: -1 } }, 'rules.states.flatTimerMs: must not be negative'],
    [{ states: { l1Score: '2' } }, 'rules.states.l1Score: must be a number'],
    [{ states: [] }, 'rules.states: must be an object'],
    [{ regime: { vwapClamp: [1] } }, 'rules.regime.vwapClamp: must be a list of 2 numbers'],
    [{ regime: { vwapBase: { X: null } } }, 'rules.regime.vwapBase.X: must be a number'],
    [{ accounts: { a: { marginMode: 'netting' } } }, 'rules.accounts.a.fifo: must be true or false'],
    [{ accounts: { a: { marginMode: 'both', fifo: true } } }, 'rules.accounts.a.marginMode: must be one of'],
    [{ states: { l2Score: -7 } }, 'rules.states: hedgeScore above l2Score'],
    [{ rails: { dailyLoss: 5 } }, 'rules.rails.dailyLoss: must be a share above 0 and at most 1'],
    [{ rails: { hourlyLoss: 1e9 } }, 'rules.rails.hourlyLoss: must be a share above 0 and at most 1'],
    [{ rails: { dailyLoss: 0 } }, 'rules.rails.dailyLoss: must be a share above 0 and at most 1'],
    [{ breaker: { accountShare: 50 } }, 'rules.breaker.accountShare: must be a share above 0 and at most 1'],
    [{ regime: { lowVolatility: 2 } }, 'rules.regime: lowVolatility above highVolatility'],
  ])('%j is refused', (rules, reason) => {
    const found = problems({ file: file({ rules }) });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(reason);
  });
});

describe('redacted', () => {
  test('hides the database URL when there is one', () => {
    const url = 'postgres://u:hunter2@h/d';
    const config = loadConfig({ env: { DTMS_DATABASE_URL: url } });
    expect(JSON.stringify(redacted(config))).not.toContain('hunter2');
    expect(redacted(config)).toEqual({ ...config, database: { ...config.database, url: '[redacted]' } });
    expect(config.database.url).toBe(url);
    expect(redacted(loadConfig({ env: {} })).database.url).toBe('');
  });
});
