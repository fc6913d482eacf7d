// Owns what a plan is while it is being made: the pending actions it changes, what it adds, and what it suppresses.
import { decisionText } from '../flags/flag.js';
import type { Instrument } from '../market/data.js';
import { isDefensive, mayDtmsModify } from '../ownership/ownership.js';
import type { Rules } from '../rules.js';
import type { Action, SuppressedAction, SuppressionReason } from '../trade/action.js';
import { expired, isUntouched } from '../trade/action.js';
import { nextActionId } from '../trade/action-id.js';
import {
  type ActionType,
  dealsOf,
  fieldOf,
  flagOf,
  movesOf,
  movesStop,
  specOf,
} from '../trade/action-specs.js';
import type { State } from '../trade/state.js';
import type { Trade } from '../trade/trade.js';
import type { MarketFacts } from '../views/market-facts.js';
import type { ReferenceFacts } from './context.js';

export interface Planning {
  readonly trade: Trade;
  readonly facts: MarketFacts | null;
  /** The trade's exit price; null without data. */
  readonly exit: number | null;
  /** +1 when a rising price favours the trade. */
  readonly sign: 1 | -1;
  /** As told; where nobody told any, the usual ones with the tick that the prices show. */
  readonly terms: Instrument;
  /** Whether the size of a tick is told, or shown by the prices. */
  readonly isTickKnown: boolean;
  readonly at: number;
  readonly rules: Rules;
  readonly reference: ReferenceFacts;
  /** A person or a rail whose order is planned; empty where DTMS decides. */
  readonly orderedBy: string;
  readonly draft: PlanDraft;
}

/** The stop's price of the open plan for a trade's stop; null when there is none. */
export function openStopOf(actions: readonly Action[]): number | null {
  return actions.length === 0 ? null : (actions.findLast(movesStop)?.stopLoss ?? null);
}

export class PlanDraft {
  readonly #trade: Trade;
  readonly #at: number;
  readonly #now: number | null;
  readonly #state: State;
  readonly #maximumOpen: number;
  readonly #planned: Action[] = [];
  readonly #suppressed: SuppressedAction[] = [];
  readonly #withdrawn: Action[] = [];
  #actions: readonly Action[];
  #stopChangedAt: number | null;

  /** At market time `at` and database time `now`; `state` is the trade's after what the plan belongs to. */
  constructor(trade: Trade, at: number, now: number | null, state: State, maximumOpen: number) {
    this.#trade = trade;
    this.#at = at;
    this.#now = now;
    this.#state = state;
    this.#maximumOpen = maximumOpen;
    this.#actions = trade.actions;
    this.#stopChangedAt = trade.stopChangedAt;
  }

  /** The trade's open actions after the plan. */
  get actions(): readonly Action[] {
    return this.#actions;
  }

  get planned(): readonly Action[] {
    return this.#planned;
  }

  get suppressed(): readonly SuppressedAction[] {
    return this.#suppressed;
  }

  get withdrawn(): readonly Action[] {
    return this.#withdrawn;
  }

  get stopChangedAt(): number | null {
    return this.#stopChangedAt;
  }

  find(type: ActionType): Action | undefined {
    return this.#actions.find((action) => action.type === type);
  }

  /** The stop's price of the open plan for the trade's stop; null when there is none. */
  get openStop(): number | null {
    return openStopOf(this.#actions);
  }

  /** The volume all open actions of a type promise. */
  volumeOf(type: ActionType): number {
    return this.#actions.reduce((sum, action) => sum + (action.type === type ? (action.volume ?? 0) : 0), 0);
  }

  /**
   * Adds a plan. A new plan for the stop replaces the open one; beyond the maximum the oldest of the same type, or
   * else the oldest of all, makes room. What the broker may have been touched for stays.
   */
  plan(
    type: ActionType,
    content: {
      readonly stopLoss?: number;
      readonly volume?: number;
      readonly leaves?: number;
      readonly note: string;
      readonly rule?: string;
    },
  ): void {
    const action: Action = {
      actionId: nextActionId(this.#trade, type),
      type,
      plannedAt: this.#at,
      stopLoss: content.stopLoss ?? null,
      volume: content.volume ?? null,
      reduceOnly: dealsOf(type) !== 'open',
      note: content.note,
      plannedIn: this.#state,
      status: 'PENDING',
      attempts: 0,
      notBefore: null,
      lease: null,
      begunAt: null,
      begunBy: '',
      settleBy: null,
      result: null,
      reason: '',
      hold: null,
      orderedBy: '',
      rule: content.rule ?? '',
      leaves: content.leaves ?? null,
      waitsSince: this.#now,
    };
    if (movesStop(action)) {
      this.#withdrawWhere(movesStop, `overtaken by ${action.actionId}`);
      this.#stopChangedAt = this.#at;
    }
    if (this.#actions.length >= this.#maximumOpen) {
      const untouched = this.#actions.filter(isUntouched);
      const oldest = untouched.find((other) => other.type === type) ?? untouched[0];
      this.#withdrawWhere((other) => other === oldest, `made room for ${action.actionId}`);
    }
    this.#actions = [...this.#actions, action];
    this.#planned.push(action);
  }

  suppress(type: ActionType, reason: SuppressionReason, note: string): void {
    this.#suppressed.push({ type, reason, note });
  }

  /** Takes back the open action of a type, if there is one the broker was not touched for. */
  withdraw(type: ActionType, reason: string): Action | undefined {
    const action = this.#actions.find((other) => other.type === type && isUntouched(other));
    if (action !== undefined) this.#withdrawWhere((other) => other === action, reason);
    return action;
  }

  withdrawAll(reason: string): void {
    this.#withdrawWhere(() => true, reason);
  }

  #withdrawWhere(goes: (action: Action) => boolean, reason: string): void {
    const gone = this.#actions.filter((action) => isUntouched(action) && goes(action));
    if (gone.length === 0) return;
    this.#actions = this.#actions.filter((action) => !gone.includes(action));
    this.#withdrawn.push(...gone.map((action) => expired(action, reason)));
  }

  /**
   * Whether an action that could do harm in a disturbed market must wait: the spread is far above its
   * median, the data is stale, or high-impact news is near. Records the reason when so.
   */
  suppressRisky(type: ActionType, { trade, facts, at, rules, reference }: Planning): boolean {
    const { spreadLimit } = rules.actions;
    const { spread, medianSpread } = facts ?? { spread: null, medianSpread: null };
    if (spread !== null && medianSpread !== null && spread > spreadLimit * medianSpread) {
      this.suppress(type, 'SPREAD', `spread ${spread} is above ${spreadLimit} x its median ${medianSpread}`);
      return true;
    }
    const { account, symbol } = trade.spec;
    if (facts?.isStale(at, reference.hoursOf(account, symbol))) {
      this.suppress(type, 'STALE_DATA', 'the newest closed bar is too old');
      return true;
    }
    const news = reference.newsNear(account, symbol, at);
    if (news !== null) {
      this.suppress(type, 'NEWS', `${news.currency} ${news.title} at ${new Date(news.time).toISOString()}`);
    }
    return news !== null;
  }

  /** Whether the trade's policy leaves an action of the plan out; an order is not the plan's. Records it when so. */
  suppressLeftOut(type: ActionType, { rules: { policy }, orderedBy }: Planning): boolean {
    if (policy === undefined || orderedBy !== '' || !policy.plan.leftOut.includes(type)) return false;
    this.suppress(type, 'POLICY', `policy ${policy.name} leaves it out`);
    return true;
  }

  /** Whether what a protective rule decided changes the volume already: one change at a time. Records it when so. */
  suppressSecondVolume(type: ActionType): boolean {
    const other = this.#actions.find((action) => action.rule !== '' && movesOf(action.type) === 'volume');
    if (other !== undefined) this.suppress(type, 'COALESCED', `${other.actionId} changes the volume first`);
    return other !== undefined;
  }

  /** Whether a flag switches off what DTMS decides of a type; an order is not DTMS's decision. Records the flag when so. */
  suppressSwitchedOff(type: ActionType, { trade, reference, orderedBy }: Planning): boolean {
    if (orderedBy !== '') return false;
    const { account, symbol } = trade.spec;
    const flag = reference.switchedOff(flagOf(type), account, symbol);
    if (flag === null) return false;
    this.#suppressed.push({ type, reason: 'SWITCHED_OFF', note: decisionText(flag), flag });
    return true;
  }

  /** Whether an action needs a stop and nobody knows on which prices one may be. Records the reason when so. */
  suppressUnknown(type: ActionType, { trade, isTickKnown }: Planning): boolean {
    if (isTickKnown) return false;
    const { account, symbol } = trade.spec;
    const note = `nobody told the size of a tick of ${symbol} in account ${account}, and its prices do not show it`;
    this.suppress(type, 'TERMS_UNKNOWN', note);
    return true;
  }

  /**
   * Whether an action must not touch what a manager of higher priority owns. What is decided in a
   * defensive state, or leads to one, has the highest; closing everything asks nobody. Records the reason
   * when so.
   */
  suppressOwned(type: ActionType, state: State, { trade, rules }: Planning): boolean {
    if (trade.owners.length === 0) return false;
    const field = fieldOf(type);
    if (field === null || specOf(type).precedence === 'over all') return false;
    const decidedIn = isDefensive(trade.state) ? trade.state : state;
    const permission = mayDtmsModify(trade, field, decidedIn, rules.ownership);
    if (!permission.allowed) this.suppress(type, 'OWNED', permission.note);
    return !permission.allowed;
  }

  /** Whether lots that are to be added would take the account beyond what it may hold together. Records it when so. */
  suppressExposed(type: ActionType, lots: number, { trade, reference }: Planning): boolean {
    const note = reference.exposureObstacle(trade, lots);
    if (note !== null) this.suppress(type, 'EXPOSURE', note);
    return note !== null;
  }

  /**
   * Whether an action that adds risk must not be: a rail tripped, or a person limits the account. Records
   * the reason when so.
   */
  suppressAdding(type: ActionType, { trade, reference }: Planning): boolean {
    const { tradingState, hedgeAddsMargin, limit } = reference.account(trade.spec.account);
    const { addsRisk } = specOf(type);
    const adds = addsRisk === 'always' || (addsRisk === 'where a hedge needs margin' && hedgeAddsMargin);
    if (!adds || tradingState === 'ACTIVE') return false;
    this.suppress(type, 'TRADING_STATE', `the account is ${tradingState}: ${limit}`);
    return true;
  }
}
