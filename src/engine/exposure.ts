// Owns the exposure of accounts as the engine knows them: of their trades at the newest prices, and whether volume that is
// to be added keeps it within its limits. Nothing is reckoned before somebody asks.
import { opposite } from '../domain/market/direction.js';
import { baseCurrency } from '../domain/market/symbols.js';
import { asNumber, decimal, minus, negated, plus, ZERO } from '../domain/money/decimal.js';
import {
  type AccountExposure,
  exposureOf,
  type HeldSymbol,
  overLimits,
  overText,
} from '../domain/money/exposure.js';
import { heldLots } from '../domain/money/realised.js';
import type { Worth } from '../domain/money/worth.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { Accounts } from './accounts.js';

/** The positions of accounts, and what they are worth. */
export interface Positions {
  readonly valuation: { worthOf(trade: Pick<Trade, 'spec' | 'instrument'>): Worth };
  readonly accounts: Pick<Accounts, 'get'>;
  get(account: string, ticket: bigint): Trade | undefined;
  tradesOf(account: string): Iterable<Trade>;
  viewOf(trade: Trade): MarketView | undefined;
}

/** What is held of a symbol. */
interface Sum {
  readonly trade: Trade;
  lots: HeldSymbol['lots'];
  positions: number;
}

/** Whether any exposure is limited: where none is, nobody needs to reckon it. */
export function isLimited({ currencyLimit, correlatedLimit }: Rules['exposure']): boolean {
  return currencyLimit > 0 || correlatedLimit > 0;
}

/** Lots that are to be added to a trade. */
interface Added {
  readonly ticket: bigint;
  readonly lots: number;
}

/** The exposure of an account; where lots are to be added to one of its trades, with them and what others' re-adds promise. */
export function accountExposure(
  engine: Positions,
  account: string,
  rules: Rules,
  added: Added | null = null,
): AccountExposure {
  const sums = new Map<string, Sum>();
  for (const trade of engine.tradesOf(account)) {
    const more = added === null ? 0 : addedTo(trade, added);
    const lots = plus(decimal(heldLots(trade)), decimal(more));
    const hedge = decimal(trade.hedge?.volume ?? 0);
    if (lots.units === 0n && hedge.units === 0n) continue;
    const long = minus(lots, hedge);
    const signed = trade.spec.direction === 'BUY' ? long : negated(long);
    const { feed, symbol } = trade.spec;
    // A broker may have an instrument under several symbols, whose lots differ; feeds have each their price.
    const key = `${feed} ${symbol}`;
    const sum = sums.get(key) ?? { trade, lots: ZERO, positions: 0 };
    sum.lots = plus(sum.lots, signed);
    sum.positions += trade.hedge === null ? 1 : 2;
    sums.set(key, sum);
  }
  const { currency = null, money = null } = engine.accounts.get(account) ?? {};
  const held = Array.from(sums.values(), (sum) => heldSymbol(engine, sum, rules));
  return exposureOf(held, currency, money?.equity ?? null, rules.exposure);
}

function addedTo({ spec, actions }: Trade, added: Added): number {
  if (spec.ticket === added.ticket) return added.lots;
  return actions.reduce((sum, { type, volume }) => sum + (type === 'RE_ADD' ? (volume ?? 0) : 0), 0);
}

function heldSymbol(engine: Positions, { trade, lots, positions }: Sum, rules: Rules): HeldSymbol {
  const { instrument, spec } = trade;
  const view = engine.viewOf(trade);
  // What is long would be sold at the bid.
  const side = asNumber(lots) >= 0 ? ('BUY' as const) : opposite('BUY');
  return {
    ...{ instrument, lots, positions },
    base: baseCurrency(instrument, rules.symbols),
    price: view?.exitPrice(side) ?? null,
    worth: engine.valuation.worthOf({ spec, instrument }),
    closes: view?.bars('M15') ?? [],
  };
}

/** Why a trade's lots may not become more: a limit they would be beyond, or nobody can tell; null where they may. */
export function exposureObstacle(engine: Positions, trade: Trade, lots: number, rules: Rules): string | null {
  if (!isLimited(rules.exposure)) return null;
  const { account, ticket } = trade.spec;
  const before = accountExposure(engine, account, rules, { ticket, lots: 0 });
  const after = accountExposure(engine, account, rules, { ticket, lots });
  const shares = new Map(overLimits(before, rules.exposure).map(({ what, share }) => [what, share]));
  const grown = overLimits(after, rules.exposure).find(({ what, share }) => {
    const known = shares.get(what);
    return share === null || known === undefined || known === null || share > known;
  });
  return grown === undefined ? null : overText(grown);
}
