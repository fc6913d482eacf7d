// Owns the trades that are not settled: takes them in, and replaces each by what its events made of it.
import type { ReferenceFacts } from '../domain/actions/context.js';
import { opensOwnPosition } from '../domain/actions/effects.js';
import type { Action } from '../domain/trade/action.js';
import type { TradeChange, TradeEvent } from '../domain/trade/event.js';
import type { Trade, TradeOrigin, TradeSpec } from '../domain/trade/trade.js';
import { adopted, differingFields, isAdoptable, isSettled, openTrade } from '../domain/trade/version.js';
import type { Accounts } from './accounts.js';
import type { Changes } from './changes.js';
import type { Market, Slot } from './market.js';
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

  constructor(
    markets: Markets,
    accounts: Accounts,
    reference: ReferenceFacts,
    policies: Policies,
    changes: Changes,
    valuation: Valuation,
  ) {
    this.#markets = markets;
    this.#accounts = accounts;
    this.#reference = reference;
    this.#policies = policies;
    this.#changes = changes;
    this.#valuation = valuation;
  }

  /** Puts a trade under watch, or compares it with the one that is; see Engine.register. */
  register(spec: TradeSpec, now: number, origin: TradeOrigin, parentTicket: bigint | null): Registration {
    const slot = this.index.slot(spec);
    if (slot !== undefined) return this.#registerAgain(slot, spec, now);
    const market = this.#markets.ofSymbol(spec.feed, spec.symbol);
    const at = spec.openedAt === null ? now : Math.max(spec.openedAt, market.view?.asOf ?? spec.openedAt);
    const opened = openTrade(spec, market.instrument, at, origin, parentTicket);
    const parent =
      parentTicket === null ? undefined : this.index.slot({ account: spec.account, ticket: parentTicket });
    const trade = this.#policies.inherit(opened, parent?.trade);
    this.#admit(market, trade);
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
    const market = this.#markets.of(spec.feed, over.instrument);
    const opened = openTrade(spec, over.instrument, at, 'EXTERNAL');
    const trade = { ...this.#policies.begin(opened), version: over.version + 1 };
    this.#admit(market, trade);
    this.#changes.event({ trade, at, change: this.#begun(trade) });
    return trade;
  }

  /** Takes a stored trade; it does not count as changed. */
  restore(trade: Trade): void {
    this.#admit(this.#markets.of(trade.spec.feed, trade.instrument), ofToday(trade));
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
    const isSame = market.feed === trade.spec.feed && market.instrument === trade.instrument;
    if (isSame && !isSettled(trade)) {
      market.renew(slot, trade);
      this.index.replaced(slot, before);
      return;
    }
    this.index.remove(slot);
    // What is settled counts as gone from its market.
    slot.trade = trade;
    market.leave();
    if (!isSettled(trade)) this.restore(trade);
  }

  /** Takes what happened to a trade in one go; whether it is over is asked after the last of it. */
  emit(slot: Slot, events: readonly TradeEvent[]): Trade {
    for (const event of events) this.#take(slot, event);
    const { trade, market } = slot;
    if (isSettled(trade) && this.index.remove(slot)) market.leave();
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
    if (adopts && known.spec.feed !== spec.feed) fields.push('feed');
    if (fields.length > 0) return { outcome: 'differs', trade: known, fields };
    if (!adopts) return { outcome: 'same', trade: known, fields };
    const trade = this.#policies.begin(adopted(known, spec));
    const at = Math.max(now, known.stateEnteredAt);
    this.emit(slot, [{ trade, at, change: { kind: 'registered', adopted: true } }]);
    return { outcome: 'registered', trade, fields: [] };
  }

  #admit(market: Market, trade: Trade): void {
    this.#accounts.noteTraded(trade.spec.account);
    this.#markets.keep(market);
    this.index.add(market.add(trade));
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
    this.#changes.event(event, this.#valuation.realised(before, event));
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
  return trade.policy === undefined ? { ...trade, policy: null, unmetWishes: '' } : trade;
}
