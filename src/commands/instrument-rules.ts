// Owns rules of contract terms that concern several fields at once, or the prices of positions they are for; those of single
// fields are in the proto. What a trade was registered with refuses no terms: it may be what is wrong, and has an alarm.
import type { Instrument } from '../domain/market/data.js';
import { weekFaults } from '../domain/market/week-hours.js';
import type { Accounts } from '../engine/accounts.js';
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

/** Tells where terms contradict themselves, or positions that the broker shows; empty when nowhere. */
export type InstrumentCheck = (terms: Instrument) => readonly Violation[];

/** What of the engine is looked at. */
interface ShownTrades extends Pick<Engine, 'tradesOf'> {
  readonly accounts: Pick<Accounts, 'positionOf'>;
}

/** A check of many terms: it looks at the trades of each account once. */
export function instrumentCheck(engine: ShownTrades): InstrumentCheck {
  const known = new Map<string, ReadonlyMap<string, number>>();
  return (terms) => {
    const { account, symbol } = terms;
    const prices = known.get(account) ?? lowestPrices(engine, account);
    known.set(account, prices);
    const faults = faultsOf(terms, prices.get(symbol) ?? Number.POSITIVE_INFINITY);
    return faults.map(([field, description]) => ({ field, description }));
  };
}

/** @param lowest - the lowest entry price of the symbol's positions */
function faultsOf(terms: Instrument, lowest: number): readonly (readonly [string, string])[] {
  const { volumeMin, volumeStep, volumeMax, tickSize, stopsLevel, freezeLevel, tradingHours } = terms;
  const faults: (readonly [string, string])[] = [];
  if (volumeMin > volumeMax) faults.push(['volume_min', `must not be above volume_max ${volumeMax}`]);
  if (volumeStep > volumeMax) faults.push(['volume_step', `must not be above volume_max ${volumeMax}`]);
  if (volumeStep < LEAST_STEP) faults.push(['volume_step', `must be at least ${LEAST_STEP}`]);
  if (tickSize < LEAST_TICK) faults.push(['tick_size', `must be at least ${LEAST_TICK}`]);
  if (tickSize > MOST_TICK * lowest)
    faults.push(['tick_size', `is too large for a price of ${lowest}, which a position has`]);
  for (const [field, level] of [
    ['stops_level', stopsLevel],
    ['freeze_level', freezeLevel],
  ] as const) {
    if (level > MOST_TICKS * tickSize) faults.push([field, `must not be above ${MOST_TICKS} ticks`]);
    else if (level > MOST_LEVEL * lowest)
      faults.push([field, `is too far from a price of ${lowest}, which a position has`]);
  }
  if (tradingHours !== undefined) {
    for (const [field, fault] of weekFaults(tradingHours)) faults.push([`trading_hours.${field}`, fault]);
  }
  return faults;
}

/** By symbol, the lowest entry price of the positions that the broker shows of open trades. */
function lowestPrices(engine: ShownTrades, account: string): ReadonlyMap<string, number> {
  const lowest = new Map<string, number>();
  for (const { spec, state } of engine.tradesOf(account)) {
    if (state === 'CLOSED') continue;
    const price = engine.accounts.positionOf(account, spec.ticket)?.entryPrice ?? Number.POSITIVE_INFINITY;
    lowest.set(spec.symbol, Math.min(price, lowest.get(spec.symbol) ?? Number.POSITIVE_INFINITY));
  }
  return lowest;
}
