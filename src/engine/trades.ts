// Owns the trades that are not settled: takes them in, and replaces each by what its events made of it.
import type { ReferenceFacts } from '../domain/actions/context.js';
import { opensOwnPosition } from '../domain/actions/effects.js';
import type { Action } from '../domain/trade/action.js';
import type { TradeChange, TradeEvent } from '../domain/trade/event.js';
import type { Trade, TradeOrigin, TradeSketch, TradeSpec } from '../domain/trade/trade.js';
import { adopted, differingFields, isAdoptable, isSettled, openTrade } from '../domain/trade/version.js';
import { PackedStoredTrade } from '../store/packed-stored-trade.js';
import type { Accounts } from './accounts.js';
import type { Changes } from './changes.js';
import { type FeedRights, followedFeed, NO_FEED } from './feed-rights.js';
import type { HeldTrade, Market, Slot } from './market.js';
import type { Markets } from './markets.js';
import type { Policies } from './policies.js';
import type { Registration } from './results.js';
import { TradeIndex } from './trade-index.js';
import type { Valuation } from './valuation.js';

export class Trades {
  readonly index = new TradeIndex();
  readonly #markets: Markets;
  readonly #accounts: Accounts;
  readonly #reference: ReferenceFacts;
  readonly #policies: Policies;
  readonly #changes: Changes;
  readonly #valuation: Valuation;
  readonly #rights: FeedRights;

  constructor(
    markets: Markets,
    accounts: Accounts,
    reference: ReferenceFacts,
    policies: Policies,
    changes: Changes,
    valuation: Valuation,
    rights: FeedRights,
  ) {
    this.#markets = markets;
    this.#accounts = accounts;
    this.#reference = reference;
    this.#policies = policies;
    this.#changes = changes;
    this.#valuation = valuation;
    this.#rights = rights;
  }

  /** The feed whose data reach a trade; `NO_FEED` while it may not follow its own. */
  feedOf({ spec: { feed, account } }: Pick<TradeSketch, 'spec'>): string {
    return followedFeed(this.#rights, feed, account);
  }

  /** Where a trade belongs. */
  marketOf(trade: Pick<TradeSketch, 'spec' | 'instrument'>): Market {
    return this.#markets.of(this.feedOf(trade), trade.instrument);
  }

  /** The trades that follow a feed, and all that may not follow theirs. */
  onFeed(name: string): Slot[] {
    return [...this.index.slots()].filter(({ market: { feed } }) => feed === name || feed === NO_FEED);
  }

  /**
   * Puts those of these trades where they belong that may follow their feed now and did not, or the other way round.
   *
   * @param finish - decides what is left to decide about a market, before its trades are others
   */
  moveMisplaced(slots: Iterable<Slot>, finish: (market: Market) => void): void {
    const isMisplaced = ({ trade, market }: Slot): boolean => market.feed !== this.feedOf(trade);
    const misplaced = [...slots].filter(isMisplaced);
    for (const { trade, market } of misplaced) {
      finish(market);
      finish(this.marketOf(trade));
    }
    const moves = new Map<Market, Map<string, Set<Slot>>>();
    for (const slot of misplaced) {
      if (isSettled(slot.trade) || !isMisplaced(slot)) continue;
      const targets = moves.get(slot.market) ?? new Map<string, Set<Slot>>();
      const name = this.feedOf(slot.trade);
      targets.set(name, (targets.get(name) ?? new Set<Slot>()).add(slot));
      moves.set(slot.market, targets);
    }
    for (const [source, targets] of moves) {
      for (const [name, moving] of targets) {
        const target = this.#markets.of(name, source.instrument);
        this.#markets.keep(target);
        source.move(moving, target);
      }
    }
  }

  /** Puts a trade under watch, or compares it with the one that is; see Engine.register. */
  register(spec: TradeSpec, now: number, origin: TradeOrigin, parentTicket: bigint | null): Registration {
    const slot = this.index.slot(spec);
    if (slot !== undefined) return this.#registerAgain(slot, spec, now);
    const { instrument } = this.#markets.ofSymbol(spec.feed, spec.symbol);
    const { view } = this.marketOf({ spec, instrument });
    const at = spec.openedAt === null ? now : Math.max(spec.openedAt, view?.asOf ?? spec.openedAt);
    const opened = openTrade(spec, instrument, at, origin, parentTicket);
    const parent =
      parentTicket === null ? undefined : this.index.slot({ account: spec.account, ticket: parentTicket });
    const trade = this.#policies.inherit(opened, parent?.trade);
    this.#admit(trade, trade);
    this.#changes.event({ trade, at, change: this.#begun(trade) });
    return { outcome: 'registered', trade, fields: [] };
  }

  #begun(trade: Trade): Extract<TradeChange, { kind: 'registered' }> {
    const observing = this.#policies.observing(trade);
    return { kind: 'registered', adopted: false, ...(observing.length === 0 ? {} : { observing }) };
  }

  /**
   * Begins another trade under the identifier of one that is over, because netting turned its position round. Its
   * versions go on from those of the other, so that no two changes of one identifier share a number.
   */
  succeed(over: Trade, spec: TradeSpec, at: number): Trade {
    const opened = openTrade(spec, over.instrument, at, 'EXTERNAL');
    const trade = { ...this.#policies.begin(opened), version: over.version + 1 };
    this.#admit(trade, trade);
    this.#changes.event({ trade, at, change: this.#begun(trade) });
    return trade;
  }

  /** Takes a stored trade; it does not count as changed. A packed one stays so; null where that is settled. */
  restore(held: HeldTrade): TradeSketch | null {
    if (!(held instanceof PackedStoredTrade)) {
      const trade = ofToday(held);
      this.#admit(trade, trade);
      return trade;
    }
    const { sketch } = held;
    if (isSettled(sketch)) return null;
    this.#admit(held, sketch);
    return sketch;
  }

  /** Takes a trade as it is stored now, in place of the one there may be; one that is settled goes. */
  renew(trade: Trade): void {
    const slot = this.index.slot(trade.spec);
    if (slot === undefined) {
      if (!isSettled(trade)) this.restore(trade);
      return;
    }
    const before = slot.trade;
    const { market } = slot;
    const isSame = market.feed === this.feedOf(trade) && market.instrument === trade.instrument;
    if (isSame && !isSettled(trade)) {
      market.renew(slot, trade);
      this.index.replaced(slot, before);
      return;
    }
    this.index.remove(slot);
    slot.trade = trade;
    market.leave(slot);
    if (!isSettled(trade)) this.restore(trade);
  }

  /** Takes what happened to a trade in one go; whether it is over is asked after the last of it. */
  emit(slot: Slot, events: readonly TradeEvent[]): Trade {
    for (const event of events) this.#take(slot, event);
    const { trade, market } = slot;
    if (isSettled(trade) && this.index.remove(slot)) market.leave(slot);
    for (const { trade: after, change, at } of events) {
      if (change.kind === 'actionChanged') this.#openOwnPosition(after, change.action, at);
    }
    return trade;
  }

  #registerAgain(slot: Slot, spec: TradeSpec, now: number): Registration {
    const known = slot.trade;
    const { tickSize } = this.#reference.terms(spec.account, spec.symbol);
    const fields = differingFields(known.spec, spec, tickSize, this.#reference.account(spec.account));
    const adopts = isAdoptable(known);
    // One that may not follow its feed goes on with that of its program.
    if (adopts && known.spec.feed !== spec.feed && this.feedOf(known) !== NO_FEED) fields.push('feed');
    if (fields.length > 0) return { outcome: 'differs', trade: known, fields };
    if (!adopts) return { outcome: 'same', trade: known, fields };
    const trade = this.#policies.begin(adopted(known, spec));
    const at = Math.max(now, known.stateEnteredAt);
    this.emit(slot, [{ trade, at, change: { kind: 'registered', adopted: true } }]);
    this.moveMisplaced([slot], () => {});
    return { outcome: 'registered', trade, fields: [] };
  }

  #admit(held: HeldTrade, sketch: TradeSketch): void {
    const market = this.marketOf(sketch);
    this.#accounts.noteTraded(sketch.spec.account);
    this.#markets.keep(market);
    this.index.add(market.add(held, sketch), sketch);
  }

  #take(slot: Slot, event: TradeEvent): void {
    const { trade } = event;
    const before = slot.trade;
    if (trade.version !== before.version + 1) {
      throw new Error(
        `version ${trade.version} of ${trade.spec.account}:${trade.spec.ticket} is not the next`,
      );
    }
    slot.market.replace(slot, trade);
    this.index.replaced(slot, before);
    const results = this.#valuation.realised(before, event);
    this.#changes.event(event, results);
    if (results.some(({ volume }) => volume < 0)) this.#accounts.booked.forget(trade.spec.account);
    if (trade.state === 'CLOSED' && before.state !== 'CLOSED') this.#accounts.noteClosed(trade);
    else if (trade.volume !== before.volume || trade.hedge !== before.hedge)
      this.#accounts.noteTraded(trade.spec.account);
  }

  /** A RE_ADD on a hedging account opened a position beside the trade's: it is a trade of its own. */
  #openOwnPosition(parent: Trade, action: Action, at: number): void {
    const { result, status } = action;
    if (status !== 'DONE' || result === null || !opensOwnPosition(parent, action)) return;
    const { openedTicket, price, volume, stopLoss } = result;
    if (openedTicket === null) return;
    const { spec } = parent;
    const entryPrice = price ?? spec.entryPrice;
    // Nobody's word makes it more than was ordered: a snapshot shows what it is.
    const most = action.volume ?? spec.volume;
    const own: TradeSpec = {
      ...spec,
      ticket: openedTicket,
      positionTicket: openedTicket,
      entryPrice,
      volume: Math.min(volume ?? most, most),
      stopLoss: stopLoss ?? parent.stopLoss,
      takeProfit: parent.takeProfit,
      initialStopLoss: null,
      openedAt: at,
    };
    if (own.ticket > 0n) this.register(own, at, 'RE_ADD', spec.ticket);
  }
}

/** A trade as a journal or a checkpoint of an older program has it lacks what trades have had since. */
function ofToday(trade: Trade): Trade {
  const { actions, deadLetters, owed, policy, unmetWishes } = trade;
  if (owed !== undefined && [...actions, ...deadLetters].every(({ waitsSince }) => waitsSince !== undefined))
    return trade;
  const aimed = (action: Action): Action => ({
    ...action,
    leaves: action.leaves ?? null,
    waitsSince: action.waitsSince ?? null,
  });
  return {
    ...trade,
    actions: actions.map(aimed),
    deadLetters: deadLetters.map(aimed),
    policy: policy ?? null,
    unmetWishes: unmetWishes ?? '',
    owed: owed ?? [],
  };
}
