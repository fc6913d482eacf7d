// Owns policies between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/policy_service.js';
import { ActionType as PbActionType, Direction as PbDirection } from '../../gen/ts/dtms/v1/types.js';
import type { Direction } from '../domain/market/direction.js';
import type { Policy, PolicyPlan, PolicyScope, PolicyTerms } from '../domain/policy/policy.js';
import type { AHEAD, ProtectiveRule } from '../domain/policy/protective-rules.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import { orAbsent, orNull } from './time.js';

const SECOND = 1000;

/** What a person writes; the version is DTMS's. */
export function policyFromProto(told: pb.Policy): PolicyTerms {
  const { name, description, priority, observe, scope, plan, rules, riskAtrs } = told;
  return {
    ...{ name, description, priority },
    scope: scopeFromProto(scope ?? pb.PolicyScope.fromPartial({})),
    mode: observe ? 'observe' : 'enforce',
    plan: planFromProto(plan ?? pb.PolicyPlan.fromPartial({})),
    rules: rules.flatMap(({ rule }) => (rule === undefined ? [] : [ruleFromProto(rule)])),
    riskAtrs: orNull(riskAtrs),
  };
}

export function policyToProto(policy: Policy): pb.Policy {
  const { name, version, description, priority, scope, mode, plan, rules, riskAtrs } = policy;
  return {
    ...{ name, description, priority },
    version: BigInt(version),
    scope: {
      accounts: [...scope.accounts],
      symbols: [...scope.symbols],
      magicNumbers: [...scope.magicNumbers],
      labels: [...scope.labels],
      directions: scope.directions.map((direction) => PbDirection[direction]),
    },
    observe: mode === 'observe',
    plan: planToProto(plan),
    rules: rules.map((rule) => ({ rule: ruleToProto(rule) })),
    riskAtrs: orAbsent(riskAtrs),
  };
}

function scopeFromProto(scope: pb.PolicyScope): PolicyScope {
  const { accounts, symbols, magicNumbers, labels } = scope;
  const directions = scope.directions.map((direction) => PbDirection[direction] as Direction);
  return { accounts, symbols, magicNumbers, labels, directions };
}

function planFromProto(told: pb.PolicyPlan): PolicyPlan {
  const { l1Score, l1ClearScore, l2Score, l2ClearScore, hedgeScore, recoverScore } = told;
  const { tightenR, partialClose, hedgeRatio, hedgeStopAtr, fallbackStopAtr, reAdd } = told;
  const flatTimerMs = msOf(told.flatTimerSeconds);
  const recoveryTimerMs = msOf(told.recoveryTimerSeconds);
  return {
    states: told.off ? 'off' : 'on',
    leftOut: told.leaveOut.map((type) => PbActionType[type] as ActionType),
    numbers: {
      states: given({
        ...{ l1Score, l1ClearScore, l2Score, l2ClearScore, hedgeScore, recoverScore },
        ...{ flatTimerMs, recoveryTimerMs },
      }),
      actions: given({ tightenR, partialClose, hedgeRatio, hedgeStopAtr, fallbackStopAtr, reAdd }),
    },
  };
}

function planToProto({ states, leftOut, numbers }: PolicyPlan): pb.PolicyPlan {
  const { flatTimerMs, recoveryTimerMs, ...scores } = numbers.states;
  return pb.PolicyPlan.fromPartial({
    off: states === 'off',
    leaveOut: leftOut.map((type) => PbActionType[type]),
    ...scores,
    ...given({ flatTimerSeconds: secondsOf(flatTimerMs), recoveryTimerSeconds: secondsOf(recoveryTimerMs) }),
    ...numbers.actions,
  });
}

function msOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * SECOND;
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / SECOND;
}

type Given<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

/** Without what is absent, so that what says the same is the same. */
function given<T extends object>(told: T): Given<T> {
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Given<T>;
}

type ToldRule = NonNullable<pb.ProtectiveRule['rule']>;

const CONDITIONS = {
  always: pb.RuleCondition.UNSPECIFIED,
  losing: pb.RuleCondition.LOSING,
  winning: pb.RuleCondition.WINNING,
} as const;

type When = keyof typeof CONDITIONS;

function whenOf(condition: pb.RuleCondition): When {
  if (condition === pb.RuleCondition.LOSING) return 'losing';
  return condition === pb.RuleCondition.WINNING ? 'winning' : 'always';
}

const MOMENTS = {
  weekend: pb.PolicyMoment.WEEKEND,
  session_end: pb.PolicyMoment.SESSION_END,
  news: pb.PolicyMoment.NEWS,
} as const;

function aheadOf(moment: pb.PolicyMoment): (typeof AHEAD)[number] {
  if (moment === pb.PolicyMoment.WEEKEND) return 'weekend';
  return moment === pb.PolicyMoment.NEWS ? 'news' : 'session_end';
}

function ruleFromProto(rule: ToldRule): ProtectiveRule {
  switch (rule.$case) {
    case 'chandelier':
      return { kind: 'chandelier', ...rule.value };
    case 'atrTrail':
      return { kind: 'atr_trail', ...rule.value };
    case 'stepLocks':
      return { kind: 'step_locks', ...rule.value };
    case 'breakeven':
      return { kind: 'breakeven', ...rule.value };
    case 'lossStop':
      return { kind: 'loss_stop', ...rule.value };
    case 'timeStop':
      return { kind: 'time_stop', bars: rule.value.bars, when: whenOf(rule.value.when) };
    case 'closeBefore': {
      const { what, minutes, when } = rule.value;
      return { kind: 'close_before', what: aheadOf(what), minutes, when: whenOf(when) };
    }
    case 'sizeDown':
      return { kind: 'size_down', ...rule.value };
    case 'targets':
      return { kind: 'targets', ...rule.value };
  }
}

function ruleToProto(rule: ProtectiveRule): ToldRule {
  switch (rule.kind) {
    case 'chandelier':
      return { $case: 'chandelier', value: { atrs: rule.atrs } };
    case 'atr_trail':
      return { $case: 'atrTrail', value: { atrs: rule.atrs } };
    case 'step_locks':
      return { $case: 'stepLocks', value: { steps: [...rule.steps] } };
    case 'breakeven':
      return { $case: 'breakeven', value: { atR: rule.atR, bufferR: rule.bufferR } };
    case 'loss_stop':
      return { $case: 'lossStop', value: { atR: rule.atR } };
    case 'time_stop':
      return { $case: 'timeStop', value: { bars: rule.bars, when: CONDITIONS[rule.when] } };
    case 'close_before': {
      const { what, minutes, when } = rule;
      return { $case: 'closeBefore', value: { what: MOMENTS[what], minutes, when: CONDITIONS[when] } };
    }
    case 'size_down':
      return { $case: 'sizeDown', value: { bars: rule.bars, keep: rule.keep } };
    case 'targets':
      return { $case: 'targets', value: { targets: [...rule.targets] } };
  }
}
