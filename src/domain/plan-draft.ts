// What a plan is made of while it is being made: the pending actions it changes, what it adds and what
// it leaves out.
import { fieldOf, isDefensive, mayDtmsModify } from './ownership.js';
import type { Rules } from './rules.js';
import type {
  Action,
  ActionType,
  Instrument,
  MarketFacts,
  NewsEvent,
  State,
  SuppressedAction,
  SuppressionReason,
  Trade,
  TradingState,
} from './types.js';

export interface AccountRules {
  readonly marginMode: 'hedging' | 'netting';
  readonly fifo: boolean;
  /** Whether a hedge needs margin of its own. */
  readonly hedgeAddsMargin: boolean;
  readonly tradingState: TradingState;
  /** Why the trading state is not ACTIVE; empty when it is. */
  readonly limit: string;
}

/** What planning needs beside the trade and its market. */
export interface Surroundings {
  /** Contract terms; defaults where none were told. */
  terms(account: string, symbol: string): Instrument;
  account(account: string, at: number): AccountRules;
  /** A high-impact event of one of the instrument's currencies whose blackout holds at `at`, or null. */
  newsNear(instrument: string, at: number): NewsEvent | null;
}

export interface Planning {
  readonly trade: Trade;
  readonly facts: MarketFacts | null;
  /** The trade's exit price; null without data. */
  readonly exit: number | null;
  /** +1 when a rising price favours the trade. */
  readonly sign: 1 | -1;
  readonly terms: Instrument;
  readonly at: number;
  readonly rules: Rules;
  readonly surroundings: Surroundings;
  readonly draft: PlanDraft;
}

/** The actions that move the trade's own stop; at most one of them is PENDING. */
export const STOP_ACTIONS: ReadonlySet<ActionType> = new Set(['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN']);

/** True while nobody can have touched the broker for it. */
export function isUntouched({ status }: Action): boolean {
  return status === 'PENDING' || status === 'LEASED';
}

/** An action that ended without the broker's doing. */
export function expired(action: Action, reason: string): Action {
  return { ...action, status: 'EXPIRED', lease: null, notBefore: null, settleBy: null, reason };
}

export class PlanDraft {
  readonly #trade: Trade;
  readonly #at: number;
  readonly #state: State;
  readonly #maximumOpen: number;
  readonly #planned: Action[] = [];
  readonly #suppressed: SuppressedAction[] = [];
  readonly #withdrawn: Action[] = [];
  #actions: readonly Action[];
  #stopChangedAt: number | null;

  /** `state` is the trade's after what the plan belongs to. */
  constructor(trade: Trade, at: number, state: State, maximumOpen: number) {
    this.#trade = trade;
    this.#at = at;
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
    return this.#actions.findLast(({ type }) => STOP_ACTIONS.has(type))?.stopLoss ?? null;
  }

  /** The volume all open actions of a type promise. */
  volumeOf(type: ActionType): number {
    return this.#actions.reduce((sum, action) => sum + (action.type === type ? (action.volume ?? 0) : 0), 0);
  }

  /**
   * Adds a plan. Its id is `account:ticket:version:TYPE` with the version of the event that plans it.
   * A new plan for the stop replaces the open one; beyond the maximum the oldest of the same type, or
   * else the oldest of all, makes room. What the broker may have been touched for stays.
   */
  plan(
    type: ActionType,
    content: { stopLoss?: number; volume?: number; reduceOnly: boolean; note: string },
  ): void {
    const { account, ticket } = this.#trade.spec;
    const action: Action = {
      actionId: `${account}:${ticket}:${this.#trade.version + 1}:${type}`,
      type,
      plannedAt: this.#at,
      stopLoss: content.stopLoss ?? null,
      volume: content.volume ?? null,
      reduceOnly: content.reduceOnly,
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
    };
    if (STOP_ACTIONS.has(type)) {
      this.#withdrawWhere((other) => STOP_ACTIONS.has(other.type), `overtaken by ${action.actionId}`);
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
  suppressRisky(type: ActionType, { trade, facts, at, rules, surroundings }: Planning): boolean {
    const { spreadLimit } = rules.actions;
    const { spread, medianSpread } = facts ?? { spread: null, medianSpread: null };
    if (spread !== null && medianSpread !== null && spread > spreadLimit * medianSpread) {
      this.suppress(type, 'SPREAD', `spread ${spread} is above ${spreadLimit} x its median ${medianSpread}`);
      return true;
    }
    if (facts?.isStale(at)) {
      this.suppress(type, 'STALE_DATA', 'the newest closed bar is too old');
      return true;
    }
    const news = surroundings.newsNear(trade.instrument, at);
    if (news !== null) {
      this.suppress(type, 'NEWS', `${news.currency} ${news.title} at ${new Date(news.time).toISOString()}`);
    }
    return news !== null;
  }

  /**
   * Whether an action must not touch what a manager of higher priority owns. What is decided in a
   * defensive state, or leads to one, has the highest; closing everything asks nobody. Records the reason
   * when so.
   */
  suppressOwned(type: ActionType, state: State, { trade, rules }: Planning): boolean {
    if (trade.owners.length === 0) return false;
    const field = type === 'CLOSE_ALL' ? null : fieldOf(type);
    if (field === null) return false;
    const decidedIn = isDefensive(trade.state) ? trade.state : state;
    const permission = mayDtmsModify(trade, field, decidedIn, rules.ownership);
    if (!permission.allowed) this.suppress(type, 'OWNED', permission.note);
    return !permission.allowed;
  }

  /**
   * Whether an action that adds risk must not be: a rail tripped, or a person limits the account. Records
   * the reason when so.
   */
  suppressAdding(type: ActionType, { trade, at, surroundings }: Planning): boolean {
    const { tradingState, hedgeAddsMargin, limit } = surroundings.account(trade.spec.account, at);
    const adds = type === 'RE_ADD' || (type === 'OPEN_HEDGE' && hedgeAddsMargin);
    if (!adds || tradingState === 'ACTIVE') return false;
    this.suppress(type, 'TRADING_STATE', `the account is ${tradingState}: ${limit}`);
    return true;
  }
}
