// A seeded course of an engine: a market, trades that come and go, a broker that fills, refuses and
// meddles. What happens to one trade does
// not depend on which others there are, but for the rails of their account.

import type { BrokerUpdate } from '../../src/domain/actions/broker-update.js';
import { NO_UPDATE } from '../../src/domain/actions/broker-update.js';
import type { Moment, TradeContext } from '../../src/domain/actions/context.js';
import { notExecuted, openAction, settle } from '../../src/domain/changes/action-life.js';
import { begin, lease } from '../../src/domain/changes/lease.js';
import { sweep } from '../../src/domain/changes/sweep.js';
import type { Instrument } from '../../src/domain/market/data.js';
import type { MarketItem } from '../../src/domain/market/market-item.js';
import type { PolicyTerms } from '../../src/domain/policy/policy.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { Action, ActionOutcome, ActionResult } from '../../src/domain/trade/action.js';
import type { TradeEvent } from '../../src/domain/trade/event.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { MarketView } from '../../src/domain/views/market-view.js';
import { Engine } from '../../src/engine/engine.js';
import type { Outbox } from '../../src/engine/results.js';
import { decodeView, encodeView } from '../../src/store/bodies/market.js';
import { decodeTrade, encodeTrade } from '../../src/store/bodies/trade.js';
import { resultOf } from './actions.js';
import { BarStore } from './market-views.js';
import { barItem, quoteItem, take } from './scripted-view.js';
import { MONDAY, random, syntheticBars } from './synthetic-market.js';
import { specOf, TERMS } from './trades.js';

const M5 = 300_000;
const MINUTE = 60_000;
export const TICKETS = 16;

/** Rules under which a random market of a few hundred bars takes every row of the table. */
export const LIVELY: Rules = {
  ...DEFAULT_RULES,
  indicators: { ...DEFAULT_RULES.indicators, emaFast: 5, emaSlow: 12, emaSlopeBars: 3, atrAverage: 6 },
  states: {
    ...DEFAULT_RULES.states,
    l1Score: -1,
    l2Score: -1.5,
    l2ClearScore: -1,
    hedgeScore: -2,
    recoverScore: 3,
    flatTimerMs: 60 * MINUTE,
  },
  accounts: { netting: { marginMode: 'netting', fifo: false } },
  retainedBars: 60,
};

/** The same without the rail by which what happens to one trade concerns the others of its account. */
export const APART: Rules = {
  ...LIVELY,
  rails: { ...LIVELY.rails, stopStreak: Number.MAX_SAFE_INTEGER },
};

export const COURSE_TERMS: Instrument = { ...TERMS, tickSize: 0.25, volumeStep: 0.01, volumeMin: 0.01 };

/** What the broker tells of a trade at the moment `moment`; null when it has nothing to tell. */
function brokerSays(next: () => number, trade: Trade): BrokerUpdate | null {
  if (trade.state === 'CLOSED') return null;
  if (trade.hedge !== null && next() < 0.08) return { ...NO_UPDATE, hedge: 'gone' };
  if (next() < 0.02) return { ...NO_UPDATE, stopLoss: trade.spec.entryPrice - 40 * (next() - 0.5) };
  return null;
}

const LEASE = { bridge: 'bridge', leaseMs: 30_000 };

/**
 * A bridge works on a trade, by the trade's own dice: it fills what it leases, whole or in part, or the
 * broker refuses; now and then the bridge dies before or after the broker was touched. What is in doubt is
 * looked up later.
 */
function bridgeWorks(
  next: () => number,
  trade: Trade,
  now: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const moment: Moment = { at: now, now };
  const events = [...sweep(trade, moment, context)];
  const current = (): Trade => events.at(-1)?.trade ?? trade;
  for (const { actionId } of current().actions) {
    const doubted = openAction(current(), actionId);
    if (doubted?.status === 'IN_DOUBT' && next() < 0.5) {
      events.push(
        ...(next() < 0.5
          ? settle(current(), doubted, answerTo(doubted, current(), 'DONE'), 'person', moment, context)
          : notExecuted(current(), doubted, 'person', moment, context)),
      );
    }
  }
  for (const { actionId } of current().actions) {
    const planned = openAction(current(), actionId);
    if (planned === undefined || next() < 0.3) continue;
    events.push(...lease(current(), planned, LEASE, moment, context));
    const leased = openAction(current(), actionId);
    if (leased?.status !== 'LEASED' || next() < 0.1) continue;
    events.push(...begin(current(), leased, 'call', moment));
    const begun = openAction(current(), actionId);
    if (begun === undefined || next() < 0.1) continue;
    const outcome = OUTCOMES[Math.floor(next() * OUTCOMES.length)] ?? 'DONE';
    const partial = next() < 0.3 ? 0.5 : 1;
    const result = answerTo(begun, current(), outcome, partial);
    events.push(...settle(current(), begun, result, LEASE.bridge, moment, context));
  }
  return events;
}

const OUTCOMES: readonly ActionOutcome[] = [
  ...(['DONE', 'DONE', 'DONE', 'DONE', 'DONE', 'DONE'] as const),
  ...(['REJECTED', 'RETRYABLE', 'MARKET_CLOSED', 'UNKNOWN'] as const),
];

/** The broker's answer; `share` of the volume is filled, in whole steps. */
function answerTo(action: Action, trade: Trade, outcome: ActionOutcome, share = 1): ActionResult {
  if (outcome !== 'DONE') return resultOf(outcome);
  const volume = action.volume === null ? null : Math.max(1, Math.round(action.volume * share * 100)) / 100;
  const { account, ticket } = trade.spec;
  // Positions of a hedging account are apart: the trade's version makes the new one's ticket unique.
  const opened = ticket * 100_000n + BigInt(trade.version);
  const opens = action.type === 'OPEN_HEDGE' || (action.type === 'RE_ADD' && account !== 'netting');
  return resultOf('DONE', {
    volume,
    price: trade.spec.entryPrice,
    openedTicket: opens ? opened : null,
    dealTicket: opened,
  });
}

/** The market of a moment: a fine bar, then quotes and order flow after its close, now and then out of order. */
function* marketItems(seed: number, count: number): Generator<readonly MarketItem[]> {
  const next = random(seed + 1);
  const bars = syntheticBars({ seed, count, length: M5, missing: 0.03 });
  for (const [index, bar] of bars.entries()) {
    const items: MarketItem[] = [barItem(bar, 'M5')];
    const late = bars[index - 2];
    if (late !== undefined && next() < 0.03) items.push(barItem({ ...late, volume: late.volume + 1 }, 'M5'));
    const close = bar.time + M5;
    const [buyVolume, sellVolume] = [Math.floor(next() * 20), Math.floor(next() * 20)];
    items.push({ kind: 'orderFlow', symbol: 'BTCUSD', flow: { time: close, buyVolume, sellVolume } });
    let bid = bar.close;
    for (let k = 0; k < 4; k += 1) {
      bid += Math.round((next() - 0.5) * 16) * 0.25;
      items.push(quoteItem(close + k * 70_000, bid, bid + 0.25));
    }
    yield items;
  }
}

export interface Course {
  readonly events: readonly TradeEvent[];
  readonly engine: Engine;
}

export interface CourseOptions {
  readonly rules: Rules;
  readonly policies: readonly PolicyTerms[];
  /** Moments that lose all but what is stored. */
  readonly restartAt: (moment: number) => boolean;
  /** How the trades that are stored come back. */
  readonly restore: (engine: Engine, trades: readonly Trade[]) => void;
}

const USUAL: CourseOptions = {
  rules: LIVELY,
  policies: [],
  restartAt: () => false,
  restore: (engine, trades) => {
    for (const trade of trades) engine.restoreTrade(decodeTrade(encodeTrade(trade)));
  },
};

/** Plays a course. `tickets` are the trades that take part. */
export function play(
  seed: number,
  count: number,
  tickets: readonly number[],
  some: Partial<CourseOptions> = {},
): Course {
  const options = { ...USUAL, ...some };
  let engine = begun(options);
  const stored = new BarStore();
  const events: TradeEvent[] = [];
  const keep = ({ bars, events: happened }: Outbox): void => {
    stored.take(bars);
    events.push(...happened);
  };
  for (const moment of moments(() => engine, seed, count, tickets)) {
    keep(engine.drain());
    if (options.restartAt(moment)) engine = restarted(engine, stored, options);
  }
  return { events, engine };
}

/** Does to an engine what happens at each moment, and then yields its number. */
export function* moments(
  now: () => Engine,
  seed: number,
  count: number,
  tickets: readonly number[],
): Generator<number> {
  let moment = 0;
  for (const items of marketItems(seed, count)) {
    moment += 1;
    const engine = now();
    const at = engine.view('default', 'BTCUSD')?.asOf ?? MONDAY;
    for (const number of tickets) command(engine, seed, moment, number, at);
    for (const item of items) take(engine, 'default', item);
    yield moment;
  }
}

function begun({ rules, policies }: CourseOptions): Engine {
  const engine = new Engine(rules);
  for (const terms of policies) engine.policies.upsert(terms, () => true);
  for (const account of ['demo', 'netting']) engine.upsertInstrument({ ...COURSE_TERMS, account });
  const news = { currency: 'USD', time: MONDAY + 300 * M5, impact: 'HIGH', title: 'Payrolls' } as const;
  engine.upsertNews({ eventId: 'news', ...news });
  return engine;
}

/** Whatever happens to trade `number` at this moment, by its own dice. */
function command(engine: Engine, seed: number, moment: number, number: number, at: number): void {
  const ticket = BigInt(number);
  const account = number % 5 === 0 ? 'netting' : 'demo';
  const trade = engine.get(account, ticket);
  if (moment === 12 * number) {
    const direction = number % 2 === 0 ? 'BUY' : 'SELL';
    const entryPrice = engine.view('default', 'BTCUSD')?.exitPrice(direction) ?? 1000;
    const stop = entryPrice + (direction === 'BUY' ? -20 : 20);
    const stopLoss = number % 3 === 0 ? null : stop;
    engine.register(specOf({ account, ticket, direction, entryPrice, stopLoss, openedAt: at }), at);
    return;
  }
  if (trade === undefined) return;
  const dice = random(seed * 7919 + moment * 31 + number);
  const told = brokerSays(dice, trade);
  if (told !== null) engine.update({ account, ticket }, told, at);
  if (engine.get(account, ticket) !== undefined) {
    engine.act({ account, ticket }, (current, context) => bridgeWorks(dice, current, at, context));
  }
  if ((engine.get(account, ticket)?.state ?? 'CLOSED') === 'CLOSED') return;
  const chance = random(seed * 104_729 + moment * 17 + number)();
  if (chance < 0.004) engine.pause({ account, ticket }, 'test', at);
  else if (chance < 0.05) engine.resume({ account, ticket }, 'test', at);
  else if (chance > 0.996) engine.close({ account, ticket }, 'STOP_LOSS', null, at);
}

/** A new engine made of what was stored, all of it through text. */
function restarted(engine: Engine, stored: BarStore, options: CourseOptions): Engine {
  const fresh = begun(options);
  const view = engine.view('default', 'BTCUSD');
  if (view !== undefined) {
    const snapshot = decodeView(encodeView(view.snapshot()));
    fresh.restoreView(
      'default',
      MarketView.restore(view.symbol, view.instrument, options.rules, snapshot, stored.all()),
    );
  }
  for (const account of ['demo', 'netting']) {
    const known = engine.accounts.get(account);
    if (known !== undefined) fresh.accounts.restore(known);
  }
  options.restore(fresh, [...engine.trades()]);
  return fresh;
}

/** Events as text, for comparing logs byte for byte. */
export function logOf(events: readonly TradeEvent[]): string[] {
  return events.map((event) =>
    JSON.stringify(event, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)),
  );
}
