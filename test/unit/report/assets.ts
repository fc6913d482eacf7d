// The page's scripts as Node can import them: what they compute, without a document.
import type { PackedColumn } from '../../../src/report/pack.js';
import type { PageData } from '../../../src/report/page-data.js';

export interface Span {
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

export interface ReadTrade {
  readonly ticket: string;
  readonly label: string;
  readonly state: string;
  readonly reason: string;
  readonly closedFrom: string | null;
  readonly difference: number | null;
  readonly withDtms: readonly [number, number] | null;
  readonly spans: readonly Span[];
  readonly transitions: readonly { readonly score: number | null; readonly cause: string }[];
  readonly actions: readonly { readonly id: number; readonly status: string; readonly note: string }[];
}

export interface ReadRun extends Omit<PageData, 'trades' | 'bars' | 'equity'> {
  readonly trades: readonly ReadTrade[];
  readonly bars: Readonly<Record<'at' | 'close', Float64Array>>;
  readonly equity: Readonly<Record<'withDtms' | 'without', Float64Array>>;
  readonly runEnd: number;
}

interface Assets {
  unpack(column: PackedColumn): Float64Array;
  lastAtOrBefore(column: ArrayLike<number>, value: number): number;
  readRun(json: string): ReadRun;
  verdict(run: ReadRun): [string, string];
  stopsOf(trade: ReadTrade): [number, number | null][];
  windowOf(run: ReadRun, trade: ReadTrade): { first: number; last: number; barsAt(time: number): number };
  fixed(value: number, digits: number): string;
  signed(value: number, digits: number): string;
  words(name: string): string;
}

const FILES = ['format.js', 'data.js', 'headline.js', 'price.js'];

export async function assets(): Promise<Assets> {
  const url = (name: string) => new URL(`../../../src/report/assets/${name}`, import.meta.url).href;
  return Object.assign({}, ...(await Promise.all(FILES.map((name) => import(url(name))))));
}
