// Owns whether the broker's deals prove that a position is over: those that closed it, all of what was open. Deals that are in
// the volume already, such as an earlier partial close, prove nothing: what they leave unproved is a missing position.

import { volumeSum } from '../actions/quantise.js';
import { isTag, tagOf } from '../broker/order-tag.js';
import type { BrokerDeal, BrokerPosition } from '../broker/snapshot.js';
import type { BrokerIndex } from '../broker/snapshot-index.js';
import { type Direction, opposite } from '../market/direction.js';
import { isSameInstrument } from '../market/symbols.js';
import type { Rules } from '../rules.js';
import type { Hedge, Trade } from '../trade/trade.js';

/** What the deals are read by. */
export interface DealView {
  readonly broker: BrokerIndex;
  readonly rules: Rules;
  /** Broker time of the last snapshot in this term that showed a position; undefined where none did. */
  readonly shownAt?: ((identifier: bigint) => number | undefined) | undefined;
  /**
   * Whether a deal followed the last snapshot, and with it a volume that is known from a broker time, although it is dated
   * before: a broker's dates may be whole seconds.
   */
  readonly isOfSameSecond?: ((deal: BrokerDeal, asOf: number) => boolean) | undefined;
  /** Database time of the account's last complete snapshot, of a term before as well; null where none came. */
  readonly reconciledAt?: number | null | undefined;
}

/** How a position ended. */
export interface PositionEnd {
  /** The deal that closed the last of it. */
  readonly deal: BrokerDeal;
  /** The average price of all that was open. */
  readonly exitPrice: number;
  /** The lots that deal opened on the other side: 0 unless it turned the position round. */
  readonly turned: number;
}

/** How the deals ended a trade's position; null where they do not prove it. */
export function endingOf(trade: Trade, view: DealView): PositionEnd | null {
  const { spec, volume } = trade;
  const deals = dealsOf(trade, spec.ticket, view);
  const asOf = volumeAsOf(trade, spec.ticket, view) ?? reconciledAsOf(trade, view);
  if (asOf === null) return endingSinceOpened(trade, deals, view);
  return closedWhole(spec.direction, volume, sinceKnown(trade, deals, asOf, view));
}

/**
 * How the deals ended a trade's position before they made the one that is shown under its identifier: netting may close or turn
 * it, and open it again, between two snapshots. Null where they do not come to zero and then to exactly what is shown.
 */
export function endingBefore(trade: Trade, shown: BrokerPosition, view: DealView): PositionEnd | null {
  const { direction } = trade.spec;
  const deals = dealsToShown(trade, view);
  const end = closedWhole(direction, trade.volume, deals);
  if (end === null) return null;
  const made = netOf(direction, deals.slice(deals.indexOf(end.deal) + 1), -end.turned);
  return isShown(trade, made, shown) ? end : null;
}

/** Whether the deals since a trade was closed opened all of what is shown under its identifier. */
export function isOpenedAfter(trade: Trade, shown: BrokerPosition, view: DealView): boolean {
  const { closedAt, spec } = trade;
  if (closedAt === null) return false;
  const later = dealsOf(trade, spec.ticket, view).filter(
    // A broker's dates may be whole seconds.
    ({ time, entry }) => time > closedAt || (time === closedAt && entry === 'IN'),
  );
  return isShown(trade, netOf(spec.direction, later, 0), shown);
}

/** How the deals ended the leg of a trade's hedge; null where they do not prove it. */
export function hedgeEndingOf(trade: Trade, { ticket, volume }: Hedge, view: DealView): PositionEnd | null {
  const side = opposite(trade.spec.direction);
  const deals = dealsOf(trade, ticket, view);
  // Where accounts hedge nothing is added to a position: a list that begins with its opening is its whole life.
  if (deals[0]?.entry === 'IN') {
    return closedWhole(side, Math.max(volume, addedIn(deals, side)), withoutOpening(deals));
  }
  const asOf = volumeAsOf(trade, ticket, view);
  if (asOf !== null) return closedWhole(side, volume, sinceKnown(trade, deals, asOf, view));
  return view.broker.snapshot.dealsSince > trade.openedAt ? null : closedWhole(side, volume, deals);
}

/** The same of a position of which nothing is known but how it began: only deals that reach back to that count. */
function endingSinceOpened(trade: Trade, deals: readonly BrokerDeal[], view: DealView): PositionEnd | null {
  const { spec, volume, openedAt } = trade;
  const begun = openedAt + view.rules.reconciliation.clockSkewMs;
  const [first] = deals;
  const isWhole = first?.entry === 'IN' && first.time <= begun;
  if (view.broker.snapshot.dealsSince > openedAt && !isWhole) return null;
  const turned = deals.findLastIndex(
    ({ entry, direction }) => entry === 'INOUT' && direction === spec.direction,
  );
  const own = deals.slice(turned + 1);
  const later = own.filter(({ time }) => time > begun);
  // Lots that were closed nobody knows when may be what these deals closed; what was added is open.
  const registered = volumeSum(Math.max(volume, spec.volume), addedIn(later, spec.direction));
  const closes = withoutOpening(unknownOf(trade, own));
  const end = closedWhole(spec.direction, Math.max(registered, addedIn(own, spec.direction)), closes);
  // What was closed before the trade was known is none of it.
  const exitPrice =
    end === null ? null : priceOfLast(closes, volumeSum(volume, addedIn(later, spec.direction)));
  return end === null || exitPrice === null ? end : { ...end, exitPrice };
}

/** The average price of the last so many lots that deals closed; null where the last turned the position round, or nothing is to be priced. */
function priceOfLast(closes: readonly BrokerDeal[], lots: number): number | null {
  let [left, value] = [lots, 0];
  for (const { entry, volume, price } of closes.toReversed()) {
    if (entry === 'INOUT' || left <= 0) break;
    const part = Math.min(left, volume);
    if (part === lots) return price;
    value += price * part;
    left = volumeSum(left, -part);
  }
  return left === 0 && lots > 0 ? value / lots : null;
}

/** The deals that are not in the volume of a trade, in the order of their time: none where nobody knows from when that is. */
function dealsToShown(trade: Trade, view: DealView): readonly BrokerDeal[] {
  const { spec, openedAt } = trade;
  const deals = dealsOf(trade, spec.ticket, view);
  const asOf = volumeAsOf(trade, spec.ticket, view) ?? reconciledAsOf(trade, view);
  if (asOf !== null) return sinceKnown(trade, deals, asOf, view);
  const begun = openedAt + view.rules.reconciliation.clockSkewMs;
  const isWhole = deals[0]?.entry === 'IN' && deals[0].time <= begun;
  if (view.broker.snapshot.dealsSince > openedAt && !isWhole) return [];
  return unknownOf(
    trade,
    deals.filter(({ entry, time }) => entry !== 'IN' || time > begun),
  );
}

/** What deals make of so many lots: those on the other side are negative. */
function netOf(direction: Direction, deals: readonly BrokerDeal[], lots: number): number {
  return deals.reduce(
    (sum, deal) => volumeSum(sum, deal.direction === direction ? deal.volume : -deal.volume),
    lots,
  );
}

const isShown = ({ spec }: Trade, lots: number, { direction, volume }: BrokerPosition): boolean =>
  volumeSum(lots, direction === spec.direction ? -volume : volume) === 0;

/** The deals that took volume from a trade's position, in the order of their time. */
export function closesOf(trade: Trade, view: DealView): readonly BrokerDeal[] {
  const { ticket, direction } = trade.spec;
  return dealsOf(trade, ticket, view).filter((deal) => isClose(deal, direction));
}

/** The lots that deals may have added to a trade's position since its volume was known. */
export function addedTo(trade: Trade, view: DealView): number {
  const { spec, openedAt, volumeChangedAt } = trade;
  const { clockSkewMs } = view.rules.reconciliation;
  const since = Math.max(openedAt + clockSkewMs, (volumeChangedAt ?? openedAt) - clockSkewMs);
  return addedIn(
    dealsOf(trade, spec.ticket, view).filter(({ time }) => time > since),
    spec.direction,
  );
}

const isClose = ({ entry, direction }: BrokerDeal, held: Direction): boolean =>
  entry !== 'IN' && direction !== held;

const isAdding = ({ entry, direction }: BrokerDeal, held: Direction): boolean =>
  entry === 'IN' && direction === held;

/** Broker time up to which deals are in the volume DTMS knows. Where it was told, the clocks may differ. */
function volumeAsOf({ volumeChangedAt }: Trade, identifier: bigint, view: DealView): number | null {
  const shownAt = view.shownAt?.(identifier) ?? null;
  if (volumeChangedAt === null || (shownAt !== null && shownAt >= volumeChangedAt)) return shownAt;
  return volumeChangedAt + view.rules.reconciliation.clockSkewMs;
}

/**
 * The same where no snapshot of this term showed the position: one of a term before did, if it was open then and is not missed. Had
 * it shown another volume, the trade would have that.
 */
function reconciledAsOf(
  { openedAt, missingSince }: Trade,
  { reconciledAt = null, rules }: DealView,
): number | null {
  const { clockSkewMs, registerExternal } = rules.reconciliation;
  if (reconciledAt === null || missingSince !== null || !registerExternal) return null;
  return openedAt + clockSkewMs < reconciledAt ? reconciledAt + clockSkewMs : null;
}

/** The deals of a position, each once, of the trade's instrument and not from before it; its opening may be dated by another clock. */
function dealsOf({ spec, openedAt }: Trade, identifier: bigint, { broker, rules }: DealView) {
  // 0 is no position's: nobody told the identifier.
  const told = identifier === 0n ? [] : (broker.deals.get(identifier) ?? []);
  const numbers = new Set<bigint>();
  return told.filter(({ deal, symbol, entry, time }) => {
    const isNew = !numbers.has(deal);
    numbers.add(deal);
    const from = entry === 'IN' ? openedAt - rules.reconciliation.clockSkewMs : openedAt;
    return isNew && time >= from && isSameInstrument(symbol, spec.symbol, rules.symbols);
  });
}

const withoutOpening = (deals: readonly BrokerDeal[]): readonly BrokerDeal[] =>
  deals.filter(({ entry }) => entry !== 'IN');

/** Those that are not in the volume of the trade, or of its hedge. */
function sinceKnown(
  trade: Trade,
  deals: readonly BrokerDeal[],
  asOf: number,
  { isOfSameSecond = () => false }: DealView,
): readonly BrokerDeal[] {
  return unknownOf(
    trade,
    deals.filter((deal) => deal.time > asOf || isOfSameSecond(deal, asOf)),
  );
}

/** How these deals, in their order, close so much of a position that is open; null where they leave some of it. */
function closedWhole(direction: Direction, volume: number, deals: readonly BrokerDeal[]): PositionEnd | null {
  let open = volume;
  const closes: { readonly deal: BrokerDeal; readonly volume: number }[] = [];
  for (const deal of deals) {
    if (isAdding(deal, direction)) open = volumeSum(open, deal.volume);
    // What turned it back to this side began another position under its identifier.
    else if (deal.entry === 'INOUT' && deal.direction === direction) break;
    // Turning a position round closes all of it: with fewer lots, it was of another one.
    else if (isClose(deal, direction) && !(deal.entry === 'INOUT' && deal.volume < open)) {
      const part = deal.entry === 'INOUT' ? Math.max(open, 0) : deal.volume;
      closes.push({ deal, volume: part });
      open = volumeSum(open, -part);
      // What follows is of the next position.
      if (open <= 0) break;
    }
  }
  const last = closes.at(-1);
  if (last === undefined || open > 0) return null;
  const { deal, volume: closed } = last;
  const turned = deal.entry === 'INOUT' ? volumeSum(deal.volume, -closed) : 0;
  return { deal, exitPrice: averageOf(closes), turned };
}

function averageOf(closes: readonly { readonly deal: BrokerDeal; readonly volume: number }[]): number {
  const [first, second] = closes;
  if (first !== undefined && second === undefined) return first.deal.price;
  const value = closes.reduce((sum, { deal, volume }) => sum + deal.price * volume, 0);
  return value / closes.reduce((sum, { volume }) => sum + volume, 0);
}

/** Without deals of orders of DTMS whose result the trade has: of those it waits for, or gave up, it has none. */
function unknownOf({ actions, deadLetters }: Trade, deals: readonly BrokerDeal[]): readonly BrokerDeal[] {
  const awaited = new Set([...actions, ...deadLetters].map(({ actionId }) => tagOf(actionId)));
  return deals.filter(
    ({ comment, reason }) => reason !== 'CLIENT' || !isTag(comment) || awaited.has(comment),
  );
}

/** The lots that deals opened on this side. */
function addedIn(deals: readonly BrokerDeal[], direction: Direction): number {
  return deals.reduce((sum, deal) => (isAdding(deal, direction) ? volumeSum(sum, deal.volume) : sum), 0);
}
