// Owns rules of contract terms that concern several fields at once, or the trades they are for; those of single
// fields are in the proto. Terms decide what may be ordered, so wrong ones would take a trade's defence away.
import type { Instrument } from '../domain/market/data.js';
import { weekFaults } from '../domain/market/week-hours.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from '../engine/engine.js';
import type { Violation } from '../errors/errors.js';

/** No broker keeps stops further away than this many ticks, nor than this share of the price. */
const MOST_TICKS = 1_000_000;
const MOST_LEVEL = 0.1;
/** A tick that is more of the price leaves no stop between it and 0. */
const MOST_TICK = 0.25;
/** Prices and volumes have no more decimals; what is finer is reckoned as 0. */
const LEAST_TICK = 1e-10;
const LEAST_STEP = 1e-8;

/** The least of the trades of a symbol that are open; Infinity without one. */
interface OpenTrades {
  readonly volume: number;
  readonly price: number;
}

const NONE: OpenTrades = { volume: Number.POSITIVE_INFINITY, price: Number.POSITIVE_INFINITY };

/** Tells where terms contradict themselves, or trades that are open; empty when nowhere. */
export type InstrumentCheck = (terms: Instrument) => readonly Violation[];

/** A check of many terms: it looks at the trades of each account once. */
export function instrumentCheck(engine: Pick<Engine, 'tradesOf'>): InstrumentCheck {
  const known = new Map<string, ReadonlyMap<string, OpenTrades>>();
  return (terms) => {
    const { account, symbol } = terms;
    const smallest = known.get(account) ?? smallestOf(engine.tradesOf(account));
    known.set(account, smallest);
    const faults = faultsOf(terms, smallest.get(symbol) ?? NONE);
    return faults.map(([field, description]) => ({ field, description }));
  };
}

function faultsOf(terms: Instrument, smallest: OpenTrades): readonly (readonly [string, string])[] {
  const { volumeMin, volumeStep, volumeMax, tickSize, stopsLevel, freezeLevel, tradingHours } = terms;
  const faults: (readonly [string, string])[] = [];
  if (volumeMin > volumeMax) faults.push(['volume_min', `must not be above volume_max ${volumeMax}`]);
  if (volumeStep > volumeMax) faults.push(['volume_step', `must not be above volume_max ${volumeMax}`]);
  for (const [field, volume] of [
    ['volume_min', volumeMin],
    ['volume_step', volumeStep],
  ] as const) {
    if (volume > smallest.volume)
      faults.push([field, `must not be above ${smallest.volume}, which a trade has`]);
  }
  if (volumeStep < LEAST_STEP) faults.push(['volume_step', `must be at least ${LEAST_STEP}`]);
  if (tickSize < LEAST_TICK) faults.push(['tick_size', `must be at least ${LEAST_TICK}`]);
  if (tickSize > MOST_TICK * smallest.price)
    faults.push(['tick_size', `is too large for a price of ${smallest.price}, which a trade has`]);
  for (const [field, level] of [
    ['stops_level', stopsLevel],
    ['freeze_level', freezeLevel],
  ] as const) {
    if (level > MOST_TICKS * tickSize) faults.push([field, `must not be above ${MOST_TICKS} ticks`]);
    else if (level > MOST_LEVEL * smallest.price)
      faults.push([field, `is too far from a price of ${smallest.price}, which a trade has`]);
  }
  if (tradingHours !== undefined) {
    for (const [field, fault] of weekFaults(tradingHours)) faults.push([`trading_hours.${field}`, fault]);
  }
  return faults;
}

/** The least volume and entry price with which an open trade of each symbol was opened. */
function smallestOf(trades: Iterable<Trade>): ReadonlyMap<string, OpenTrades> {
  const smallest = new Map<string, OpenTrades>();
  for (const { spec, state } of trades) {
    if (state === 'CLOSED') continue;
    const { volume, price } = smallest.get(spec.symbol) ?? NONE;
    smallest.set(spec.symbol, {
      volume: Math.min(volume, spec.volume),
      price: Math.min(price, spec.entryPrice),
    });
  }
  return smallest;
}
