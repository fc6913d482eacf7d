// What a policy says on its card: whatever it has is told, and nothing that it has not.
import { fromBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UpsertPolicyResponse } from '../../../gen/ts/dtms/v1/policy_service.js';
import { ruleText as ruleOfTheDomain } from '../../../src/domain/policy/rule-text.js';
import type { PolicyJson } from '../../../src/http/dashboard/data/policy.js';
import { planText, ruleText, scopeText } from '../../../src/http/dashboard/ui/policy-text.js';
import { policyToProto } from '../../../src/wire/policy.js';
import { anyRule, NO_PLAN, policyOf } from '../../support/policies.js';
import { METHODS } from '../../support/rest.js';

const ANSWER = METHODS.find(({ name }) => name === 'UpsertPolicy')?.output;

/** A policy as REST tells it: with what is empty. */
function told(terms: Parameters<typeof policyOf>[0]): PolicyJson {
  if (ANSWER === undefined) throw new Error('there is no UpsertPolicy');
  const policy = policyToProto({ ...policyOf(terms), version: 1 });
  const bytes = UpsertPolicyResponse.encode({ policy }).finish();
  return Object(toJson(ANSWER, fromBinary(ANSWER, bytes), { alwaysEmitImplicit: true })).policy;
}

test('a rule reads as the program tells it', () => {
  fc.assert(
    fc.property(anyRule, (rule) => {
      const [json] = told({ rules: [rule] }).rules;
      if (json === undefined) throw new Error('it has a rule');
      expect(ruleText(json).replace('−', '-')).toBe(ruleOfTheDomain(rule));
    }),
  );
});

test('whom it is for, and what of the plan its trades follow', () => {
  expect(scopeText(told({}))).toBe('every new trade');
  expect(scopeText(told({ scope: { labels: ['scalp*'], symbols: ['XAUUSD'] } }))).toBe(
    'new trades of symbol XAUUSD; label scalp*',
  );
  expect(planText(told({}))).toMatch(/^the whole plan/);
  expect(planText(told({ plan: NO_PLAN }))).toMatch(/^nothing of it/);
  const numbers = { states: { l1Score: -1, flatTimerMs: 21_600_000 }, actions: { tightenR: 0.5 } };
  expect(planText(told({ plan: { states: 'on', leftOut: ['OPEN_HEDGE'], numbers } }))).toBe(
    'the plan without open hedge; with warning 1 at −1, flat timer 6 h 00 m, tightened stop 0.5 R behind the price',
  );
});
