// The engine alone, in memory, on one core: 100,000 trades of one symbol over a random walk of M15 bars.
// The yardstick is arithmetic: Wilder's RSI over random prices in a plain loop.
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { TIMEFRAME_MS, type TradeSpec } from '../../src/domain/types.js';
import { Engine } from '../../src/engine/engine.js';
import { benchmarkMain } from '../support/benchmark.js';
import { random, syntheticBars } from '../support/market.js';
import { interleaved, measurement } from '../support/measurement.js';
import { PRICE, SYMBOL } from '../support/trades.js';

const WARM_UP_BARS = 400;
const STEP = 0.0005;

interface Run {
  readonly perSecond: number;
  readonly events: number;
  readonly evaluations: number;
}

function spec(ticket: number, openedAt: number): TradeSpec {
  const direction = ticket % 2 === 0 ? 'BUY' : 'SELL';
  const side = direction === 'BUY' ? 1 : -1;
  return {
    account: 'benchmark',
    ticket: BigInt(ticket),
    symbol: SYMBOL,
    direction,
    entryPrice: PRICE + (ticket % 100) / 100,
    volume: 1,
    stopLoss: PRICE - side * 50,
    takeProfit: PRICE + side * 100,
    initialStopLoss: null,
    openedAt,
    feed: 'default',
    positionTicket: 0n,
    magicNumber: 0n,
    label: '',
  };
}

/** Evaluations per second over `bars` closing bars; closed trades are replaced by new ones in between. */
function evaluate(trades: number, bars: number): Run {
  const engine = new Engine(DEFAULT_RULES);
  const market = syntheticBars(7, PRICE, STEP);
  let ticket = 0;
  let closesAt = 0;
  const push = () => {
    const bar = market.next().value;
    closesAt = bar.time + TIMEFRAME_MS.M15;
    engine.apply('default', { kind: 'bar', symbol: SYMBOL, timeframe: 'M15', bar, forming: false });
  };
  const fill = (missing: number) => {
    for (let i = 0; i < missing; i++) engine.register(spec(++ticket, closesAt), closesAt);
    engine.drain();
  };
  for (let i = 0; i < WARM_UP_BARS; i++) push();
  fill(trades);
  // The first two bars begin the monitoring of every trade.
  for (let i = 0; i < 2; i++) push();
  engine.drain();

  const before = engine.counters.evaluations;
  let elapsedMs = 0;
  let events = 0;
  for (let i = 0; i < bars; i++) {
    const startedAt = performance.now();
    push();
    const outbox = engine.drain();
    elapsedMs += performance.now() - startedAt;
    events += outbox.events.length;
    fill(outbox.events.filter((event) => event.trade.state === 'CLOSED').length);
  }
  const evaluations = engine.counters.evaluations - before;
  return { perSecond: (evaluations / elapsedMs) * 1000, events, evaluations };
}

/** RSI(14) updates per second. */
function arithmetic(updates: number): Run {
  const next = random(1);
  const prices = Float64Array.from({ length: 4096 }, () => PRICE + next());
  let gain = 0;
  let loss = 0;
  let sum = 0;
  let last = PRICE;
  const startedAt = performance.now();
  for (let i = 0; i < updates; i++) {
    const price = prices[i & 4095] ?? last;
    const change = price - last;
    last = price;
    gain = (gain * 13 + Math.max(change, 0)) / 14;
    loss = (loss * 13 + Math.max(-change, 0)) / 14;
    sum += loss === 0 ? 50 : 100 - 100 / (1 + gain / loss);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  // The sum is used, so that the loop is not optimised away.
  if (!Number.isFinite(sum)) throw new Error('the arithmetic went wrong');
  return { perSecond: updates / seconds, events: 0, evaluations: 0 };
}

await benchmarkMain(async ({ pairs, amount }) => {
  const trades = amount(100_000, 2000);
  const bars = amount(60, 10);
  const { ours, yardstick } = await interleaved(
    pairs,
    async () => evaluate(trades, bars),
    async () => arithmetic(amount(50_000_000, 1_000_000)),
  );
  const [sample] = ours;
  return {
    measurements: [
      measurement({
        name: 'engine/evaluations',
        unit: '1/s',
        better: 'higher',
        ours: ours.map((run) => run.perSecond),
        yardstick: { name: 'RSI updates', samples: yardstick.map((run) => run.perSecond) },
        target: { of: 'value', value: 500_000 },
        notes: { trades, bars, evaluations: sample?.evaluations ?? 0, events: sample?.events ?? 0 },
      }),
    ],
    skipped: [],
  };
});
