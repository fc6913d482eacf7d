// What a plan is made of while it is being made: the pending actions it changes, what it adds and what
// it leaves out.
import type { Rules } from './rules.js';
import type {
  ActionType,
  Instrument,
  MarketFacts,
  NewsEvent,
  PlannedAction,
  SuppressedAction,
  SuppressionReason,
  Trade,
} from './types.js';

export interface AccountRules {
  readonly marginMode: 'hedging' | 'netting';
  readonly fifo: boolean;
}

/** What planning needs beside the trade and its market. */
export interface Surroundings {
  /** Contract terms; defaults where none were told. */
  terms(account: string, symbol: string): Instrument;
  account(account: string): AccountRules;
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

/** The actions that move the trade's own stop; at most one of them is pending. */
const STOP_ACTIONS: ReadonlySet<ActionType> = new Set(['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN']);

export class PlanDraft {
  readonly #trade: Trade;
  readonly #at: number;
  readonly #maximumPending: number;
  readonly #planned: PlannedAction[] = [];
  readonly #suppressed: SuppressedAction[] = [];
  #pending: readonly PlannedAction[];
  #stopChangedAt: number | null;

  constructor(trade: Trade, at: number, maximumPending: number) {
    this.#trade = trade;
    this.#at = at;
    this.#maximumPending = maximumPending;
    this.#pending = trade.pending;
    this.#stopChangedAt = trade.stopChangedAt;
  }

  get pending(): readonly PlannedAction[] {
    return this.#pending;
  }

  get planned(): readonly PlannedAction[] {
    return this.#planned;
  }

  get suppressed(): readonly SuppressedAction[] {
    return this.#suppressed;
  }

  get stopChangedAt(): number | null {
    return this.#stopChangedAt;
  }

  find(type: ActionType): PlannedAction | undefined {
    return this.#pending.find((action) => action.type === type);
  }

  /** The stop's price of the pending plan for the trade's stop; null when there is none. */
  get pendingStop(): number | null {
    return this.#pending.find(({ type }) => STOP_ACTIONS.has(type))?.stopLoss ?? null;
  }

  /** The volume all pending actions of a type promise. */
  volumeOf(type: ActionType): number {
    return this.#pending.reduce((sum, action) => sum + (action.type === type ? (action.volume ?? 0) : 0), 0);
  }

  /**
   * Adds a plan. Its id is `account:ticket:version:TYPE` with the version of the event that plans it.
   * A new plan for the stop replaces the pending one; beyond the maximum the oldest of the same type,
   * or else the oldest of all, makes room.
   */
  plan(
    type: ActionType,
    content: { stopLoss?: number; volume?: number; reduceOnly: boolean; note: string },
  ): void {
    const { account, ticket } = this.#trade.spec;
    const action: PlannedAction = {
      actionId: `${account}:${ticket}:${this.#trade.version + 1}:${type}`,
      type,
      plannedAt: this.#at,
      stopLoss: content.stopLoss ?? null,
      volume: content.volume ?? null,
      reduceOnly: content.reduceOnly,
      note: content.note,
    };
    let kept = this.#pending;
    if (STOP_ACTIONS.has(type)) {
      kept = kept.filter((other) => !STOP_ACTIONS.has(other.type));
      this.#stopChangedAt = this.#at;
    }
    if (kept.length >= this.#maximumPending) {
      const oldest = kept.find((other) => other.type === type) ?? kept[0];
      kept = kept.filter((other) => other !== oldest);
    }
    this.#pending = [...kept, action];
    this.#planned.push(action);
  }

  suppress(type: ActionType, reason: SuppressionReason, note: string): void {
    this.#suppressed.push({ type, reason, note });
  }

  /** Takes back the pending action of a type, if there is one. */
  withdraw(type: ActionType): PlannedAction | undefined {
    const action = this.find(type);
    if (action !== undefined) this.#pending = this.#pending.filter((other) => other !== action);
    return action;
  }

  withdrawAll(): void {
    this.#pending = [];
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
}
