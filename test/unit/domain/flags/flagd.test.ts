// The targeting of flags reads flagd's definitions as flagd's own evaluator does: that one is the oracle.
import { FlagdCore, MemoryStorage } from '@openfeature/flagd-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateDefinition, readDefinitions } from '../../../../src/domain/flags/definition.js';
import type { JsonLogic } from '../../../../src/domain/flags/targeting.js';
import '../../../support/properties.js';

const SILENT = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
const VARIANTS = { on: true, off: false };

const name = fc.constantFrom('demo', 'real-1', 'real-2', 'paper', '0.1.0', 'XAUUSD');
const variable: fc.Arbitrary<JsonLogic> = fc
  .constantFrom('account', 'symbol', 'method', 'build', 'absent')
  .map((of) => ({ var: of }));
const value: fc.Arbitrary<JsonLogic> = fc.oneof(variable, name);
const condition: fc.Arbitrary<JsonLogic> = fc.letrec<{ any: JsonLogic; one: JsonLogic }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('one'),
    tie('one'),
    fc.record({ and: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }),
    tie('any').map((inner): JsonLogic => ({ '!': [inner] })),
  ),
  one: fc.oneof(
    fc
      .tuple(fc.constantFrom('===', '!==', '==', '!='), variable, name)
      .map(([operator, left, right]): JsonLogic => ({ [operator]: [left, right] })),
    fc
      .tuple(variable, fc.array(name, { maxLength: 4 }))
      .map(([left, all]): JsonLogic => ({ in: [left, all] })),
    fc
      .tuple(fc.constantFrom('starts_with', 'ends_with'), variable, fc.constantFrom('real', 'd', 'demo', '1'))
      .map(([operator, left, right]): JsonLogic => ({ [operator]: [left, right] })),
    value.map((inner): JsonLogic => ({ '!!': [inner] })),
  ),
})).any;
const shares = fc.tuple(fc.nat(100), fc.nat(100)).filter(([on, off]) => on + off > 0);
const outcome: fc.Arbitrary<JsonLogic> = fc.oneof(
  fc.constantFrom<JsonLogic>('on', 'off', null),
  shares.map(
    ([on, off]): JsonLogic => ({
      fractional: [
        ['on', on],
        ['off', off],
      ],
    }),
  ),
  fc.tuple(variable, shares).map(
    ([by, [on, off]]): JsonLogic => ({
      fractional: [{ cat: [{ var: '$flagd.flagKey' }, by] }, ['on', on], ['off', off]],
    }),
  ),
);
const targeting: fc.Arbitrary<JsonLogic> = fc.oneof(
  outcome,
  fc
    .tuple(condition, outcome, outcome)
    .map(([when, then, otherwise]): JsonLogic => ({ if: [when, then, otherwise] })),
);
const context = fc.record(
  { account: name, symbol: name, method: name, build: fc.constant('0.1.0') },
  { requiredKeys: ['account', 'build'] },
);

test('law: it says what flagd says, and why', () => {
  fc.assert(
    fc.property(targeting, context, fc.constantFrom('on', 'off'), (rule, asked, defaultVariant) => {
      const told = { state: 'ENABLED', variants: VARIANTS, defaultVariant, targeting: rule };
      const { definitions, problems } = readDefinitions({ flags: { enforce: told } });
      expect(problems).toEqual([]);
      const oracle = new FlagdCore(new MemoryStorage(SILENT), SILENT);
      oracle.setConfigurations(JSON.stringify({ flags: { enforce: told } }));
      const theirs = oracle.resolveBooleanEvaluation(
        'enforce',
        true,
        { ...asked, targetingKey: asked.account },
        SILENT,
      );
      const { enforce } = definitions;
      if (enforce === undefined) throw new Error('it was not read');
      const ours = evaluateDefinition('enforce', enforce, asked);
      expect({ value: ours.value, variant: ours.variant, reason: ours.reason }).toEqual({
        value: theirs.value,
        variant: theirs.variant,
        reason: theirs.reason,
      });
    }),
  );
});
