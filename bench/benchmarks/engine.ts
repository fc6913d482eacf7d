// The engine alone, in memory, on one core: 100,000 trades of one symbol over a random walk of M15 bars.
// The yardstick is arithmetic: Wilder's RSI over random prices in a plain loop. Both by processor time, garbage collection
// included: it is one process that waits for nothing.

import { seededRandom } from '../../src/broker/seeded-random.js';
import { TIMEFRAME_MS } from '../../src/domain/market/data.js';
import { EVERY_TRADE, type PolicyTerms } from '../../src/domain/policy/policy.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { TradeSpec } from '../../src/domain/trade/trade.js';
import { Engine } from '../../src/engine/engine.js';
import { benchmarkMain } from '../support/benchmark.js';
import { syntheticBars } from '../support/market.js';
import { measurement } from '../support/measurement.js';
import { PRICE, SYMBOL } from '../support/trades.js';

const WARM_UP_BARS = 400;
const STEP = 0.0005;

/** Closing bars that were timed. */
interface Timed {
  ms: number;
  evaluations: number;
  events: number;
}

/** Of one run: all its bars, and those of them that changed no trade. */
interface Run {
  readonly all: Timed;
  readonly quiet: Timed;
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

const WHOLE_PLAN = { states: 'on', leftOut: [], numbers: { states: {}, actions: {} } } as const;

/** The documented plan as a policy of its own, without and with rules beside it. */
const POLICIES: Readonly<Record<'plan' | 'rules', PolicyTerms>> = {
  plan: policyOf([]),
  rules: policyOf([
    { kind: 'chandelier', atrs: 8 },
    { kind: 'breakeven', atR: 1, bufferR: 0.1 },
    { kind: 'time_stop', bars: 900, when: 'losing' },
  ]),
};

function policyOf(rules: PolicyTerms['rules']): PolicyTerms {
  return {
    ...{ name: 'benchmark', description: '', priority: 0, scope: EVERY_TRADE, mode: 'enforce' },
    ...{ plan: WHOLE_PLAN, rules, riskAtrs: null },
  };
}

/** Times `bars` closing bars; closed trades are replaced by new ones in between. */
function evaluate(trades: number, bars: number, policy: PolicyTerms | null = null): Run {
  const engine = new Engine(DEFAULT_RULES);
  if (policy !== null) engine.policies.upsert(policy, () => true);
  const market = syntheticBars(7, PRICE, STEP);
  let ticket = 0;
  let closesAt = 0;
  const push = () => {
    const bar = market.next().value;
    closesAt = bar.time + TIMEFRAME_MS.M15;
    const item = { kind: 'bar', symbol: SYMBOL, timeframe: 'M15', bar, forming: false } as const;
    engine.apply('default', item, closesAt);
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

  const all: Timed = { ms: 0, evaluations: 0, events: 0 };
  const quiet: Timed = { ms: 0, evaluations: 0, events: 0 };
  for (let i = 0; i < bars; i++) {
    const before = engine.counters.evaluations;
    const startedAt = processorMs();
    push();
    const { events } = engine.drain();
    const ms = processorMs() - startedAt;
    const evaluations = engine.counters.evaluations - before;
    for (const timed of events.length === 0 ? [all, quiet] : [all]) {
      timed.ms += ms;
      timed.evaluations += evaluations;
      timed.events += events.length;
    }
    fill(events.filter((event) => event.trade.state === 'CLOSED').length);
  }
  return { all, quiet };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const perSecond = ({ evaluations, ms }: Timed): number => (evaluations / ms) * 1000;

/** RSI(14) updates per second. */
function arithmetic(updates: number): number {
  const next = seededRandom(1);
  const prices = Float64Array.from({ length: 4096 }, () => PRICE + next());
  let gain = 0;
  let loss = 0;
  let sum = 0;
  let last = PRICE;
  const startedAt = processorMs();
  for (let i = 0; i < updates; i++) {
    const price = prices[i & 4095] ?? last;
    const change = price - last;
    last = price;
    gain = (gain * 13 + Math.max(change, 0)) / 14;
    loss = (loss * 13 + Math.max(-change, 0)) / 14;
    sum += loss === 0 ? 50 : 100 - 100 / (1 + gain / loss);
  }
  const seconds = (processorMs() - startedAt) / 1000;
  // The sum is used, so that the loop is not optimised away.
  if (!Number.isFinite(sum)) throw new Error('the arithmetic went wrong');
  return updates / seconds;
}

await benchmarkMain(async ({ pairs, amount }) => {
  const trades = amount(100_000, 2000);
  const bars = amount(20, 10);
  const runs: Run[] = [];
  const under: Record<keyof typeof POLICIES, Run[]> = { plan: [], rules: [] };
  const yardstick: number[] = [];
  const updates = amount(50_000_000, 1_000_000);
  evaluate(trades, bars);
  arithmetic(updates);
  for (let i = 0; i < pairs; i++) {
    runs.push(evaluate(trades, bars));
    under.plan.push(evaluate(trades, bars, POLICIES.plan));
    under.rules.push(evaluate(trades, bars, POLICIES.rules));
    yardstick.push(arithmetic(updates));
  }
  const common = {
    unit: 'evaluations/s',
    better: 'higher',
    yardstick: { name: 'RSI updates', samples: yardstick },
  } as const;
  const [first] = runs;
  const changing = ({ all }: Run) => all.events / all.evaluations;
  const share = first === undefined ? 0 : changing(first);
  const without = { name: 'without policies', samples: runs.map((run) => perSecond(run.all)) };
  return {
    measurements: [
      measurement({
        ...common,
        name: 'engine/evaluations',
        ours: runs.map((run) => perSecond(run.all)),
        target: { of: 'value', value: 500_000 },
        notes: { trades, bars, 'share that changed the trade': share },
      }),
      measurement({
        ...common,
        name: 'engine/evaluations-without-change',
        ours: runs.map((run) => perSecond(run.quiet)),
        notes: { evaluations: first?.quiet.evaluations ?? 0 },
      }),
      ...Object.entries(under).map(([name, ran]) =>
        measurement({
          ...{ unit: 'evaluations/s', better: 'higher', yardstick: without },
          name: `engine/evaluations-under-a-policy-${name === 'plan' ? 'of-the-plan' : 'with-rules'}`,
          ours: ran.map((run) => perSecond(run.all)),
          notes: {
            trades,
            bars,
            'share that changed the trade': ran[0] === undefined ? 0 : changing(ran[0]),
          },
        }),
      ),
    ],
    skipped: [],
  };
});
