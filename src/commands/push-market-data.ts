// Owns pushing market data into the engine, in order. A long push gives other calls a turn now and then, so
// it is no command of one turn.
import { setImmediate as turn } from 'node:timers/promises';
import type { FeedWriter } from '../domain/market/feed.js';
import type {
  ItemOutcome,
  MarketDataFault,
  MarketItem,
  RefusedItem,
  SettledItems,
} from '../domain/market/market-item.js';
import type { MarketCheck } from '../engine/check.js';
import type { Receipt } from '../engine/group-commit.js';
import type { Term } from '../engine/term.js';
import { limitReached } from '../errors/feeds.js';
import type { Deciding, Issuer } from './command.js';
import { admitWriter } from './feeds.js';
import type { CommandRunner } from './runner.js';

/** The engine works this long at most, in ms, before other calls get a turn. */
const SLICE_MS = 5;

/** An item that was refused: its place, why, and the field at fault. */
export interface RejectedItem {
  readonly index: number;
  readonly fault: MarketDataFault;
  readonly field: string;
  readonly description: string;
}

/** What became of the items. */
interface Counts {
  accepted: number;
  duplicates: number;
  corrections: number;
  /** Items of earlier pushes that were held: taken now, or dropped because nothing confirmed them. */
  confirmed: number;
  dropped: number;
  /** Events they caused. */
  events: number;
  readonly rejected: RejectedItem[];
  /** Those that wait to be confirmed. */
  readonly held: Map<MarketItem, RejectedItem>;
}

export interface Pushed extends Readonly<Omit<Counts, 'held'>> {
  readonly held: readonly RejectedItem[];
  /** The log's head once `durable` resolves. */
  readonly revision: number;
  /** Resolves when all the items caused is durable. */
  readonly durable: Promise<void>;
}

/** Whoever wants to know how long the engine took. */
export interface CheckObserver {
  /** A piece of market data led to a check of its market's trades, which took this many ms. */
  checked(ms: number): void;
}

/** Which feed is written, and by whom. */
export interface Destination {
  readonly feed: string;
  readonly writer: FeedWriter;
}

/** Applies items in order; some are refused already. Throws FEED_DENIED, LIMIT_REACHED, and what CommandRunner.admit does. */
export async function pushMarketData(
  commands: CommandRunner,
  observer: CheckObserver,
  { feed, writer }: Destination,
  items: readonly (MarketItem | RefusedItem)[],
  issuer: Issuer,
): Promise<Pushed> {
  const term = commands.admit();
  const made = { name: 'admitWriter', args: [feed, writer] };
  if (term.engine.feeds.get(feed) !== undefined) admitWriter(term, feed, writer);
  else {
    term.take(made, issuer.principal.name, () => admitWriter(term, feed, writer));
    term.record({ cause: issuer });
  }
  const zero = { accepted: 0, duplicates: 0, corrections: 0, confirmed: 0, dropped: 0, events: 0 };
  const counts: Counts = { ...zero, rejected: [], held: new Map() };
  let receipt: Receipt = { revision: term.head, events: 0, durable: term.settled() };
  const { slices, engine } = term;
  /** What the items left open. */
  const opened = new Set<MarketCheck>();
  for (let index = 0; index < items.length; ) {
    const next = items[index];
    while (waits(term, feed, next)) await slices.until(() => !waits(term, feed, next));
    if (term.forgetting !== null) await term.forgetting;
    const before = new Set(engine.checks.all());
    index = commands.traced(issuer, () => takeSlice(term, feed, items, index, counts, observer));
    receipt = term.record({ cause: issuer });
    counts.events += receipt.events;
    for (const check of engine.checks.all()) if (!before.has(check)) opened.add(check);
    slices.start();
    if (index < items.length) await turn();
  }
  if (opened.size > 0) receipt = await decided(term, opened, receipt, counts, observer);
  const isFull = counts.rejected.some(({ fault }) => fault === 'LIMIT');
  if (isFull && counts.accepted + counts.duplicates === 0) {
    throw limitReached(`symbols of the feed ${feed}`, term.engine.rules.feeds.maximumMarketsPerFeed);
  }
  const held = [...counts.held.values()];
  const refused = counts.rejected.sort((one, other) => one.index - other.index);
  return { ...counts, rejected: refused, held, revision: receipt.revision, durable: receipt.durable };
}

/** Takes items from `index` on, in one turn of the engine. @returns how far it came. */
function takeSlice(
  term: Term,
  feed: string,
  items: readonly (MarketItem | RefusedItem)[],
  index: number,
  counts: Counts,
  observer: CheckObserver,
): number {
  const until = performance.now() + SLICE_MS;
  const taken: MarketItem[] = [];
  let place = index;
  const slice = () => {
    while (place < items.length && performance.now() < until && !waits(term, feed, items[place])) {
      const item = items[place];
      if (item !== undefined) take(term, feed, item, place, counts, observer);
      if (item !== undefined && !('fault' in item)) taken.push(item);
      place += 1;
    }
    return place;
  };
  return term.take(() => ({ name: 'takeMarketItems', args: [feed, taken] }), '', slice);
}

/** Waits until all trades are decided that the items concern. @returns the receipt of what came last. */
async function decided(
  { slices }: Term,
  opened: ReadonlySet<MarketCheck>,
  taken: Receipt,
  counts: Counts,
  observer: CheckObserver,
): Promise<Receipt> {
  await slices.until(() => [...opened].every(({ isOver }) => isOver));
  let last = taken;
  for (const { sliced } of opened) {
    counts.events += sliced.events;
    observer.checked(sliced.ms);
    if (sliced.receipt !== null && sliced.receipt.revision >= last.revision) last = sliced.receipt;
  }
  return last;
}

/** Whether an item is of a market whose trades are still to be decided by what came before it. */
function waits(term: Term, feed: string, item: MarketItem | RefusedItem | undefined): boolean {
  return item !== undefined && !('fault' in item) && term.engine.isDeciding(feed, item.symbol);
}

function take(
  term: Deciding,
  feed: string,
  item: MarketItem | RefusedItem,
  index: number,
  counts: Counts,
  observer: CheckObserver,
): void {
  if ('fault' in item) {
    term.engine.faults.note(feed, item.fault);
    counts.rejected.push(rejectionOf(item, index));
    return;
  }
  const before = term.engine.evaluations;
  const began = performance.now();
  const outcome = takeItem(term, feed, item);
  const { status } = outcome;
  if (term.engine.evaluations > before) observer.checked(performance.now() - began);
  settle(counts, outcome.settled);
  if (outcome.status === 'rejected') {
    counts.rejected.push(rejectionOf(outcome, index));
    return;
  }
  if (outcome.status === 'held') {
    counts.held.set(item, rejectionOf(outcome, index));
    return;
  }
  if (status === 'duplicate') counts.duplicates += 1;
  else counts.accepted += 1;
  if (status === 'corrected') counts.corrections += 1;
}

type Taking = Pick<Deciding, 'engine' | 'clock' | 'databaseNow'>;

/** Gives the engine an item, and the feed's clock its time. What of it is decided in slices is left open. */
export function takeItem(term: Taking, feed: string, item: MarketItem): ItemOutcome {
  const { engine } = term;
  const outcome = engine.take(feed, item, term.databaseNow());
  seen(term, feed, item, outcome);
  return outcome;
}

/** The same, as older programs did: all that it causes at once, in the order of registration. */
export function applyItem(term: Taking, feed: string, item: MarketItem): void {
  seen(term, feed, item, term.engine.apply(feed, item, term.databaseNow(), 'registration'));
}

/** Tells the feed's clock the time of what was taken. */
function seen({ engine, clock }: Taking, feed: string, item: MarketItem, { status }: ItemOutcome): void {
  if (status === 'rejected' || status === 'held') return;
  const { asOf = null } = engine.view(feed, item.symbol) ?? {};
  if (asOf !== null) clock.saw(feed, asOf);
}

/** What became of items that were held: of this push, or of earlier ones. */
function settle(counts: Counts, settled: SettledItems | undefined): void {
  for (const item of settled?.confirmed ?? []) {
    if (counts.held.delete(item)) counts.accepted += 1;
    else counts.confirmed += 1;
  }
  for (const item of settled?.dropped ?? []) {
    const was = counts.held.get(item);
    counts.held.delete(item);
    if (was === undefined) counts.dropped += 1;
    else counts.rejected.push({ ...was, description: `${was.description}, and nothing confirmed it` });
  }
}

function rejectionOf({ fault, field, reason }: Omit<RefusedItem, 'status'>, index: number): RejectedItem {
  return { index, fault, field, description: reason };
}
