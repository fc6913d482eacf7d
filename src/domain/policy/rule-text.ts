// Owns how a protective rule is told to a person, and which type of action moves a stop for it.
import type { StopAction } from '../actions/stop-planning.js';
import type { ProtectiveRule } from './protective-rules.js';

/** Such as "chandelier, 2 ATR behind the best price". */
export function ruleText(rule: ProtectiveRule): string {
  switch (rule.kind) {
    case 'chandelier':
      return `chandelier, ${rule.atrs} ATR behind the best price`;
    case 'atr_trail':
      return `ATR trail, ${rule.atrs} ATR behind the price`;
    case 'step_locks':
      return `step locks, from ${rule.steps.map(({ atR, lockR }) => `${atR} R on ${lockR} R`).join(', ')}`;
    case 'breakeven':
      return `breakeven from ${rule.atR} R on, with costs and ${rule.bufferR} R`;
    case 'loss_stop':
      return `loss stop at -${rule.atR} R`;
    case 'time_stop':
      return `time stop after ${rule.bars} bars${whenText(rule.when)}`;
    case 'close_before':
      return `close ${rule.minutes} minutes before ${BEFORE[rule.what]}${whenText(rule.when)}`;
    case 'size_down':
      return `size down to ${rule.keep} of the first volume after ${rule.bars} bars`;
    case 'targets':
      return `targets, ${rule.targets.map(({ atR, share }) => `${share} at ${atR} R`).join(', ')}`;
  }
}

const BEFORE = {
  weekend: 'the weekend',
  session_end: 'the end of the session',
  news: 'news of high impact',
} as const;

function whenText(when: 'always' | 'losing' | 'winning'): string {
  return when === 'always' ? '' : ` if ${when}`;
}

/** The name that actions have a rule by: its kind, and before what it closes. */
export function ruleName(rule: ProtectiveRule): string {
  return rule.kind === 'close_before' ? `${rule.kind}_${rule.what}` : rule.kind;
}

/** The type of action that moves a stop for a rule. */
export function stopActionOf({ kind }: ProtectiveRule): StopAction {
  if (kind === 'breakeven') return 'MOVE_SL_BREAKEVEN';
  return kind === 'chandelier' || kind === 'atr_trail' ? 'TRAIL_SL' : 'TIGHTEN_SL';
}
