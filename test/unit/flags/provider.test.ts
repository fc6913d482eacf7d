// A provider of OpenFeature behind the real SDK: what it says of accounts becomes definitions that say the same, what it does
// not answer changes nothing, and only who leads asks it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { evaluateDefinition, type FlagDefinitions, ON } from '../../../src/domain/flags/definition.js';
import { FLAG_NAMES } from '../../../src/domain/flags/flag.js';
import { FlagProvider } from '../../../src/flags/provider.js';
import { watchProvider } from '../../../src/flags/watch.js';
import { createLogger } from '../../../src/observability/logger.js';
import { until } from '../../support/eventually.js';
import { runs } from '../../support/properties.js';

/** A module as somebody would write it: it goes by what the test puts into the process. */
const MODULE = join(mkdtempSync(join(tmpdir(), 'dtms-provider-')), 'provider.mjs');
writeFileSync(
  MODULE,
  `export default {
    metadata: { name: 'test' },
    resolveBooleanEvaluation: async (flag, otherwise, { account }) => {
      const { off, broken } = globalThis.dtmsTestFlags;
      if (broken === 'hangs') return new Promise(() => undefined);
      if (broken === 'text') return { value: 'false', reason: 'STATIC' };
      if (broken) return { value: otherwise, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' };
      return { value: !off.includes(account === undefined ? flag : flag + ' ' + account), reason: 'TARGETING_MATCH' };
    },
  };`,
);
const says = { off: [] as string[], broken: false as boolean | 'hangs' | 'text' };
Reflect.set(globalThis, 'dtmsTestFlags', says);
const ACCOUNTS = ['a', 'b', 'c'];
const provider = await FlagProvider.open(MODULE);
afterAll(() => provider.close());

test('law: the definitions say of each account what the provider says', async () => {
  const off = fc.subarray(
    FLAG_NAMES.flatMap((flag) => [flag, ...ACCOUNTS.map((account) => `${flag} ${account}`)]),
  );
  await fc.assert(
    fc.asyncProperty(off, async (told) => {
      Object.assign(says, { off: told });
      const definitions = await provider.definitions(ACCOUNTS, '1');
      for (const flag of ['enforce', 'action.RE_ADD'] as const)
        for (const account of ACCOUNTS) {
          const { value } = evaluateDefinition(flag, definitions?.[flag] ?? ON, { account, build: '1' });
          expect(value).toBe(!told.includes(`${flag} ${account}`));
        }
      // Of a signal an account says nothing.
      expect(definitions?.['signal.MOMENTUM']?.targeting).toBeNull();
    }),
    { numRuns: runs(20) },
  );
});

test('what it says is put into force by who leads, once, and what it does not answer is not', async () => {
  Object.assign(says, { off: ['enforce a'], broken: false });
  let known: FlagDefinitions = {};
  let leads = false;
  let defined = 0;
  const end = watchProvider({
    provider: {
      definitions: (accounts, build) => provider.definitions(accounts, build),
      onChange: () => undefined,
      close: async () => undefined,
    },
    build: '1',
    leading: () => (leads ? { accounts: ACCOUNTS, known } : undefined),
    define: async (definitions) => {
      known = definitions;
      defined += 1;
    },
    logger: createLogger('silent'),
  });
  leads = true;
  await until('it is in force', () => defined === 1);
  const enforced = () =>
    evaluateDefinition('enforce', known.enforce ?? ON, { account: 'a', build: '1' }).value;
  expect(enforced()).toBe(false);
  says.broken = true;
  expect(await provider.definitions(ACCOUNTS, '1')).toBeUndefined();
  says.broken = false;
  says.off = [];
  await until('it is on again', () => enforced());
  expect(defined).toBe(2);
  await end();
});

test.each(['hangs', 'text'] as const)(
  'a provider that has no answer (%s) is not waited for, and says nothing',
  async (broken) => {
    Object.assign(says, { off: [], broken });
    expect(await provider.definitions(ACCOUNTS, '1')).toBeUndefined();
    says.broken = false;
    expect(await provider.definitions(ACCOUNTS, '1')).toBeDefined();
  },
);

test('a module without a provider is refused by its name', async () => {
  const other = MODULE.replace('provider.mjs', 'other.mjs');
  writeFileSync(other, 'export default {};');
  await expect(FlagProvider.open(other)).rejects.toThrow('is no provider of OpenFeature');
});
