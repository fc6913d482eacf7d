// Owns the way from what a row of the state table calls for to what the broker is asked to do: actions that
// are legal now, change something and only ever reduce risk, except where a row means to add it. What is
// left out is recorded with its reason and numbers.

import type { AccountMode, AccountRules } from '../account/account-rules.js';
import type { Instrument } from '../market/data.js';
import { favourable } from '../market/direction.js';
import type { Rules } from '../rules.js';
import type { Action, SuppressedAction } from '../trade/action.js';
import { type ActionType, dealsOf, orderKindOf } from '../trade/action-specs.js';
import type { State } from '../trade/state.js';
import type { Trade } from '../trade/trade.js';
import { exitPriceOf } from '../trade/version.js';
import type { MarketFacts } from '../views/market-facts.js';
import type { ReferenceFacts } from './context.js';
import { OLD_DATA } from './old-data.js';
import { PlanDraft, type Planning } from './plan-draft.js';
import { floorToStep, volumeSum } from './quantise.js';
import { planBreakeven, planHedgeStop, planTighten, planTrail } from './stop-planning.js';

export interface Plan {
  /** The trade's open actions after it. */
  readonly actions: readonly Action[];
  /** The ones that are new. */
  readonly planned: readonly Action[];
  /** The ones it took back, EXPIRED. */
  readonly withdrawn: readonly Action[];
  readonly suppressed: readonly SuppressedAction[];
  readonly stopChangedAt: number | null;
}

/** Whose decision a plan is. */
export interface Decider {
  /** A person or a rail; empty where DTMS decides. */
  readonly orderedBy: string;
  /** Whether it is acted on; by default what holds of the account. */
  readonly mode?: AccountMode | undefined;
}

const DTMS_DECIDES: Decider = { orderedBy: '' };

/**
 * Plans actions for `trade` at market time `at`, which leads it to `state`; `facts` is null before any
 * data. Where DTMS only observes everything is decided and nothing is planned.
 */
export function planActions(
  types: readonly ActionType[],
  trade: Trade,
  state: State,
  facts: MarketFacts | null,
  at: number,
  rules: Rules,
  reference: ReferenceFacts,
  { orderedBy, mode }: Decider = DTMS_DECIDES,
): Plan {
  if (types.length === 0) return unplanned(trade, []);
  const planning = planningOf(trade, state, facts, at, rules, reference, orderedBy);
  for (const type of types) if (!planning.draft.suppressOwned(type, state, planning)) planOne(type, planning);
  return drafted(planning, mode);
}

/** What is planned by data that are too old: nothing, and why. */
export function planOfPast(types: readonly ActionType[], trade: Trade): Plan {
  return unplanned(
    trade,
    types.map((type) => ({ type, reason: 'STALE_DATA', note: OLD_DATA })),
  );
}

/** What a draft comes to. Where DTMS only observes, in the account or by the trade's policy, nothing of it is planned. */
export function drafted(
  { trade, draft, rules, reference }: Planning,
  mode: AccountMode = rules.policy?.mode === 'observe'
    ? 'observe'
    : reference.account(trade.spec.account).mode,
): Plan {
  if (mode === 'enforce') {
    const { actions, planned, suppressed, withdrawn, stopChangedAt } = draft;
    return { actions, planned, suppressed, withdrawn, stopChangedAt };
  }
  const flag = reference.switchedOff('enforce', trade.spec.account, '');
  const because = flag === null ? {} : { flag };
  const observed = draft.planned.map(
    ({ type, note }): SuppressedAction => ({
      ...{ type, reason: 'OBSERVE', note: `only observing: ${note}` },
      ...because,
    }),
  );
  return unplanned(trade, [...draft.suppressed, ...observed]);
}

/** What planning for a trade needs, with an empty draft. */
export function planningOf(
  trade: Trade,
  state: State,
  facts: MarketFacts | null,
  at: number,
  rules: Rules,
  reference: ReferenceFacts,
  orderedBy = '',
): Planning {
  const { account, symbol, direction } = trade.spec;
  return {
    trade,
    facts,
    exit: exitPriceOf(trade, facts),
    sign: favourable(direction),
    ...knownTerms(reference, account, symbol, facts),
    at,
    rules,
    reference,
    orderedBy,
    draft: new PlanDraft(trade, at, reference.now, state, rules.actions.maximumOpen),
  };
}

/** The terms of a symbol: as told, else the usual ones with the tick that its prices show. */
export function knownTerms(
  reference: ReferenceFacts,
  account: string,
  symbol: string,
  facts: MarketFacts | null,
): Pick<Planning, 'terms' | 'isTickKnown'> {
  const terms = reference.terms(account, symbol);
  if (reference.isTold(account, symbol)) return { terms, isTickKnown: true };
  const shown = facts?.tickSize ?? null;
  return shown === null
    ? { terms, isTickKnown: false }
    : { terms: { ...terms, tickSize: shown }, isTickKnown: true };
}

function unplanned({ actions, stopChangedAt }: Trade, suppressed: readonly SuppressedAction[]): Plan {
  return { actions, planned: [], withdrawn: [], suppressed, stopChangedAt };
}

const PLANNERS: Readonly<Record<ActionType, (planning: Planning) => void>> = {
  TIGHTEN_SL: planTighten,
  TRAIL_SL: planTrail,
  MOVE_SL_BREAKEVEN: planBreakeven,
  PARTIAL_CLOSE: planPartialClose,
  OPEN_HEDGE: planOpenHedge,
  CLOSE_HEDGE: planCloseHedge,
  CLOSE_ALL: planCloseAll,
  RE_ADD: planReAdd,
};

function planOne(type: ActionType, planning: Planning): void {
  const { draft } = planning;
  if (!draft.suppressLeftOut(type, planning) && !draft.suppressSwitchedOff(type, planning))
    PLANNERS[type](planning);
}

/** Whether the whole position is to be closed already, so that nothing else makes sense. Records it when so. */
function isClosing(type: ActionType, draft: PlanDraft): boolean {
  if (draft.find('CLOSE_ALL') === undefined) return false;
  draft.suppress(type, 'NOTHING_TO_DO', 'closing everything is already on its way');
  return true;
}

/** Closes a share of what open closes leave, floored to the step. */
function planPartialClose(planning: Planning): void {
  const { trade, terms, rules, draft } = planning;
  const { partialClose, partialCloseBelowMinimum } = rules.actions;
  if (isClosing('PARTIAL_CLOSE', draft) || draft.suppressSecondVolume('PARTIAL_CLOSE')) return;
  const promised = draft.volumeOf('PARTIAL_CLOSE');
  const left = leftByPlans(trade, draft);
  const part = floorToStep(Math.min(left * partialClose, terms.volumeMax), terms.volumeStep);
  const rest = volumeSum(left, -part);
  const of = `of ${left}${promised > 0 ? ` (${promised} of ${trade.volume} is on its way)` : ''}`;
  if (part >= terms.volumeMin && rest >= terms.volumeMin) {
    draft.plan('PARTIAL_CLOSE', { volume: part, leaves: rest, note: `close ${part} ${of}` });
    return;
  }
  draft.suppress(
    'PARTIAL_CLOSE',
    'BELOW_MINIMUM_VOLUME',
    `${part} ${of} would leave ${rest}; the minimum is ${terms.volumeMin}`,
  );
  if (partialCloseBelowMinimum === 'close_all') planOne('CLOSE_ALL', planning);
}

/** In lots: what open partial closes leave. What somebody else closed meanwhile they do not close again. */
function leftByPlans({ volume }: Trade, draft: PlanDraft): number {
  const aims = draft.actions.flatMap(({ leaves }) => leaves ?? []);
  const unfilled = volumeSum(volume, -draft.volumeOf('PARTIAL_CLOSE'));
  return aims.length === 0 ? unfilled : Math.max(unfilled, Math.min(volume, ...aims));
}

/**
 * Plans what a partial fill left of an action that closes a part: as much as was decided, and no more. Whoever ordered or
 * decided that action did so with this one; the attempts of both count together.
 */
export function planRest(
  of: Action,
  volume: number,
  trade: Trade,
  facts: MarketFacts | null,
  at: number,
  rules: Rules,
  reference: ReferenceFacts,
): Plan {
  const { type, orderedBy, rule, attempts } = of;
  const planning = planningOf(trade, trade.state, facts, at, rules, reference, orderedBy);
  const { draft, terms } = planning;
  const isBarred =
    draft.suppressOwned(type, trade.state, planning) ||
    draft.suppressSwitchedOff(type, planning) ||
    isClosing(type, draft);
  const part = floorToStep(volume, terms.volumeStep);
  const left = volumeSum(trade.volume, -volumeSum(part, draft.volumeOf(type)));
  const told = `${volume} of ${of.volume ?? volume} were not filled`;
  if (!isBarred && (part < terms.volumeMin || left < terms.volumeMin)) {
    const note = `${told}: closing ${part} would leave ${left}; the minimum is ${terms.volumeMin}`;
    draft.suppress(type, 'BELOW_MINIMUM_VOLUME', note);
  } else if (!isBarred) {
    const leaves = of.leaves ?? volumeSum(trade.volume, -volume);
    draft.plan(type, { volume: part, leaves, note: `close ${part}: ${told}`, rule });
  }
  const plan = drafted(planning, orderedBy === '' ? undefined : 'enforce');
  const own = (action: Action): Action =>
    plan.planned.includes(action) ? { ...action, orderedBy, attempts } : action;
  return { ...plan, planned: plan.planned.map(own), actions: plan.actions.map(own) };
}

/** An opposite position of the same size; where the account cannot hold one, a partial close. */
function planOpenHedge(planning: Planning): void {
  const { trade, terms, rules, reference, draft } = planning;
  const { marginMode, fifo } = reference.account(trade.spec.account);
  if (marginMode === 'netting' || fifo) {
    const why = marginMode === 'netting' ? 'nets positions' : 'closes first in, first out';
    draft.suppress('OPEN_HEDGE', 'ACCOUNT_RULES', `the account ${why}: a partial close instead`);
    planOne('PARTIAL_CLOSE', planning);
    return;
  }
  if (trade.hedge !== null) {
    // Its closing, decided earlier, must not take it away from under the trade now.
    draft.withdraw('CLOSE_HEDGE', 'the trade is to be hedged again');
    const missing = missingHedge(trade, terms, rules);
    const short = missing > 0 ? `, ${missing} less than it should be: a hedge is one position` : '';
    draft.suppress('OPEN_HEDGE', 'NO_CHANGE', `a hedge of ${trade.hedge.volume} is open${short}`);
    return;
  }
  if (isClosing('OPEN_HEDGE', draft)) return;
  if (draft.find('OPEN_HEDGE') !== undefined) {
    draft.suppress('OPEN_HEDGE', 'COALESCED', 'a hedge is already on its way');
    return;
  }
  if (draft.suppressUnknown('OPEN_HEDGE', planning) || draft.suppressAdding('OPEN_HEDGE', planning)) return;
  const volume = hedgeVolume(trade, terms, rules);
  if (volume < terms.volumeMin) {
    draft.suppress(
      'OPEN_HEDGE',
      'BELOW_MINIMUM_VOLUME',
      `${volume} is below the minimum of ${terms.volumeMin}`,
    );
    return;
  }
  const stop = planHedgeStop(planning);
  if (stop === null) {
    draft.suppress('OPEN_HEDGE', 'NOT_AVAILABLE', 'neither an ATR nor R is known for the stop of the hedge');
    return;
  }
  draft.plan('OPEN_HEDGE', {
    volume,
    stopLoss: stop.price,

    note: `hedge ${volume} of ${trade.volume}, ${stop.note}`,
  });
}

/** In lots: what a hedge of the trade is to have. */
function hedgeVolume({ volume }: Trade, { volumeMax, volumeStep }: Instrument, { actions }: Rules): number {
  return floorToStep(Math.min(volume * actions.hedgeRatio, volumeMax), volumeStep);
}

/**
 * In lots: how much the hedge of a HEDGED trade lacks, such as after a partial fill. A second order would open a second
 * position, which no trade has: the rest is told, not planned.
 */
export function missingHedge(trade: Trade, terms: Instrument, rules: Rules): number {
  if (trade.state !== 'HEDGED' || trade.hedge === null) return 0;
  if (trade.actions.some(({ type }) => dealsOf(type) === 'close')) return 0;
  const missing = volumeSum(hedgeVolume(trade, terms, rules), -trade.hedge.volume);
  return missing < terms.volumeMin ? 0 : missing;
}

/** Whether a HEDGED trade of an account that can hold hedges has none, and nothing opens one or ends the trade. */
export function lacksHedge(
  { state, hedge, actions }: Trade,
  { marginMode, fifo }: Pick<AccountRules, 'marginMode' | 'fifo'>,
): boolean {
  if (state !== 'HEDGED' || hedge !== null || marginMode === 'netting' || fifo) return false;
  return !actions.some(({ type }) => ['open hedge', 'close position'].includes(orderKindOf(type)));
}

/**
 * Closes the hedge. One whose opening has not reached a bridge's hands is simply not opened; one that is
 * being opened is closed after it.
 */
function planCloseHedge({ trade, draft }: Planning): void {
  draft.withdraw('OPEN_HEDGE', 'the trade is not to be hedged any more');
  if (draft.find('CLOSE_HEDGE') !== undefined) {
    draft.suppress('CLOSE_HEDGE', 'COALESCED', 'closing the hedge is already on its way');
    return;
  }
  const opening = draft.find('OPEN_HEDGE');
  const volume = trade.hedge?.volume ?? opening?.volume ?? null;
  if (volume === null) {
    draft.suppress('CLOSE_HEDGE', 'NOTHING_TO_DO', 'there is no hedge');
    return;
  }
  const which = trade.hedge === null ? 'the one that is being opened' : `${trade.hedge.ticket}`;
  draft.plan('CLOSE_HEDGE', { volume, note: `close the hedge of ${volume}, ${which}` });
}

/** The whole position, and its hedge by an action of its own; whatever else was planned is pointless. */
function planCloseAll(planning: Planning): void {
  closeAll(planning, '', '');
}

/** The same, decided by a protective rule of this kind, for this reason; by none where both are empty. */
export function closeAll(planning: Planning, rule: string, why: string): void {
  const { trade, draft } = planning;
  if (draft.find('CLOSE_ALL') !== undefined) {
    draft.suppress('CLOSE_ALL', 'COALESCED', 'closing everything is already on its way');
    return;
  }
  draft.withdrawAll('everything is to be closed');
  const note = `close ${trade.volume}${why === '' ? '' : `: ${why}`}`;
  draft.plan('CLOSE_ALL', { volume: trade.volume, note, rule });
  if (trade.hedge !== null || draft.find('OPEN_HEDGE') !== undefined) planOne('CLOSE_HEDGE', planning);
}

/** Opens again a share of what defensive closes took and open re-adds have not promised. */
function planReAdd(planning: Planning): void {
  const { trade, terms, rules, draft } = planning;
  if (isClosing('RE_ADD', draft) || draft.suppressSecondVolume('RE_ADD')) return;
  const open = volumeSum(trade.closedVolume, -draft.volumeOf('RE_ADD'));
  if (open <= 0) {
    draft.suppress('RE_ADD', 'NOTHING_TO_DO', 'no volume was closed that is still missing');
    return;
  }
  if (draft.suppressAdding('RE_ADD', planning) || draft.suppressRisky('RE_ADD', planning)) return;
  const volume = floorToStep(Math.min(open * rules.actions.reAdd, terms.volumeMax), terms.volumeStep);
  if (volume < terms.volumeMin) {
    draft.suppress(
      'RE_ADD',
      'BELOW_MINIMUM_VOLUME',
      `${volume} of ${open} is below the minimum of ${terms.volumeMin}`,
    );
    return;
  }
  if (draft.suppressExposed('RE_ADD', volume, planning)) return;
  draft.plan('RE_ADD', { volume, note: `open ${volume} of the ${open} that was closed` });
}
