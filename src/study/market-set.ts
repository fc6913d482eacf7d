// Owns a data set of a study as it is read: bars with their costs, how the files were read, and when coarse bars close.
import { type NewsEvent, TIMEFRAME_MS } from '../domain/market/data.js';
import type { Rules } from '../domain/rules.js';
import { type Costs, chargedBy, costsText, isFree, withFixedSpread } from '../replay/costs.js';
import type { ReplayOptions } from '../replay/driver.js';
import { importBars, pairBidAsk, type ReplayData, withSpread } from '../replay/importer.js';
import type { Asked } from '../replay/input/asked.js';
import { type FileReading, readingText } from '../replay/input/file-reading.js';
import { wallZone } from '../replay/input/time-zone.js';
import { importTicks } from '../replay/ticks.js';
import { heldToExit, type ReplayTrade, readTrades, withinData } from '../replay/trades-file.js';
import { type BlockLength, blockLengthOf } from '../statistics/blocks.js';
import { type CoarseMoment, coarseMoments } from './coarse-bars.js';
import { readNews } from './news-file.js';
import type { StudySet } from './study-file.js';

/** A set without a trade that can be studied. */
export class EmptySetError extends Error {
  override readonly name = 'EmptySetError';
}

export interface MarketSet {
  readonly name: string;
  readonly market: string;
  readonly symbol: string;
  readonly data: ReplayData;
  readonly barMs: number;
  readonly moments: readonly CoarseMoment[];
  readonly blockLength: BlockLength;
  readonly costs: Costs;
  /** Trades are entered from here on, UTC ms; bars before it warm up. */
  readonly from: number;
  /** Its own trades, in order of entry; null where they are sampled. */
  readonly trades: readonly ReplayTrade[] | null;
  /** Scheduled news, whatever they concern. */
  readonly news: readonly NewsEvent[];
  /** How it was read and what is charged, for a person. */
  readonly remarks: readonly string[];
}

/**
 * Reads a set's files; bad rows are skipped and told.
 * @throws ImportError where nothing can be made of them, NewsFileError. @throws RangeError for a time zone nobody knows.
 */
export function readSet(set: StudySet, rules: Rules): MarketSet {
  const { name, market, symbol } = set;
  const { readings, data: whole } = readData(set);
  const read = endingAt(set, whole);
  const costs = costsOf(set, rules);
  const from = set.from ?? Number.NEGATIVE_INFINITY;
  const data = costs.spread === null ? read : withFixedSpread(read, costs.spread);
  const spread = data.bars.some(({ ask }) => ask !== null) ? 'data' : 'none';
  const own = ownTrades(set, data);
  const remarks = [...readings.map(readingText), costsText(costs, spread), ...(own?.remarks ?? [])];
  if (isFree(costs, spread)) remarks.push('trading is free: results are better than any account has them');
  const news = set.news === undefined ? [] : readNews(set.news);
  if (set.news !== undefined) remarks.push(`${news.length} news events`);
  remarks.push(...stretchRemarks(set));
  if (data.timeframe === 'M15') remarks.push('degraded: with M15 bars alone the fine checks run on them too');
  return {
    name,
    market,
    symbol,
    data,
    barMs: TIMEFRAME_MS[data.timeframe],
    moments: coarseMoments(data),
    blockLength: blockLengthOf(data.bars.map(({ bar }) => bar.time).filter((time) => time >= from)),
    costs,
    from,
    trades: own?.trades ?? null,
    news,
    remarks,
  };
}

/** What a paper broker charges for trades of a set; slippage is drawn by the seed. */
export function brokerTerms(
  { costs }: Pick<MarketSet, 'costs'>,
  rules: Rules,
  seed: number,
): Pick<ReplayOptions, 'instrument' | 'execution' | 'swap'> {
  return chargedBy(costs, rules, seed);
}

/**
 * The trades of a set's file that were entered within its bars and have a stop: without one they have no R to compare in.
 * @throws ImportError where the file cannot be read. @throws EmptySetError where nothing of it is left.
 */
function ownTrades(set: StudySet, { bars, timeframe }: ReplayData) {
  if (set.trades === undefined) return null;
  const zone = set.tradesTimeZone ?? set.timeZone;
  const asked = { ...askedOf(set), timeZone: zone === undefined ? undefined : wallZone(zone) };
  const { trades: read, badRows, reading } = readTrades(set.trades, set.symbol, 'skip', asked);
  const times = bars.map(({ bar }) => bar.time);
  const barMs = TIMEFRAME_MS[timeframe];
  const within = withinData(heldToExit(read, times, barMs), times, barMs);
  const { from } = set;
  const entered = within.filter(({ entryTime }) => from === null || entryTime >= from);
  const trades = entered.filter(({ stopLoss }) => stopLoss !== null);
  if (trades.length === 0)
    throw new EmptySetError(`${set.trades}: no trade with a stop was entered within the bars`);
  const left = [
    [badRows.length, 'rows could not be read'],
    [read.length - entered.length, 'trades were entered outside the bars'],
    [entered.length - trades.length, 'trades have no stop'],
  ] as const;
  const remarks = left.flatMap(([count, what]) => (count === 0 ? [] : [`left out: ${count} × ${what}`]));
  return { trades, remarks: [readingText(reading), ...remarks] };
}

/** The bars that have closed by a set's end. @throws EmptySetError where none has. */
function endingAt({ name, until }: StudySet, data: ReplayData): ReplayData {
  if (until === null) return data;
  const barMs = TIMEFRAME_MS[data.timeframe];
  const bars = data.bars.filter(({ bar }) => bar.time + barMs <= until);
  if (bars.length === 0) throw new EmptySetError(`${name}: no bar before ${new Date(until).toISOString()}`);
  return { ...data, bars };
}

function stretchRemarks({ from, until }: StudySet): string[] {
  const at = (time: number) => new Date(time).toISOString();
  return [
    ...(from === null ? [] : [`trades are entered from ${at(from)} on`]),
    ...(until === null ? [] : [`bars up to ${at(until)}`]),
  ];
}

function askedOf({ symbol, timeZone, decimal, dateOrder, spreadUnit }: StudySet): Asked {
  const zone = timeZone === undefined ? undefined : wallZone(timeZone);
  return { symbol, timeZone: zone, decimal, dateOrder, spreadUnit };
}

function readData(set: StudySet): { readonly readings: readonly FileReading[]; readonly data: ReplayData } {
  const { timeframe = null, bars, bid, ask, ticks } = set;
  const asked = askedOf(set);
  if (ticks !== undefined) {
    const { data, reading } = importTicks(ticks, 'skip', asked);
    return { data, readings: [reading] };
  }
  const read = (file: string) => importBars(file, timeframe, 'skip', asked);
  if (bars !== undefined) {
    const file = read(bars);
    return { data: withSpread(file), readings: [file.reading] };
  }
  const [bids, asks] = [read(bid ?? ''), read(ask ?? '')];
  return { data: pairBidAsk(bids, asks, 'skip'), readings: [bids.reading, asks.reading] };
}

function costsOf({ costs = {} }: StudySet, rules: Rules): Costs {
  return {
    spread: costs.spread ?? null,
    slippageTicks: costs.slippageTicks ?? 0,
    commission: costs.commission ?? rules.instrument.commissionPerLot,
    swapBuy: costs.swapBuy ?? 0,
    swapSell: costs.swapSell ?? 0,
  };
}
