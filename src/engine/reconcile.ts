// Brings an account's trades in line with what a bridge found at the broker, all in one turn, and reports
// what became of it.
import type { BrokerPosition, BrokerSnapshot } from '../domain/broker.js';
import { type BrokerIndex, indexSnapshot } from '../domain/broker-index.js';
import { isClosedButOpen, isMissed, isToCloseAgain, reconcileTrade } from '../domain/reconcile.js';
import { matchPositions, type Stranger, specOfPosition } from '../domain/reconcile-account.js';
import { isOrphaned } from '../domain/reconcile-hedge.js';
import type { Sighting } from '../domain/reconcile-look.js';
import type { ActionType, Drift, Trade, TradeEvent } from '../domain/types.js';
import type { Engine } from './engine.js';

/** What the engine does not know of the snapshot's positions and somebody has to look up. */
export interface Questions {
  /** Identifiers that may be of trades that are settled. */
  readonly identifiers: readonly bigint[];
  /** Comments that may be of actions that are settled. */
  readonly tags: readonly string[];
}

/** What was found of it. */
export interface Findings {
  /** The identifiers that were looked up; what was not waits for the next snapshot. */
  readonly asked: ReadonlySet<bigint>;
  /** Settled trades by ticket: of the identifiers, and those whose actions the tags name. */
  readonly settled: ReadonlyMap<bigint, Trade>;
  /** What the tags name, by tag. */
  readonly openers: ReadonlyMap<string, Opener>;
}

/** The action a position's order was of, and the ticket of its trade. */
export interface Opener {
  readonly ticket: bigint;
  readonly type: ActionType;
}

export interface FoundDrift {
  readonly ticket: bigint;
  readonly drift: Drift;
  readonly note: string;
}

export interface ReconcileReport {
  /** Identifiers that are missed: look for each, then send another snapshot. */
  readonly probe: readonly bigint[];
  readonly drifts: readonly FoundDrift[];
  readonly registered: readonly bigint[];
  readonly closed: readonly bigint[];
  readonly settledActionIds: readonly string[];
}

/** The feed of positions nobody says a feed of. */
const DEFAULT_FEED = 'default';

/** What must be looked up before `reconcileAccount`. */
export function questionsOf(engine: Engine, account: string, snapshot: BrokerSnapshot): Questions {
  const broker = indexSnapshot(snapshot);
  const { strangers } = matchPositions(engine.tradesOf(account), broker);
  const unknown = strangers.filter(({ opener }) => opener === null).map(({ position }) => position);
  return {
    identifiers: unknown.map(({ identifier }) => identifier),
    tags: unknown.map(({ comment }) => comment).filter((comment) => broker.taggedPositions.has(comment)),
  };
}

/**
 * Reconciles an account with a snapshot at database time `now`. The snapshot must not be older than the
 * account's last one; the same one again changes nothing.
 */
export function reconcileAccount(
  engine: Engine,
  account: string,
  snapshot: BrokerSnapshot,
  findings: Findings,
  now: number,
): ReconcileReport {
  const course = new Course(engine, account, indexSnapshot(snapshot), findings, now);
  course.run();
  engine.accounts.reconciled(account, snapshot);
  return course.report();
}

/** One reconciliation of one account. */
class Course {
  readonly #engine: Engine;
  readonly #account: string;
  readonly #broker: BrokerIndex;
  readonly #findings: Findings;
  readonly #now: number;
  readonly #probe: bigint[] = [];
  readonly #drifts: FoundDrift[] = [];
  readonly #registered: bigint[] = [];
  readonly #closed: bigint[] = [];
  readonly #settled: string[] = [];

  constructor(engine: Engine, account: string, broker: BrokerIndex, findings: Findings, now: number) {
    this.#engine = engine;
    this.#account = account;
    this.#broker = broker;
    this.#findings = findings;
    this.#now = now;
  }

  run(): void {
    const trades = [...this.#engine.tradesOf(this.#account)];
    const feeds = new Map(trades.map(({ spec }) => [spec.symbol, spec.feed]));
    const { sighted, strangers } = matchPositions(trades, this.#broker, this.#legs());
    for (const { trade, ...sighting } of sighted) this.#look(trade, sighting);
    for (const stranger of strangers) this.#meet(stranger, feeds);
  }

  report(): ReconcileReport {
    return {
      probe: this.#probe,
      drifts: this.#drifts,
      registered: this.#registered,
      closed: this.#closed,
      settledActionIds: this.#settled,
    };
  }

  /** Hedges' legs by their trades' tickets, where only the look-up knows what opened them. */
  #legs(): ReadonlyMap<bigint, BrokerPosition> {
    const legs = new Map<bigint, BrokerPosition>();
    for (const [tag, { ticket, type }] of this.#findings.openers) {
      const position = this.#broker.taggedPositions.get(tag);
      if (type === 'OPEN_HEDGE' && position !== undefined) legs.set(ticket, position);
    }
    return legs;
  }

  #look(trade: Trade, sighting: Sighting): void {
    let events: readonly TradeEvent[] = [];
    const after = this.#engine.act(trade.spec, (current, scene) => {
      events = reconcileTrade(current, sighting, this.#broker, this.#now, scene);
      return events;
    });
    for (const event of events) this.#note(trade, event);
    const { takenAt } = this.#broker.snapshot;
    if (isClosedButOpen(after, sighting, takenAt)) this.#noteClosedButOpen(after);
    if (isMissed(after)) this.#probe.push(...missed(after));
  }

  #note({ state: stateBefore, spec: { ticket } }: Trade, { trade, change }: TradeEvent): void {
    if (change.kind === 'reconciled') this.#drifts.push({ ticket, drift: change.drift, note: change.note });
    if (
      change.kind === 'actionChanged' &&
      !trade.actions.some(({ actionId }) => actionId === change.action.actionId)
    ) {
      this.#settled.push(change.action.actionId);
    }
    if (change.kind === 'stateChanged' && change.to === 'CLOSED' && stateBefore !== 'CLOSED') {
      this.#closed.push(ticket);
    }
  }

  #noteClosedButOpen({ spec: { ticket }, closeReason }: Trade): void {
    const note = `the trade is closed (${closeReason}) and its position is open`;
    this.#drifts.push({ ticket, drift: 'CLOSED_BUT_OPEN', note });
  }

  /** A position no trade owns. */
  #meet({ position, opener }: Stranger, feeds: ReadonlyMap<string, string>): void {
    const { identifier, comment, symbol } = position;
    const added = this.#engine.get(this.#account, identifier);
    if (added !== undefined) {
      // Opened by an action that was settled just now.
      this.#registered.push(identifier);
      this.#look(added, { position, leg: null });
      return;
    }
    if (opener !== null) {
      const { trade, action } = opener;
      if (action.type === 'OPEN_HEDGE') this.#noteSurplus(trade.spec.ticket, position);
      // While it is executing, its report is under way and registers the position.
      else if (action.status !== 'EXECUTING') this.#register(position, trade.spec.feed, trade.spec.ticket);
      return;
    }
    if (!this.#findings.asked.has(identifier)) return;
    const settled = this.#findings.settled.get(identifier);
    if (settled !== undefined) {
      this.#meetSettled(settled, position);
      return;
    }
    const known = this.#findings.openers.get(comment);
    if (known?.type === 'OPEN_HEDGE') this.#meetLeg(known.ticket, position);
    // A close that opened a position, because it did not name one, opened a position of its own.
    else {
      const parent = known?.type === 'RE_ADD' ? known.ticket : null;
      this.#register(position, feeds.get(symbol) ?? DEFAULT_FEED, parent);
    }
  }

  /** The position of a trade that is over. */
  #meetSettled(trade: Trade, position: BrokerPosition): void {
    const sighting = this.#sightingOf(trade, position);
    const { takenAt } = this.#broker.snapshot;
    if (isToCloseAgain(trade, sighting, takenAt, this.#engine.rules)) this.#revive(trade, sighting);
    else if (isClosedButOpen(trade, sighting, takenAt)) this.#noteClosedButOpen(trade);
  }

  /** The leg of a hedge that its trade does not have any more, or has besides another. */
  #meetLeg(ticket: bigint, leg: BrokerPosition): void {
    const trade = this.#findings.settled.get(ticket);
    const isOver = trade !== undefined && this.#engine.get(this.#account, ticket) === undefined;
    const known = trade?.hedge?.ticket ?? leg.identifier;
    if (isOver && known === leg.identifier && isOrphaned(trade, this.#engine.rules)) {
      this.#revive(trade, { ...this.#sightingOf(trade, this.#broker.positions.get(ticket) ?? null), leg });
    } else this.#noteSurplus(ticket, leg);
  }

  #sightingOf({ hedge }: Trade, position: BrokerPosition | null): Sighting {
    return { position, leg: hedge === null ? null : (this.#broker.positions.get(hedge.ticket) ?? null) };
  }

  #noteSurplus(ticket: bigint, { identifier }: BrokerPosition): void {
    const note = `position ${identifier} is a hedge of it that it does not need: close it by hand`;
    this.#drifts.push({ ticket, drift: 'HEDGE_FOUND', note });
  }

  /** Takes a settled trade up again, because something of it is left to do. */
  #revive(trade: Trade, sighting: Sighting): void {
    this.#engine.restoreTrade(trade);
    this.#look(trade, sighting);
  }

  /** `parent` is the ticket of the trade whose volume it adds again; null for a position of somebody else. */
  #register(position: BrokerPosition, feed: string, parent: bigint | null): void {
    if (!this.#engine.rules.reconciliation.registerExternal && parent === null) return;
    const spec = specOfPosition(this.#account, position, feed);
    const origin = parent === null ? 'EXTERNAL' : 'RE_ADD';
    const { trade } = this.#engine.register(spec, this.#broker.snapshot.takenAt, origin, parent);
    this.#registered.push(position.identifier);
    this.#look(trade, { position, leg: null });
  }
}

/** What of a trade is missed. */
function missed({ state, missingSince, hedgeMissingSince, spec, hedge }: Trade): readonly bigint[] {
  const position = state !== 'CLOSED' && missingSince !== null ? [spec.ticket] : [];
  const leg = hedgeMissingSince !== null && hedge !== null ? [hedge.ticket] : [];
  return [...position, ...leg];
}
