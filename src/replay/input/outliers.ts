// Owns finding prices that no market made: lost decimal points, missing digits, another symbol's rows.
import type { Bar } from '../../domain/market/data.js';

/** Bars before and after that a bar is held against. */
const NEIGHBOURS = 5;
/** Always believed: half as much again as the neighbours' price, or two thirds of it. */
const BELIEVED = Math.log(1.5);
/** So many times the neighbours' usual range is believed too: wild markets have wild bars. */
const BELIEVED_RANGES = 30;
/** From one bar to the next the whole level changes by more than this factor: another scale begins. */
const OTHER_SCALE = Math.log(5);
/** Prices of one scale, on both sides of a stretch of another, are within this factor. */
const SAME_SCALE = Math.log(3);
/** A stretch of another scale at the start or the end is refused up to this share of all bars. */
const EDGE_SHARE = 0.05;

/** A bar that is out of line: by its place, and the price that shows it. */
export interface Outlier {
  readonly index: number;
  readonly price: number;
  /** What the bars around it say, roughly. */
  readonly usual: number;
}

/** The scale of prices changes and stays changed: which bar begins it. */
export class ScaleChange extends Error {
  override readonly name = 'ScaleChange';
  readonly index: number;
  constructor(index: number) {
    super(`prices are of another scale from bar ${index} on`);
    this.index = index;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const apart = (a: number, b: number) => Math.abs(Math.log(a / b));

/** What is refused by its neighbours. A bar near the last one that was believed needs no closer look. */
function lonely(bars: readonly Bar[]): Outlier[] {
  const outliers: Outlier[] = [];
  let last: number | null = null;
  for (const [index, bar] of bars.entries()) {
    const isNear = last !== null && apart(bar.high, last) < BELIEVED && apart(bar.low, last) < BELIEVED;
    const outlier = isNear ? null : againstNeighbours(bars, index);
    if (outlier === null) last = bar.close;
    else outliers.push(outlier);
  }
  return outliers;
}

function againstNeighbours(bars: readonly Bar[], index: number): Outlier | null {
  const from = Math.max(0, index - NEIGHBOURS);
  const around = bars.slice(from, index + NEIGHBOURS + 1);
  const others = around.toSpliced(index - from, 1);
  const bar = around[index - from];
  if (bar === undefined || others.length < NEIGHBOURS) return null;
  const usual = medianOf(around.map(({ close }) => close));
  const range = medianOf(others.map(({ high, low }) => apart(high, low)));
  const believed = Math.max(BELIEVED, BELIEVED_RANGES * range);
  const price = [bar.high, bar.low].find((extreme) => apart(extreme, usual) > believed);
  return price === undefined ? null : { index, price, usual };
}

/** Bars in a row at one scale. */
interface Stretch {
  readonly indexes: readonly number[];
  readonly first: Bar;
  readonly last: Bar;
}

function stretchesOf(bars: readonly Bar[], indexes: readonly number[]): Stretch[] {
  const stretches: { indexes: number[]; first: Bar; last: Bar }[] = [];
  for (const index of indexes) {
    const bar = bars[index];
    if (bar === undefined) continue;
    const current = stretches.at(-1);
    if (current === undefined || apart(bar.close, current.last.close) > OTHER_SCALE) {
      stretches.push({ indexes: [index], first: bar, last: bar });
    } else {
      current.indexes.push(index);
      current.last = bar;
    }
  }
  return stretches;
}

/** The shortest stretch that is of another scale than what it lies between, or than a far longer rest. */
function oddStretch(stretches: readonly Stretch[], total: number): Stretch | undefined {
  const odd = stretches.filter(({ indexes }, place) => {
    const [before, after] = [stretches[place - 1], stretches[place + 1]];
    if (before !== undefined && after !== undefined) {
      return apart(before.last.close, after.first.close) < SAME_SCALE;
    }
    return stretches.length > 1 && indexes.length <= total * EDGE_SHARE;
  });
  return odd.sort((a, b) => a.indexes.length - b.indexes.length)[0];
}

/**
 * The bars whose prices are out of line with the bars around them, alone or as a stretch of another scale.
 * `bars` are in order of time. Moves that stay are never out of line, however wide.
 *
 * @throws ScaleChange when prices go to another scale, more than five times up or down from one bar to the
 * next, and stay there.
 */
export function outliersOf(bars: readonly Bar[]): Outlier[] {
  const outliers = lonely(bars);
  const refused = new Set(outliers.map(({ index }) => index));
  let left = bars.map((_, index) => index).filter((index) => !refused.has(index));
  for (let stretches = stretchesOf(bars, left); stretches.length > 1; stretches = stretchesOf(bars, left)) {
    const odd = oddStretch(stretches, bars.length);
    const second = stretches[1]?.indexes[0];
    if (odd === undefined) throw new ScaleChange(second ?? 0);
    const place = stretches.indexOf(odd);
    const usual = (stretches[place - 1]?.last ?? stretches[place + 1]?.first ?? odd.first).close;
    for (const index of odd.indexes) outliers.push({ index, price: bars[index]?.close ?? 0, usual });
    const gone = new Set(odd.indexes);
    left = left.filter((index) => !gone.has(index));
  }
  return outliers.sort((a, b) => a.index - b.index);
}
