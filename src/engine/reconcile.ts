// Owns bringing an account's trades in line with what a bridge found at the broker, all in one turn, and
// reports what became of it.

import type { AccountMode } from '../domain/account/account-rules.js';
import { type Undefended, type UndefendedReason, undefended } from '../domain/account/undefended.js';
import type { Opening } from '../domain/actions/evidence.js';
import { isLeg } from '../domain/actions/opening.js';
import type { BrokerPosition, BrokerSnapshot } from '../domain/broker/snapshot.js';
import { type BrokerIndex, indexSnapshot, withoutFuture } from '../domain/broker/snapshot-index.js';
import { decisionText } from '../domain/flags/flag.js';
import type { DealView } from '../domain/reconciliation/ending.js';
import { type Sighting, takenAtOf } from '../domain/reconciliation/look.js';
import {
  inOrderOfEnds,
  matchPositions,
  type Sighted,
  type Stranger,
  specOfPosition,
} from '../domain/reconciliation/match-positions.js';
import { isOrphaned, isTooLarge } from '../domain/reconciliation/reconcile-hedge.js';
import {
  isBack,
  isClosedButOpen,
  isDoubtful,
  isGone,
  isLeftOpen,
  isToCloseAgain,
  isTurned,
  missed,
  reconcileTrade,
  type Seen,
} from '../domain/reconciliation/reconcile-trade.js';
import type { Action } from '../domain/trade/action.js';
import { orderKindOf } from '../domain/trade/action-specs.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import { isSettled } from '../domain/trade/version.js';
import type { Engine } from './engine.js';
import { NO_FEED } from './feed-rights.js';
import { type Findings, isLookedUp, type Opener } from './findings.js';
import type { FoundDrift, ReconcileReport } from './open-reconciliations.js';
import { awaiting, becameHedge, isOpenedBy, legsOf, openingObstacle } from './opened-positions.js';

/**
 * Reconciles an account with a snapshot that arrived at database time `now`, after the account's last one; the
 * same one again changes nothing.
 */
export function reconcileAccount(
  engine: Engine,
  account: string,
  snapshot: BrokerSnapshot,
  findings: Findings,
  now: number,
): ReconcileReport {
  const reconciliation = new Reconciliation(engine, account, snapshot, findings, now);
  while (!reconciliation.work(Number.POSITIVE_INFINITY));
  return reconciliation.report();
}

/** One reconciliation of one account: what is at hand is taken in steps, between which others may change the account's trades. */
export class Reconciliation {
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
  readonly #undefended: Undefended[] = [];
  #unexplained: readonly Opening[] = [];
  #held: string | null = null;
  /** Closed since it began: where one is settled, no other may begin before it is looked up. */
  readonly #ended = new Set<bigint>();
  readonly #steps: Iterator<void>;

  constructor(engine: Engine, account: string, snapshot: BrokerSnapshot, findings: Findings, now: number) {
    this.#engine = engine;
    this.#account = account;
    this.#broker = indexSnapshot(withoutFuture(snapshot, now));
    this.#findings = findings;
    this.#now = now;
    this.#steps = this.#run();
  }

  /** Takes so many steps, each a trade or a position that is no trade's; whether that was all. */
  work(steps: number): boolean {
    for (let taken = 0; taken < steps; taken += 1) if (this.#steps.next().done === true) return true;
    return false;
  }

  /** A trade of the account closed. */
  ended(ticket: bigint): void {
    this.#ended.add(ticket);
  }

  *#run(): Generator<void> {
    const trades = [...this.#engine.tradesOf(this.#account)];
    const hedges = new Set(trades.map(({ hedge }) => hedge?.ticket));
    const feeds = this.#feedsOf(trades);
    const { sighted, strangers, unexplained } = matchPositions(
      trades,
      this.#broker,
      this.#engine.rules.symbols,
      {
        legs: legsOf(this.#engine, this.#account, this.#broker, this.#findings),
        over: this.#findings.settled,
      },
    );
    this.#unexplained = unexplained;
    this.#holdGone(sighted);
    for (const { trade, ...sighting } of inOrderOfEnds(sighted, this.#broker)) {
      const current = this.#engine.get(this.#account, trade.spec.ticket);
      if (current !== undefined) this.#look(current, sighting);
      yield;
    }
    for (const stranger of strangers) {
      if (!becameHedge(this.#engine, this.#account, stranger.position, hedges)) this.#meet(stranger, feeds);
      yield;
    }
    this.#engine.accounts.reconciled(this.#account, this.#broker, this.#now, this.#undefended, this.#probe);
  }

  /** By symbol, the feed that the account's trades of it follow and may follow. */
  #feedsOf(trades: readonly Trade[]): ReadonlyMap<string, string> {
    const named = this.#engine.accounts.get(this.#account)?.feeds ?? [];
    const mayFollow = (feed: string): boolean =>
      feed !== NO_FEED && (named.length === 0 || named.includes(feed));
    const followed = trades.map((trade) => [trade.spec.symbol, this.#engine.feedOf(trade)] as const);
    return new Map(followed.filter(([, feed]) => mayFollow(feed)));
  }

  /** Many positions that are gone at once, unexplained, are more likely a fault of the query: a person says. */
  #holdGone(sighted: readonly Sighted[]): void {
    const { breaker, rules } = this.#engine;
    const look = this.#seen;
    const gone = sighted
      .filter(({ trade, position }) =>
        isGone(trade, position, { ...look, rules, takenAt: this.#takenAt(trade) }),
      )
      .map(({ trade }) => trade.spec.ticket);
    if (gone.length > 0) this.#held = breaker.admit('GONE', this.#account, gone, this.#now);
    for (const { trade, position } of sighted) {
      if (position !== null) breaker.settled('GONE', this.#account, trade.spec.ticket);
    }
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

  #look(trade: Trade, sighting: Sighting): void {
    let events: readonly TradeEvent[] = [];
    const after = this.#engine.act(trade.spec, (current, context) => {
      events = reconcileTrade(current, sighting, this.#seen, context);
      return events;
    });
    for (const event of events) this.#note(trade, event);
    const { position } = sighting;
    const { rules } = this.#engine;
    if (position !== null && isDoubtful(after, position, rules)) {
      this.#doubt(after, position);
      return;
    }
    // As it was before as well: its end is told by deals that are in its volume since.
    const isAnother = (one: Trade) => position !== null && isTurned(one, position, this.#view);
    if (position !== null && isSettled(after) && [trade, after].some(isAnother)) {
      this.#succeed(after, position);
      return;
    }
    this.#noteLeftOpen(after, sighting);
    const { leg } = sighting;
    if (leg !== null && isTooLarge(after, leg))
      this.#leave(leg, 'UNEXPLAINED', `it is larger than the hedge of ${after.spec.ticket} that was ordered`);
    this.#probe.push(...missed(after));
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

  /** Under a trade's identifier the broker shows a symbol that may be of another instrument: a person has to say. */
  #doubt({ spec: { ticket, symbol } }: Trade, position: BrokerPosition): void {
    const note = `position ${ticket} is shown as ${position.symbol}, and its trade is of ${symbol}: a person has to say whether they are one`;
    this.#drifts.push({ ticket, drift: 'UNEXPLAINED', note });
    this.#leave(position, 'UNEXPLAINED', note);
  }

  /** Another position than the trade's under its identifier: the next trade begins. */
  #succeed(over: Trade, position: BrokerPosition): void {
    const spec = specOfPosition(this.#account, position, over.spec.feed);
    this.#engine.succeed(over, spec, this.#broker.snapshot.takenAt);
    this.#registered.push(position.identifier);
  }

  get #seen(): Seen {
    const { accounts } = this.#engine;
    const reconciledAt = accounts.get(this.#account)?.reconciledAt ?? null;
    const takenAt = accounts.shown.takenAt(this.#account);
    return {
      broker: this.#broker,
      unexplained: this.#unexplained,
      now: this.#now,
      confirms: accounts.shown.isSeen(this.#account),
      held: this.#held,
      isTaken: (trade, action, identifier) => this.#isTaken(trade, action, identifier),
      shownAt: (identifier) => accounts.shown.at(this.#account, identifier),
      isOfSameSecond: (deal, asOf) => accounts.shown.isOfSameSecond(this.#account, deal, asOf),
      reconciledAt,
      lastLag: takenAt === undefined || reconciledAt === null ? undefined : reconciledAt - takenAt,
    };
  }

  get #view(): DealView {
    return { ...this.#seen, rules: this.#engine.rules };
  }

  #takenAt(trade: Trade): number {
    return takenAtOf(trade, this.#seen, this.#engine);
  }

  /** A snapshot that is dated before the close shows no difference; but its clock may be behind, and nobody defends that. */
  #noteLeftOpen(trade: Trade, sighting: Sighting): void {
    const { position } = sighting;
    if (position === null || !isLeftOpen(trade, sighting)) return;
    const { spec, closeReason } = trade;
    const note = `the trade is closed (${closeReason}) and its position is open`;
    if (isClosedButOpen(trade, sighting, this.#takenAt(trade)))
      this.#drifts.push({ ticket: spec.ticket, drift: 'CLOSED_BUT_OPEN', note });
    this.#leave(position, 'TRADE_CLOSED', note);
  }

  /** Nobody defends the position. */
  #leave(position: BrokerPosition, reason: UndefendedReason, note: string): void {
    this.#undefended.push(undefended(position, reason, note));
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
      this.#meetOpened(position, opener);
      return;
    }
    if (!this.#isLookedUp(identifier) || !this.#findings.asked.has(identifier)) {
      this.#leave(position, 'UNEXPLAINED', 'it is looked up with the next snapshot');
      return;
    }
    const doubter = awaiting(this.#engine, this.#account, position);
    if (doubter !== undefined) {
      const note = `position ${identifier} may be what ${doubter.spec.ticket}'s action in doubt opened: a person has to say`;
      this.#drifts.push({ ticket: doubter.spec.ticket, drift: 'UNEXPLAINED', note });
      this.#leave(position, 'UNEXPLAINED', note);
      return;
    }
    const settled = this.#findings.settled.get(identifier);
    if (settled !== undefined) {
      this.#meetSettled(settled, position);
      return;
    }
    const known = this.#findings.openers.get(comment);
    if (known !== undefined && orderKindOf(known.type) === 'open hedge') this.#meetLeg(known, position);
    // A close that opened a position, because it did not name one, opened a position of its own.
    else {
      const isAdded = known?.type === 'RE_ADD' && isOpenedBy(this.#engine, this.#account, known, position);
      const parent = isAdded ? known.ticket : null;
      this.#register(position, feeds.get(symbol) ?? this.#engine.accounts.feedOf(this.#account), parent);
    }
  }

  /** What by its tag an action of an open trade opened: where a trade that is over had its identifier, the tag says nothing. */
  #meetOpened(position: BrokerPosition, { trade, action }: NonNullable<Stranger['opener']>): void {
    const { spec } = trade;
    const settled = this.#findings.settled.get(position.identifier);
    // While it is executing, its report is under way and registers the position.
    const isReporting = orderKindOf(action.type) !== 'open hedge' && action.status === 'EXECUTING';
    if (settled !== undefined) this.#meetSettled(settled, position);
    else if (isReporting) return;
    else if (orderKindOf(action.type) === 'open hedge') this.#noteSurplus(spec.ticket, position);
    else if (this.#isLookedUp(position.identifier)) this.#register(position, spec.feed, spec.ticket);
    else this.#leave(position, 'UNEXPLAINED', 'it is looked up with the next snapshot');
  }

  /** Whether an action's order cannot have opened the position, whatever its tag says. */
  #isTaken(trade: Trade, action: Action, identifier: bigint): boolean {
    const { settled } = this.#findings;
    const shown = this.#broker.positions.get(identifier);
    if (openingObstacle(this.#engine, { trade, action }, identifier, { over: settled, shown }) !== null)
      return true;
    return this.#engine.get(this.#account, identifier) === undefined && !this.#isLookedUp(identifier);
  }

  #isLookedUp(identifier: bigint): boolean {
    return isLookedUp(this.#findings, identifier) && !this.#ended.has(identifier);
  }

  get #mode(): AccountMode {
    return this.#engine.accounts.rulesOf(this.#account).mode;
  }

  /** `observe` also where a flag switches closing off: what would not be closed is not taken up to be. */
  #closingMode({ spec: { account, symbol } }: Trade): AccountMode {
    return this.#engine.flags.off('action.CLOSE_ALL', account, symbol) === null ? this.#mode : 'observe';
  }

  /** The position of a trade that is over. */
  #meetSettled(trade: Trade, position: BrokerPosition): void {
    const sighting = this.#sightingOf(trade, position);
    const takenAt = this.#takenAt(trade);
    const { rules } = this.#engine;
    if (isDoubtful(trade, position, rules)) this.#doubt(trade, position);
    else if (isTurned(trade, position, this.#view)) this.#succeed(trade, position);
    else if (
      isToCloseAgain(trade, sighting, takenAt, rules, this.#closingMode(trade)) ||
      isBack(trade, sighting, takenAt, rules)
    ) {
      this.#revive(trade, sighting);
    } else this.#noteLeftOpen(trade, sighting);
  }

  /** The leg of a hedge that its trade does not have any more, or has besides another. */
  #meetLeg(opener: Opener, leg: BrokerPosition): void {
    const trade = this.#findings.settled.get(opener.ticket);
    const isOver = trade !== undefined && this.#engine.get(this.#account, opener.ticket) === undefined;
    const known = trade?.hedge?.ticket ?? leg.identifier;
    if (
      isOver &&
      !this.#broker.sharedTags.has(leg.comment) &&
      isOpenedBy(this.#engine, this.#account, opener, leg) &&
      isLeg(trade, leg, this.#engine.rules.symbols) &&
      known === leg.identifier &&
      isOrphaned(trade, this.#mode)
    ) {
      const own = this.#broker.positions.get(opener.ticket) ?? null;
      this.#revive(trade, { ...this.#sightingOf(trade, own), leg });
    } else this.#noteSurplus(opener.ticket, leg);
  }

  #sightingOf(trade: Trade, position: BrokerPosition | null): Sighting {
    const leg = trade.hedge === null ? undefined : this.#broker.positions.get(trade.hedge.ticket);
    return { position, leg: leg !== undefined && isLeg(trade, leg, this.#engine.rules.symbols) ? leg : null };
  }

  #noteSurplus(ticket: bigint, leg: BrokerPosition): void {
    const what = 'does not need: close it by hand, unless somebody copied the comment of an order';
    const note = `position ${leg.identifier} is a hedge of it that it ${what}`;
    this.#drifts.push({ ticket, drift: 'HEDGE_FOUND', note });
    this.#leave(leg, 'SURPLUS_HEDGE', `it is a hedge that trade ${ticket} ${what}`);
  }

  /** Takes a settled trade up again, because something of it is left to do. */
  #revive(trade: Trade, sighting: Sighting): void {
    this.#engine.restoreTrade(trade);
    this.#look(trade, sighting);
  }

  /** `parent` is the ticket of the trade whose volume it adds again; null for a position of somebody else. */
  #register(position: BrokerPosition, feed: string, parent: bigint | null): void {
    if (!this.#engine.rules.reconciliation.registerExternal && parent === null) {
      const note = 'nobody registered it, and rules.reconciliation.registerExternal is off';
      this.#leave(position, 'NOT_REGISTERED', note);
      return;
    }
    const off =
      parent === null ? this.#engine.flags.off('adopt-external', this.#account, position.symbol) : null;
    if (off !== null) {
      this.#leave(position, 'SWITCHED_OFF', `nobody registered it, and ${decisionText(off)}`);
      return;
    }
    const spec = specOfPosition(this.#account, position, feed);
    const origin = parent === null ? 'EXTERNAL' : 'RE_ADD';
    const { trade } = this.#engine.register(spec, this.#broker.snapshot.takenAt, origin, parent);
    this.#registered.push(position.identifier);
    this.#look(trade, { position, leg: null });
  }
}
