// Owns what a policy says, in words: its mode, the trades it is for, what those follow of the plan, and its rules. Pure.
import type { ProtectiveRule } from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { Json } from '../data/json.js';
import type { PolicyJson } from '../data/policy.js';
import { duration, percent, spaced, words } from './format.js';

type RuleJson = Json<ProtectiveRule>;

/** What an observing policy means; said wherever one is shown. */
export const NOTHING_DEFENDS =
  'everything is decided and recorded, nothing is done, and nothing defends its trades.';
export const OBSERVES = `It only observes: ${NOTHING_DEFENDS}`;

/** Which new trades it is for. */
export function scopeText({ scope }: Pick<PolicyJson, 'scope'>): string {
  if (scope === undefined) return 'every new trade';
  const { accounts, symbols, magicNumbers, labels, directions } = scope;
  const parts = [
    ['account', accounts],
    ['symbol', symbols],
    ['magic number', magicNumbers],
    ['label', labels],
    ['direction', directions.map((direction) => words(direction, 'DIRECTION_').toUpperCase())],
  ] as const;
  const said = parts
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name} ${values.join(', ')}`);
  return said.length === 0 ? 'every new trade' : `new trades of ${said.join('; ')}`;
}

const score = (value: number): string => String(value).replace('-', '−');

/** Numbers of the plan in words, by their names in the contract. */
const NUMBERS: Readonly<Record<string, (value: number) => string>> = {
  l1Score: (value) => `warning 1 at ${score(value)}`,
  l1ClearScore: (value) => `warning 1 cleared at ${score(value)}`,
  l2Score: (value) => `warning 2 at ${score(value)}`,
  l2ClearScore: (value) => `warning 2 cleared at ${score(value)}`,
  hedgeScore: (value) => `hedge at ${score(value)}`,
  recoverScore: (value) => `recovery at ${score(value)}`,
  flatTimerSeconds: (value) => `flat timer ${duration(value * 1000)}`,
  recoveryTimerSeconds: (value) => `recovery timer ${duration(value * 1000)}`,
  tightenR: (value) => `tightened stop ${value} R behind the price`,
  partialClose: (value) => `${percent(value, 0)} closed in part`,
  hedgeRatio: (value) => `hedge of ${percent(value, 0)}`,
  hedgeStopAtr: (value) => `hedge's stop ${value} ATR away`,
  fallbackStopAtr: (value) => `fallback stop ${value} ATR behind the price`,
  reAdd: (value) => `${percent(value, 0)} added back`,
};

/** What its trades follow of the six-state plan. */
export function planText({ plan }: Pick<PolicyJson, 'plan'>): string {
  if (plan === undefined) return 'the whole plan, with the numbers of the settings';
  if (plan.off) return 'nothing of it: they stay healthy until they close';
  const { off: _, leaveOut, ...numbers } = plan;
  const changed = Object.entries(numbers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const say = NUMBERS[name];
    return [say === undefined ? `${spaced(name)} ${value}` : say(value)];
  });
  const without = leaveOut.map((action) => words(action, 'ACTION_TYPE_'));
  const parts = [
    without.length === 0 ? '' : `without ${without.join(', ')}`,
    changed.length === 0 ? '' : `with ${changed.join(', ')}`,
  ].filter((part) => part !== '');
  return parts.length === 0
    ? 'the whole plan, with the numbers of the settings'
    : `the plan ${parts.join('; ')}`;
}

/** A protective rule, such as "chandelier, 2 ATR behind the best price". */
export function ruleText(rule: RuleJson): string {
  const { chandelier, atrTrail, stepLocks, breakeven, lossStop, timeStop, closeBefore, sizeDown, targets } =
    rule;
  if (chandelier !== undefined) return `chandelier, ${chandelier.atrs} ATR behind the best price`;
  if (atrTrail !== undefined) return `ATR trail, ${atrTrail.atrs} ATR behind the price`;
  if (stepLocks !== undefined)
    return `step locks, from ${stepLocks.steps.map(({ atR, lockR }) => `${atR} R on ${lockR} R`).join(', ')}`;
  if (breakeven !== undefined)
    return `breakeven from ${breakeven.atR} R on, with costs and ${breakeven.bufferR} R`;
  if (lossStop !== undefined) return `loss stop at −${lossStop.atR} R`;
  if (timeStop !== undefined) return `time stop after ${timeStop.bars} bars${whenText(timeStop.when)}`;
  if (closeBefore !== undefined) {
    const { minutes, what, when } = closeBefore;
    return `close ${minutes} minutes before ${BEFORE[what] ?? what}${whenText(when)}`;
  }
  if (sizeDown !== undefined)
    return `size down to ${sizeDown.keep} of the first volume after ${sizeDown.bars} bars`;
  if (targets !== undefined)
    return `targets, ${targets.targets.map(({ atR, share }) => `${share} at ${atR} R`).join(', ')}`;
  return 'a rule this page does not know';
}

const BEFORE: Readonly<Record<string, string>> = {
  POLICY_MOMENT_WEEKEND: 'the weekend',
  POLICY_MOMENT_SESSION_END: 'the end of the session',
  POLICY_MOMENT_NEWS: 'news of high impact',
};

function whenText(when: string): string {
  return when === 'RULE_CONDITION_UNSPECIFIED' ? '' : ` if ${words(when, 'RULE_CONDITION_')}`;
}
