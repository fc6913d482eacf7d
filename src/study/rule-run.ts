// Owns running protective rules over a set's trades: one paper broker for each variant and one that leaves the trades alone,
// all going through the same bars. What is decided at a bar's close is done at the next bar's open.
import type { OpenPosition } from '../broker/account-book.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import { exitPrice, exitRange } from '../broker/prices.js';
import { paperBrokerOf } from '../broker/setup.js';
import { closingDeal } from '../broker/terminal.js';
import { plainInstrument } from '../broker/terms.js';
import type { Instrument } from '../domain/market/data.js';
import { favourable } from '../domain/market/direction.js';
import { marketHoursOf } from '../domain/market/market-hours.js';
import { instrumentKind, resolveInstrument } from '../domain/market/symbols.js';
import { momentsAhead } from '../domain/policy/moments-ahead.js';
import { type Protection, protect } from '../domain/policy/protection.js';
import {
  better,
  NOTHING_AHEAD,
  type ProtectedTrade,
  type ProtectionMarket,
  type ProtectiveRule,
} from '../domain/policy/protective-rules.js';
import type { Rules } from '../domain/rules.js';
import type { ReplayBar } from '../replay/importer.js';
import { ReplayAccount } from '../replay/replay-account.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { type BlockStretch, RunningSum } from '../statistics/running-sum.js';
import { brokerTerms, type MarketSet } from './market-set.js';
import { nextNewsOf } from './news-file.js';
import type { RuleVariant } from './variants.js';

/** What a variant made of a set's trades. */
export interface VariantRun {
  /** R of each trade, in their order. */
  readonly results: readonly number[];
  readonly stretches: readonly BlockStretch[];
}

/** How far the price went for and against each trade while it was held, in R, 0 or more; MFE and MAE. */
export interface Excursions {
  readonly favourable: readonly number[];
  readonly adverse: readonly number[];
}

/** A run by protective rules. */
export interface RuleRun extends VariantRun {
  readonly excursions: Excursions;
}

/** How trades are protected; without rules they are left alone. */
export type RuleSetting = Pick<RuleVariant, 'rules' | 'riskAtrs'>;

/** A trade that is held. */
interface Held {
  readonly trade: ReplayTrade;
  /** R as a price distance: what its result is measured by. */
  readonly risk: number;
  /** R its rules go by; null where it is not known, and nothing is decided. */
  readonly ruleRisk: number | null;
  /** The first bar that lies wholly after the entry. */
  readonly firstBar: number;
  barsHeld: number;
  best: number;
  worst: number;
  /** What was decided and is not done. */
  decided: Protection | null;
}

const ACCOUNT = { marginMode: 'hedging', fifo: false, balance: 1e9, stopOutLevel: null } as const;

class DefendedTrades {
  readonly #set: MarketSet;
  readonly #rules: readonly ProtectiveRule[];
  readonly #riskAtrs: number | null;
  readonly #ahead: (at: number) => ProtectionMarket['ahead'];
  readonly #terms: Instrument & { readonly minimumStepR: number };
  readonly #broker: PaperBroker;
  readonly #account: ReplayAccount;
  readonly #held = new Map<bigint, Held>();
  readonly #results = new Map<bigint, number>();
  readonly #excursions = new Map<bigint, Excursion>();
  readonly #sum: RunningSum;
  #closed = 0;

  constructor(set: MarketSet, { rules: protective, riskAtrs }: RuleSetting, rules: Rules, seed: number) {
    const { symbol, data, blockLength } = set;
    const { instrument: given, execution, swap } = brokerTerms(set, rules, seed);
    const instrument = { ...plainInstrument('study', symbol, data.digits), ...given };
    this.#set = set;
    this.#rules = protective;
    this.#riskAtrs = riskAtrs ?? null;
    this.#ahead = protective.some(({ kind }) => kind === 'close_before')
      ? aheadIn(set, rules)
      : () => NOTHING_AHEAD;
    this.#terms = { ...instrument, minimumStepR: rules.actions.minimumStepR };
    this.#broker = paperBrokerOf({ instrument, account: ACCOUNT, hours: 'quoted', execution, ...swap });
    this.#account = new ReplayAccount(this.#broker, symbol);
    this.#sum = new RunningSum(blockLength);
  }

  enter(trade: ReplayTrade, firstBar: number): void {
    const risk = Math.abs(trade.entryPrice - (trade.stopLoss ?? trade.entryPrice));
    this.#account.enter(trade);
    const atr = this.#set.moments[firstBar - 1]?.atr ?? null;
    const known = atr === null || this.#riskAtrs === null ? null : atr * this.#riskAtrs;
    const ruleRisk = this.#riskAtrs === null ? risk : known;
    const held = { trade, risk, ruleRisk, firstBar, barsHeld: 0, decided: null };
    const { entryPrice } = trade;
    this.#held.set(trade.ticket, { ...held, best: entryPrice, worst: entryPrice });
  }

  /** The first prices of a bar: what was decided is done, as far as the broker takes it. */
  open(bar: ReplayBar): void {
    this.#account.open(bar);
    for (const { trade, decided } of this.#held.values()) {
      const position = this.#broker.position(trade.ticket);
      if (decided !== null && position !== undefined) this.#carryOut(decided, position);
    }
    for (const held of this.#held.values()) held.decided = null;
  }

  /** The rest of a bar, up to its close. */
  pass(bar: ReplayBar, index: number): void {
    const closesAt = bar.bar.time + this.#set.barMs;
    this.#account.pass(bar, closesAt);
    for (const { trade, firstBar } of this.#held.values()) {
      if (index - firstBar + 1 >= (trade.heldBars ?? Number.POSITIVE_INFINITY)) this.#account.expire(trade);
    }
    for (const held of this.#held.values()) {
      const { direction } = held.trade;
      const { high, low } = exitRange(direction, bar, 0);
      const isBuy = direction === 'BUY';
      held.best = better(direction, held.best, isBuy ? high : low);
      held.worst = isBuy ? Math.min(held.worst, low) : Math.max(held.worst, high);
    }
    if (this.#set.moments[index]?.closes === true) this.#value(closesAt);
  }

  /** Decides for every trade when a coarse bar has closed with bar `index`. */
  decide(index: number): void {
    if (this.#set.moments[index]?.closes !== true) return;
    this.#decide(index, (held) => {
      const isHeld = held.firstBar <= index;
      if (isHeld) held.barsHeld += 1;
      return isHeld;
    });
  }

  /** Decides for those whose first bar is `first`: they have just been entered. */
  decideEntered(first: number): void {
    this.#decide(first - 1, ({ firstBar }) => firstBar === first);
  }

  run(trades: readonly ReplayTrade[], end: number): RuleRun {
    this.#value(end);
    const excursion = (ticket: bigint) => this.#excursions.get(ticket) ?? { favourable: 0, adverse: 0 };
    return {
      results: trades.map(({ ticket }) => this.#results.get(ticket) ?? 0),
      stretches: this.#sum.stretches(),
      excursions: {
        favourable: trades.map(({ ticket }) => excursion(ticket).favourable),
        adverse: trades.map(({ ticket }) => excursion(ticket).adverse),
      },
    };
  }

  /** With what was known at the close of bar `index`. */
  #decide(index: number, isMeant: (held: Held) => boolean): void {
    const prices = this.#broker.prices(this.#set.symbol);
    const closed = this.#set.data.bars[index];
    if (prices === null || this.#rules.length === 0 || closed === undefined) return;
    const ahead = this.#ahead(closed.bar.time + this.#set.barMs);
    for (const held of this.#held.values()) {
      const position = this.#broker.position(held.trade.ticket);
      if (position === undefined || !isMeant(held)) continue;
      const { ruleRisk } = held;
      if (ruleRisk === null) continue;
      const exit = exitPrice(position.direction, prices);
      const costs = this.#terms.commissionPerLot - this.#broker.swapDistance(position);
      const atr = this.#set.moments[index]?.atr ?? null;
      const market = { exit, atr, costs, ahead };
      held.decided = protect(this.#rules, seenOf(held, ruleRisk, position), market, this.#terms);
    }
  }

  #carryOut({ close, reduceBy, stop }: Protection, position: OpenPosition): void {
    if (close !== null) this.#broker.execute(closingDeal(position));
    else {
      if (reduceBy !== null) this.#broker.execute(closingDeal(position, { volume: reduceBy }));
      if (stop !== null) this.#moveStop(position, stop);
    }
  }

  #moveStop({ ticket, symbol, takeProfit }: OpenPosition, stopLoss: number): void {
    const whose = { magicNumber: 0n, comment: '' };
    this.#broker.execute({ kind: 'stops', symbol, position: ticket, stopLoss, takeProfit, ...whose });
  }

  /** All results in R at a moment; what is over is counted once. */
  #value(at: number): void {
    const standing = this.#account.standings();
    let open = 0;
    for (const held of this.#held.values()) {
      const { trade, risk } = held;
      const { result, endedAt } = standing(trade.ticket);
      const r = result / (risk * trade.volume);
      this.#results.set(trade.ticket, r);
      this.#excursions.set(trade.ticket, excursionOf(held));
      if (endedAt === null || this.#broker.position(trade.ticket) !== undefined) {
        open += r;
        continue;
      }
      this.#closed += r;
      this.#held.delete(trade.ticket);
    }
    this.#sum.add(at, this.#closed + open);
  }
}

interface Excursion {
  readonly favourable: number;
  readonly adverse: number;
}

function excursionOf({ trade, risk, best, worst }: Held): Excursion {
  const inR = (price: number) => (favourable(trade.direction) * (price - trade.entryPrice)) / risk;
  return { favourable: Math.max(0, inR(best)), adverse: Math.max(0, -inR(worst)) };
}

/** How long it is until what rules close before, by the hours of the set's market. */
function aheadIn({ symbol, news }: MarketSet, { symbols }: Rules): (at: number) => ProtectionMarket['ahead'] {
  const hours = marketHoursOf(instrumentKind(resolveInstrument(symbol, symbols), symbols));
  const nextNews = nextNewsOf(news, symbol, symbols);
  return (at) => momentsAhead(hours, nextNews(at), at);
}

function seenOf({ trade, barsHeld, best }: Held, risk: number, position: OpenPosition): ProtectedTrade {
  const { direction, entryPrice, stopLoss, volume } = position;
  return { direction, entryPrice, risk, stopLoss, volume, initialVolume: trade.volume, barsHeld, best };
}

/** Runs each of the settings over the trades, which are in order of entry. */
export function runRules(
  set: MarketSet,
  trades: readonly ReplayTrade[],
  settings: readonly RuleSetting[],
  rules: Rules,
  seed: number,
): readonly RuleRun[] {
  const defended = settings.map((setting) => new DefendedTrades(set, setting, rules, seed));
  let next = 0;
  const enter = (through: number, firstBar: number) => {
    for (let trade = trades[next]; trade !== undefined && trade.entryTime <= through; trade = trades[next]) {
      for (const each of defended) each.enter(trade, firstBar);
      next += 1;
    }
  };
  for (const [index, bar] of set.data.bars.entries()) {
    enter(bar.bar.time, index);
    for (const each of defended) {
      each.decideEntered(index);
      each.open(bar);
      each.pass(bar, index);
    }
    for (const each of defended) each.decide(index);
    enter(bar.bar.time + set.barMs - 1, index + 1);
  }
  const last = set.data.bars.at(-1)?.bar.time ?? 0;
  return defended.map((each) => each.run(trades, last + set.barMs));
}
