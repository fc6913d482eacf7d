// What one transaction carries: gathered from commands while the one before it is under way, and told
// about once it is in the log.
import type { Span } from '@opentelemetry/api';
import type { Account } from '../domain/account.js';
import { actionsOf } from '../domain/action-changes.js';
import type { Action, Instrument, NewsEvent, State, Trade, TradeEvent } from '../domain/types.js';
import type { Cause } from '../observability/context.js';
import type { Audit, CommitBatch, StoredAnswer, StoredBar, StoredView } from '../store/types.js';
import { encodeEvent } from '../wire/event.js';
import { encodeMarketEvaluation } from '../wire/market-evaluation.js';
import { type MarketEvaluation, tradeKey } from './results.js';

/** A market view that changed; its snapshot is taken when the batch is. */
export interface ChangedView {
  readonly feed: string;
  readonly instrument: string;
  readonly symbol: string;
  snapshotText(): string;
}

/** What one command changed. */
export interface Work {
  readonly events?: readonly TradeEvent[];
  readonly views?: readonly ChangedView[];
  readonly bars?: readonly StoredBar[];
  readonly marketEvaluations?: readonly MarketEvaluation[];
  readonly instruments?: readonly Instrument[];
  readonly news?: readonly NewsEvent[];
  readonly accounts?: readonly Account[];
  readonly audits?: readonly Audit[];
  /** Evaluations of trades that led to it. */
  readonly evaluations?: number;
  /** Whose call it was; absent when DTMS did it by itself. */
  readonly actor?: string;
  /** The call itself, where it was one. */
  readonly cause?: Cause;
}

/** A trade's latest version in a batch, and where its events stand in it. */
export interface CommittedTrade {
  readonly trade: Trade;
  /** The revision of its latest event. */
  readonly revision: number;
  /** The revision of its registration when that is in this batch. */
  readonly registeredRevision: number | null;
}

/** An event that is in the log. */
export interface WrittenEvent {
  readonly event: TradeEvent;
  readonly revision: number;
  /** Whose call it was; empty when DTMS did it by itself. */
  readonly actor: string;
  readonly cause: Cause | undefined;
}

/** An account as it was written. */
export interface WrittenAccount {
  readonly account: Account;
  readonly actor: string;
  readonly cause: Cause | undefined;
}

/** What a transaction put into the log. */
export interface Written {
  /** Everything in it: events, bars, views, accounts, and the commands themselves. */
  readonly items: number;
  /** Evaluations of trades that led to it. */
  readonly evaluations: number;
  /** How long the transaction took, in ms. */
  readonly tookMs: number;
  /** In the order of their revisions. */
  events(): Iterable<WrittenEvent>;
  writtenAccounts(): Iterable<WrittenAccount>;
}

interface PendingTrade {
  trade: Trade;
  eventIndex: number;
  registeredIndex: number | null;
}

interface PendingAction {
  account: string;
  ticket: bigint;
  action: Action;
  eventIndex: number;
  firstIndex: number;
}

interface PendingEvent {
  readonly event: TradeEvent;
  readonly actor: string;
  readonly cause: Cause | undefined;
}

export class Batch implements Written {
  /** The log's head before this batch: event i gets revision base + i + 1. */
  readonly base: number;
  readonly pendingEvents: PendingEvent[] = [];
  readonly trades = new Map<string, PendingTrade>();
  readonly views = new Map<string, ChangedView>();
  readonly bars: StoredBar[] = [];
  readonly marketEvaluations: MarketEvaluation[] = [];
  readonly instruments: Instrument[] = [];
  readonly news: NewsEvent[] = [];
  readonly answers: StoredAnswer[] = [];
  readonly actions = new Map<string, PendingAction>();
  readonly accounts = new Map<string, WrittenAccount>();
  readonly audits: Audit[] = [];
  /** Spans of the calls in it. */
  readonly spans: Span[] = [];
  readonly durable: Promise<void>;
  /** Settles `durable`: with an error when the batch was not written, or may not have been. */
  readonly settle: (error: Error | null) => void;
  items = 0;
  evaluations = 0;
  tookMs = 0;

  constructor(base: number) {
    this.base = base;
    let settle: (error: Error | null) => void = () => undefined;
    this.durable = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === null ? resolve() : reject(error));
    });
    this.settle = settle;
    // Each caller awaits it; a batch whose callers all went away must not end the process.
    this.durable.catch(() => undefined);
  }

  /** The log's head after this batch as it is now. */
  get end(): number {
    return this.base + this.pendingEvents.length;
  }

  /** The revision of a trade's latest event in this batch. */
  revisionOf(key: string): number | undefined {
    const pending = this.trades.get(key);
    return pending === undefined ? undefined : this.base + pending.eventIndex + 1;
  }

  add(work: Work): void {
    const { actor = '', cause } = work;
    if (cause?.span !== undefined) this.spans.push(cause.span);
    for (const event of work.events ?? []) {
      const { spec } = event.trade;
      const index = this.pendingEvents.push({ event, actor, cause }) - 1;
      const key = tradeKey(spec.account, spec.ticket);
      const known = this.trades.get(key);
      const registeredIndex =
        event.change.kind === 'registered' && !event.change.adopted
          ? index
          : (known?.registeredIndex ?? null);
      this.trades.set(key, {
        trade: event.trade,
        eventIndex: index,
        registeredIndex,
      });
      this.#addActions(event, index);
    }
    for (const account of work.accounts ?? []) {
      this.accounts.set(account.account, { account, actor, cause });
    }
    this.audits.push(...(work.audits ?? []));
    for (const view of work.views ?? []) this.views.set(`${view.feed} ${view.instrument}`, view);
    this.bars.push(...(work.bars ?? []));
    this.marketEvaluations.push(...(work.marketEvaluations ?? []));
    this.instruments.push(...(work.instruments ?? []));
    this.news.push(...(work.news ?? []));
    this.evaluations += work.evaluations ?? 0;
    this.items +=
      1 +
      (work.accounts?.length ?? 0) +
      (work.events?.length ?? 0) +
      (work.bars?.length ?? 0) +
      (work.marketEvaluations?.length ?? 0) +
      (work.views?.length ?? 0);
  }

  #addActions({ trade: { spec }, change }: TradeEvent, index: number): void {
    for (const action of actionsOf(change)) {
      const known = this.actions.get(action.actionId);
      this.actions.set(action.actionId, {
        account: spec.account,
        ticket: spec.ticket,
        action,
        eventIndex: index,
        firstIndex: known?.firstIndex ?? index,
      });
    }
  }

  encode(): CommitBatch {
    return {
      events: this.pendingEvents.map(({ event, actor }) => ({
        account: event.trade.spec.account,
        ticket: event.trade.spec.ticket,
        symbol: event.trade.spec.symbol,
        state: event.trade.state,
        previousState: previousState(event),
        tradeVersion: event.trade.version,
        occurredAt: event.at,
        actor,
        payload: encodeEvent(event, actor),
      })),
      trades: [...this.trades.values()],
      views: [...this.views.values()].map(
        (view): StoredView => ({
          feed: view.feed,
          instrument: view.instrument,
          symbol: view.symbol,
          snapshot: view.snapshotText(),
        }),
      ),
      bars: this.bars,
      marketEvaluations: this.marketEvaluations.map(({ feed, instrument, number, buy, sell }) => ({
        feed,
        instrument,
        number,
        at: buy.at,
        body: encodeMarketEvaluation(buy, sell),
      })),
      instruments: this.instruments,
      news: this.news,
      answers: this.answers,
      actions: [...this.actions.values()],
      accounts: [...this.accounts.values()].map(({ account }) => account),
      audits: this.audits,
    };
  }

  *events(): Iterable<WrittenEvent> {
    let revision = this.base;
    for (const pending of this.pendingEvents) {
      revision += 1;
      yield { ...pending, revision };
    }
  }

  writtenAccounts(): Iterable<WrittenAccount> {
    return this.accounts.values();
  }

  *committed(): Iterable<CommittedTrade> {
    for (const { trade, eventIndex, registeredIndex } of this.trades.values()) {
      yield {
        trade,
        revision: this.base + eventIndex + 1,
        registeredRevision: registeredIndex === null ? null : this.base + registeredIndex + 1,
      };
    }
  }
}

/** A trade moves between states by a transition alone. */
function previousState({ trade, change }: TradeEvent): State | null {
  if (change.kind === 'stateChanged') return change.from;
  return change.kind === 'registered' && !change.adopted ? null : trade.state;
}
