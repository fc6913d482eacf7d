// Policies for tests: one that says nothing but what it is asked to, and any for laws.
import fc from 'fast-check';
import type { PolicyTerms } from '../../src/domain/policy/policy.js';
import { AHEAD, type ProtectiveRule } from '../../src/domain/policy/protective-rules.js';
import { ACTION_TYPES } from '../../src/domain/trade/action-specs.js';

const EVERY_TRADE = { accounts: [], symbols: [], magicNumbers: [], labels: [], directions: [] } as const;
const WHOLE_PLAN = { states: 'on', leftOut: [], numbers: { states: {}, actions: {} } } as const;

/** Rules instead of the plan. */
export const NO_PLAN = { ...WHOLE_PLAN, states: 'off' } as const;

/** For every trade, with the whole plan and no rules where nothing else is said. */
export function policyOf(
  terms: Partial<Omit<PolicyTerms, 'scope'>> & { scope?: Partial<PolicyTerms['scope']> } = {},
): PolicyTerms {
  const { scope = {}, ...rest } = terms;
  return {
    ...{ name: 'tried', description: '', priority: 0, mode: 'enforce', plan: WHOLE_PLAN },
    ...{ rules: [], riskAtrs: null, ...rest },
    scope: { ...EVERY_TRADE, ...scope },
  };
}

const tenths = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 10);
const when = fc.constantFrom('always' as const, 'losing' as const, 'winning' as const);

/** Any rule, by numbers that decide something within a few bars. */
export const anyRule: fc.Arbitrary<ProtectiveRule> = fc.oneof<fc.Arbitrary<ProtectiveRule>[]>(
  fc.record({ kind: fc.constant('chandelier' as const), atrs: tenths(1, 40) }),
  fc.record({ kind: fc.constant('atr_trail' as const), atrs: tenths(1, 40) }),
  fc.record({
    kind: fc.constant('step_locks' as const),
    steps: fc.array(fc.record({ atR: tenths(1, 30), lockR: tenths(-5, 20) }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('breakeven' as const), atR: tenths(1, 20), bufferR: tenths(0, 5) }),
  fc.record({ kind: fc.constant('loss_stop' as const), atR: tenths(1, 9) }),
  fc.record({ kind: fc.constant('time_stop' as const), bars: fc.integer({ min: 1, max: 20 }), when }),
  fc.record({
    kind: fc.constant('close_before' as const),
    what: fc.constantFrom(...AHEAD),
    minutes: fc.integer({ min: 1, max: 300 }),
    when,
  }),
  fc.record({
    kind: fc.constant('size_down' as const),
    bars: fc.integer({ min: 1, max: 20 }),
    keep: tenths(0, 9),
  }),
  fc.record({
    kind: fc.constant('targets' as const),
    targets: fc.array(fc.record({ atR: tenths(1, 30), share: tenths(1, 3) }), { minLength: 1, maxLength: 3 }),
  }),
);

/** Any policy of one of these names. */
export function anyPolicy(names: readonly [string, ...string[]]): fc.Arbitrary<PolicyTerms> {
  return fc
    .record({
      name: fc.constantFrom(...names),
      priority: fc.integer({ min: 0, max: 3 }),
      directions: fc.subarray(['BUY', 'SELL'] as const),
      mode: fc.constantFrom('enforce' as const, 'enforce' as const, 'observe' as const),
      states: fc.constantFrom('on' as const, 'off' as const),
      leftOut: fc.subarray(ACTION_TYPES.filter((type) => type !== 'CLOSE_HEDGE')),
      l1Score: tenths(-40, -5),
      partialClose: tenths(2, 8),
      rules: fc.array(anyRule, { maxLength: 3 }),
      riskAtrs: fc.option(tenths(5, 30)),
    })
    .map(({ directions, states, leftOut, l1Score, partialClose, ...rest }) =>
      policyOf({
        ...rest,
        scope: { directions },
        plan: {
          states,
          leftOut: states === 'on' ? leftOut : [],
          numbers: { states: { l1Score }, actions: { partialClose } },
        },
      }),
    );
}
