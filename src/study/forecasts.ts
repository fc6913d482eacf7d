// Owns what a set's market showed at each coarse close: score, contributions and regime, and what the price did after it.
import { exitRange } from '../broker/prices.js';
import { plainInstrument } from '../broker/terms.js';
import { DIRECTIONS, type Direction, favourable } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import type { Regime } from '../domain/signals/regime.js';
import { standingAlone } from '../replay/accounts.js';
import { EngineTarget } from '../replay/engine-target.js';
import { marketItems } from '../replay/market-items.js';
import type { MarketSet } from './market-set.js';

/** Hours ahead. */
export const HORIZONS = [1, 4, 12] as const;
const HOUR = 3_600_000;
const TERMS = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false } as const;

/** What the market did by a horizon's end; null where the data ends before. */
export interface Aftermath {
  /** Whether the exit price was worse at its end. */
  readonly isWorse: boolean;
  /** How far it went against the direction meanwhile, in ATR of then; null where there is none. */
  readonly adverseAtrs: number | null;
}

/** One score, and what the market did after it. */
export interface Forecast {
  readonly at: number;
  readonly score: number;
  /** Contributions in the order of SIGNALS; null where one is unavailable. */
  readonly parts: readonly (number | null)[];
  /** By horizon. */
  readonly after: readonly (Aftermath | null)[];
}

/** A regime from a moment on, UTC ms, until the next one. */
export interface RegimeSpan extends Pick<Regime, 'volatility' | 'structure'> {
  readonly from: number;
}

export interface MarketCourse {
  readonly forecasts: readonly Forecast[];
  readonly regimes: readonly RegimeSpan[];
}

/** Plays a set's market to the engine, without a trade. */
export async function courseOf(set: MarketSet, rules: Rules): Promise<MarketCourse> {
  const { symbol, data, moments, barMs } = set;
  const target = new EngineTarget(standingAlone(rules));
  let now = 0;
  await target.begin(plainInstrument(target.account, symbol, data.digits), TERMS, () => now);
  const forecasts: Forecast[] = [];
  const regimes: RegimeSpan[] = [];
  for (const [index, bar] of data.bars.entries()) {
    now = bar.bar.time + barMs;
    await target.push(marketItems(bar, symbol, data.timeframe));
    if (moments[index]?.closes !== true) continue;
    note(regimes, now, target.regime(symbol));
    for (const direction of DIRECTIONS) {
      const evaluation = target.latest(symbol, direction);
      const score = evaluation?.score ?? null;
      if (evaluation === null || score === null) continue;
      const parts = evaluation.signals.map(({ available, contribution }) =>
        available ? contribution : null,
      );
      const after = HORIZONS.map((hours) => aftermath(set, index, direction, hours));
      forecasts.push({ at: now, score, parts, after });
    }
  }
  await target.end();
  return { forecasts, regimes };
}

/** The regime of a moment, in words. */
export function regimeAt(regimes: readonly RegimeSpan[], at: number): string {
  let [low, high] = [0, regimes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((regimes[middle]?.from ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const span = regimes[low - 1];
  return span === undefined ? 'not known' : `${span.volatility} volatility, ${span.structure}`;
}

function note(regimes: RegimeSpan[], from: number, regime: Regime | null): void {
  if (regime === null) return;
  const { volatility, structure } = regime;
  const last = regimes.at(-1);
  if (last?.volatility === volatility && last.structure === structure) return;
  regimes.push({ from, volatility, structure });
}

/** So many hours of market time later. */
function aftermath(
  { data, barMs, moments }: MarketSet,
  index: number,
  direction: Direction,
  hours: number,
): Aftermath | null {
  const end = index + (hours * HOUR) / barMs;
  const [bar, later] = [data.bars[index], data.bars[end]];
  if (bar === undefined || later === undefined) return null;
  const side = favourable(direction);
  const { close } = exitRange(direction, bar, 0);
  let worst = close;
  for (const between of data.bars.slice(index + 1, end + 1)) {
    const { high, low } = exitRange(direction, between, 0);
    worst = side > 0 ? Math.min(worst, low) : Math.max(worst, high);
  }
  const atr = moments[index]?.atr ?? null;
  return {
    isWorse: side * (exitRange(direction, later, 0).close - close) < 0,
    adverseAtrs: atr === null || atr === 0 ? null : (side * (close - worst)) / atr,
  };
}
