// Owns what an account risks now: what is known of it, its active trades, its open actions.
import { type Account, emptyAccount } from '../domain/account/account.js';
import type { Undefended } from '../domain/account/undefended.js';
import type { FlagDecision } from '../domain/flags/flag.js';
import { favourable } from '../domain/market/direction.js';
import { placesOf } from '../domain/money/currency.js';
import { heldLots } from '../domain/money/realised.js';
import { lossRate } from '../domain/money/worth.js';
import type { ActionStatus } from '../domain/trade/action.js';
import type { Trade } from '../domain/trade/trade.js';
import type { BreakerTrip } from './circuit-breaker.js';
import type { Engine } from './engine.js';
import { waitsForSnapshot } from './leases.js';

/** What of an account's trades its risk shows. */
export interface OpenWork {
  readonly activeTrades: number;
  readonly openActions: Readonly<Partial<Record<ActionStatus, number>>>;
  /** Of them, those that wait for the broker to show positions. */
  readonly unshownActions: number;
  /** What stops would cost, in the account's currency, of the trades of which that is known. */
  readonly openRisk: number;
  /** Of how many it is not: no stop, no contract, no currency, or no rate. */
  readonly openRiskUnknown: number;
}

export interface AccountRisk {
  readonly account: Account;
  /** The flag by which DTMS only observes it; null where none says so. */
  readonly observedBy: FlagDecision | null;
  readonly work: OpenWork;
  /** Positions at its broker that are no trade's. */
  readonly undefended: readonly Undefended[];
  /** What the circuit breaker holds of it. */
  readonly held: readonly BreakerTrip[];
  /** The database's time, UTC ms. */
  readonly now: number;
}

/** What of a term is looked at. */
interface AccountSource {
  readonly engine: Pick<Engine, 'accounts' | 'breaker' | 'reference' | 'rules' | 'tradesOf' | 'valuation'>;
  databaseNow(): number;
}

/** The risk of an account; of one nothing is known of it is empty. */
export function accountRisk(state: AccountSource, name: string): AccountRisk {
  return {
    account: state.engine.accounts.get(name) ?? emptyAccount(name),
    observedBy: state.engine.accounts.observedBy(name),
    work: openWorkOf(name, state.engine),
    undefended: undefendedOf(name, state.engine),
    held: state.engine.breaker.trips(name),
    now: state.databaseNow(),
  };
}

/** What snapshots found nobody to defend, and no trade has taken since. */
export function undefendedOf(
  account: string,
  engine: Pick<Engine, 'accounts' | 'tradesOf'>,
): readonly Undefended[] {
  const found = engine.accounts.get(account)?.undefended ?? [];
  if (found.length === 0) return found;
  const owned = new Set<bigint>();
  for (const { spec, state, hedge } of engine.tradesOf(account)) {
    if (state !== 'CLOSED') owned.add(spec.ticket);
    if (hedge !== null) owned.add(hedge.ticket);
  }
  return found.filter(({ identifier }) => !owned.has(identifier));
}

function openWorkOf(account: string, engine: AccountSource['engine']): OpenWork {
  const openActions: Partial<Record<ActionStatus, number>> = {};
  let [activeTrades, unshownActions, openRiskUnknown] = [0, 0, 0];
  const lossOf = losses(engine.valuation);
  let openRisk = 0;
  for (const trade of engine.tradesOf(account)) {
    for (const action of trade.actions) {
      openActions[action.status] = (openActions[action.status] ?? 0) + 1;
      if (waitsForSnapshot(engine, trade, action)) unshownActions += 1;
    }
    if (trade.state !== 'CLOSED') activeTrades += 1;
    const loss = lossOf(trade);
    if (loss === null) openRiskUnknown += 1;
    else openRisk += loss;
  }
  return { activeTrades, openActions, unshownActions, openRisk, openRiskUnknown };
}

/** What stops of one account's trades would cost, as its results say it; in doubles, since it is asked for of thousands. */
function losses(valuation: Pick<Engine['valuation'], 'worthOf'>): (trade: Trade) => number | null {
  const known = new Map<string, { readonly rate: number | null; readonly unit: number }>();
  return (trade) => {
    const lots = heldLots(trade);
    if (lots === 0) return 0;
    const { symbol, feed, direction, entryPrice } = trade.spec;
    const key = `${symbol}\n${feed}`;
    let market = known.get(key);
    if (market === undefined) {
      const worth = valuation.worthOf(trade);
      market = { rate: lossRate(worth), unit: 10 ** placesOf(worth.currency ?? '') };
      known.set(key, market);
    }
    if (market.rate === null || trade.stopLoss === null) return null;
    const distance = Math.max(0, favourable(direction) * (entryPrice - trade.stopLoss));
    return Math.round(lots * distance * market.rate * market.unit) / market.unit;
  };
}
