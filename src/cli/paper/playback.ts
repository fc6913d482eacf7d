// Owns the market `dtms paper` plays: which bars of the recording are history and which are played, how they
// are dated.
import type { DtmsClient } from '../../client/client.js';
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../../domain/market/data.js';
import type { ReplayBar, ReplayData } from '../../replay/importer.js';
import type { ReplayTrade } from '../../replay/trades-file.js';
import { CommandError, EXIT } from '../exit.js';
import { spanText } from '../output.js';
import { knownMarket } from './feed.js';

/** A market that goes on may be played so far ahead of the clock, on a recorded feed. */
const MOST_AHEAD_MS = 48 * 3_600_000;

export interface Playback {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly barMs: number;
  /** All bars before the first one that is played, dated like it. */
  readonly history: readonly ReplayBar[];
  /** Whether the feed has data already, and needs no history. */
  readonly isKnown: boolean;
  /** The feed has data of the symbol that this recording does not go on from. */
  readonly isMixed: boolean;
  /** The bars that are played, in order of time; at least one. */
  readonly bars: readonly ReplayBar[];
  readonly digits: number;
}

/** What tells at which times bars are played. Times are UTC ms. */
export interface Dating {
  readonly now: number;
  /** Market time per time; Infinity plays as fast as possible. */
  readonly speed: number;
  /** What the server knows already reaches up to here: bars are played from then on. null: nothing. */
  readonly knownUntil: number | null;
}

/**
 * By how much to move the recording's dates, in ms, a whole number of bars: the last bar closes when it is
 * played, or within a bar's length before; a market the server knows already goes on where it was.
 */
export function shiftOf(bars: readonly ReplayBar[], barMs: number, dating: Dating): number {
  const { now, speed, knownUntil } = dating;
  const first = bars[0]?.bar.time ?? 0;
  const last = (bars.at(-1)?.bar.time ?? 0) + barMs;
  const playedAt = now + (bars.length * barMs) / speed;
  const asNow = Math.floor((playedAt - last) / barMs) * barMs;
  if (knownUntil === null) return asNow;
  return Math.max(asNow, Math.ceil((knownUntil - first) / barMs) * barMs);
}

/** Where a recording goes on: its next bar, and by how much its dates are moved, in ms. */
export interface Continuation {
  readonly next: number;
  readonly shift: number;
}

/** Where a feed goes on whose last closed bar is one of this recording, and not its last; else null. */
export function continuationOf(
  bars: readonly ReplayBar[],
  last: Omit<Bar, 'volume'> | null,
): Continuation | null {
  if (last === null) return null;
  const { open, high, low, close } = last;
  const index = bars.findIndex(
    ({ bar }) => bar.open === open && bar.high === high && bar.low === low && bar.close === close,
  );
  const found = bars[index];
  const isOver = index + 1 === bars.length;
  return found === undefined || isOver ? null : { next: index + 1, shift: last.time - found.bar.time };
}

/** The bars up to the first one that would close more than `mostAhead` ms ahead of the clock when it is told. */
export function upToAhead(
  bars: readonly ReplayBar[],
  barMs: number,
  { now, speed }: Pick<Dating, 'now' | 'speed'>,
  mostAhead: number,
): readonly ReplayBar[] {
  const tooFar = ({ bar }: ReplayBar, index: number) =>
    bar.time + barMs > now + ((index + 1) * barMs) / speed + mostAhead;
  const end = bars.findIndex(tooFar);
  return end === -1 ? bars : bars.slice(0, end);
}

/** The same bars, `shift` ms later. */
export function shifted(bars: readonly ReplayBar[], shift: number): readonly ReplayBar[] {
  return bars.map(({ bar, ask }) => ({ bar: { ...bar, time: bar.time + shift }, ask }));
}

/** What of the options tells which bars are played, and when. */
export interface PlaybackChoice extends Pick<Dating, 'speed'> {
  readonly symbol: string;
  readonly feed: string;
  readonly fromBar: number;
  readonly recordedTime: boolean;
}

/** Chooses and dates the bars that are played. Throws CommandError where the server would refuse them. */
export async function playbackOf(
  client: DtmsClient,
  data: ReplayData,
  { symbol, feed, fromBar, recordedTime, speed }: PlaybackChoice,
): Promise<Playback> {
  const barMs = TIMEFRAME_MS[data.timeframe];
  const known = await knownMarket(client, feed, symbol, data.timeframe);
  const dating = { now: Date.now(), speed, knownUntil: known?.until ?? null };
  // Whoever stopped a market and starts it again finds it where it was.
  const stopped = recordedTime ? null : continuationOf(data.bars, known?.last ?? null);
  const goesOn = stopped !== null && stopped.next >= fromBar ? stopped : null;
  const start = goesOn?.next ?? fromBar;
  const recorded = data.bars.slice(start);
  const shift = recordedTime ? 0 : (goesOn?.shift ?? shiftOf(recorded, barMs, dating));
  const all = shifted(recorded, shift);
  const bars = upToAhead(all, barMs, dating, MOST_AHEAD_MS);
  const until = new Date(known?.until ?? 0).toISOString();
  const where = `feed ${feed || 'default'} has data of ${symbol} up to ${until}`;
  if (known !== null && (all[0]?.bar.time ?? 0) < known.until) {
    throw new CommandError(`${where}: use another --feed, or omit --recorded-time`, EXIT.usage);
  }
  if (bars.length === 0 || (goesOn === null && bars.length < all.length)) {
    throw new CommandError(`${where}, too far ahead to continue: use another --feed`, EXIT.usage);
  }
  const history = shifted(data.bars.slice(0, start), shift);
  const { timeframe, digits } = data;
  const isMixed = known !== null && goesOn === null && !recordedTime;
  return { symbol, timeframe, barMs, history, isKnown: known !== null, isMixed, bars, digits };
}

/** What is going to be played, for people: how far and for how long, and when there are trades to see. */
export function outlook(
  { symbol, timeframe, barMs, history, bars }: Playback,
  speed: number,
  trades: readonly Pick<ReplayTrade, 'entryTime'>[],
): readonly string[] {
  const until = new Date((bars.at(-1)?.bar.time ?? 0) + barMs).toISOString();
  const isPaced = Number.isFinite(speed);
  const lasts = (count: number) => spanText((count * barMs) / speed);
  const pace = isPaced
    ? `in ${lasts(bars.length)}, ${speed} times as fast as the clock`
    : 'as fast as possible';
  const from = history.length === 0 ? '' : ` from bar ${history.length} on`;
  const played = `plays ${bars.length} ${timeframe} bars of ${symbol}${from}, up to ${until} ${pace}`;
  const [first] = trades;
  if (first === undefined) return [played];
  const place = bars.findIndex(({ bar }) => bar.time >= first.entryTime);
  const begins = place <= 0 ? 'at once' : `in ${lasts(place)}`;
  const when = isPaced ? `, the first ${begins}, then one every ${lasts(bars.length / trades.length)}` : '';
  return [played, `opens ${trades.length} sample ${trades.length === 1 ? 'trade' : 'trades'}${when}`];
}

/** What is said where two markets would meet on one feed. */
export function mixing(
  { isMixed, symbol }: Pick<Playback, 'isMixed' | 'symbol'>,
  feed: string,
): readonly string[] {
  if (!isMixed) return [];
  return [
    `WARNING: feed ${feed} has other data of ${symbol}, and two markets on one feed contradict each other: give this one a --feed of its own`,
  ];
}
