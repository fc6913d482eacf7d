// Each row of the state table on real bars through the real indicators: markets written as legs, a trade
// opened near the top, and a broker that fills every planned action at the next bar's open.

import { describe, expect, it } from 'vitest';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import type { Bar } from '../../../src/domain/market/data.js';
import type { Direction } from '../../../src/domain/market/direction.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { STATE_TABLE } from '../../../src/domain/trade/state-machine.js';
import { Engine } from '../../../src/engine/engine.js';
import { beginAction, leaseDue, reportAction } from '../../../src/engine/leases.js';
import { resultOf } from '../../support/actions.js';
import { type Leg, scriptedBars } from '../../support/bar-script.js';
import { barItem, take } from '../../support/scripted-view.js';
import { specOf } from '../../support/trades.js';

const START = Date.UTC(2025, 5, 2);
/** Two days of a rising, swinging market; the trade is opened at its last swing. */
const RISE: Leg = { bars: 600, to: 103, swing: 1.5, period: 36 };
const OPENED = 598;
const DOWN: readonly Leg[] = [
  { bars: 30, to: 97 },
  { bars: 15, to: 97.8 },
  { bars: 6, to: 96.3 },
];
const KEY = { account: 'demo', ticket: 1n };

/** Prices on the other side of a mirror: what favoured a BUY favours a SELL. */
function mirrored({ time, open, high, low, close, volume }: Bar): Bar {
  const flip = (price: number): number => Math.round((200 - price) * 100) / 100;
  return { time, open: flip(open), high: flip(low), low: flip(high), close: flip(close), volume };
}

/** A bridge that is never late at a broker that fills everything at this price. */
function fillAll(engine: Engine, price: number, at: number): void {
  const moment = { at, now: at };
  const work = { account: 'demo', bridge: 'bridge', maxLeases: 16, leaseMs: 30_000 };
  for (;;) {
    const leased = leaseDue(engine, work, moment);
    if (leased.length === 0) return;
    for (const { action } of leased) {
      const token = action.lease?.token ?? 0;
      beginAction(engine, action.actionId, token, '', moment);
      const openedTicket = action.type === 'OPEN_HEDGE' ? 9n : null;
      const result = resultOf('DONE', { price, openedTicket });
      const step = reportAction(engine, action.actionId, token, result, null, moment);
      if (step.outcome !== 'ok') throw new Error(`a report was ${step.outcome}`);
    }
  }
}

/** Plays a script; `meddle` may act on the engine before each bar, as the broker or a person would. */
function play(
  legs: readonly Leg[],
  direction: Direction = 'BUY',
  meddle: (engine: Engine, at: number) => void = () => undefined,
): TradeEvent[] {
  const engine = new Engine(DEFAULT_RULES);
  const rising = scriptedBars(START, 100, [RISE, ...legs]);
  const bars = direction === 'BUY' ? rising : rising.map(mirrored);
  const events: TradeEvent[] = [];
  for (const [index, bar] of bars.entries()) {
    fillAll(engine, bar.open, bar.time);
    meddle(engine, bar.time);
    if (index === OPENED) {
      const opened = { direction, entryPrice: bar.open, stopLoss: direction === 'BUY' ? 90 : 110 };
      engine.register(specOf({ ...opened, openedAt: bar.time }), bar.time);
    }
    take(engine, 'default', barItem(bar, 'M5'));
    events.push(...engine.drain().events);
  }
  return events;
}

/** The broker stops the hedge out before the bar after it was opened. */
function stopHedge(engine: Engine, at: number): void {
  const hedge = engine.get('demo', 1n)?.hedge ?? null;
  if (hedge !== null) engine.update(KEY, { ...NO_UPDATE, hedge: 'gone' }, at);
}

const taken = (events: readonly TradeEvent[]): string[] =>
  events.flatMap(({ change }) =>
    change.kind === 'stateChanged' ? [`${change.from} > ${change.to}: ${change.cause}`] : [],
  );

const DOWN_TO_THE_HEDGE = [
  'HEALTHY > WARNING_L1: SCORE',
  'WARNING_L1 > WARNING_L2: SCORE',
  'WARNING_L2 > WARNING_L1: SCORE',
  'WARNING_L1 > WARNING_L2: FLAT_TIMER',
  'WARNING_L2 > HEDGED: SCORE',
];

interface Script {
  readonly name: string;
  readonly legs: readonly Leg[];
  readonly meddle?: (engine: Engine, at: number) => void;
  readonly rows: readonly string[];
}

const RECOVERY: Leg = { bars: 12, to: 99 };

const SCRIPTS: readonly Script[] = [
  {
    name: 'a trend that goes on',
    legs: [{ bars: 80, to: 107, swing: 1.2, period: 36 }],
    rows: [
      'HEALTHY > HEALTHY: BREAK_OF_STRUCTURE',
      'HEALTHY > HEALTHY: BREAK_OF_STRUCTURE',
      'HEALTHY > HEALTHY: BREAK_OF_STRUCTURE',
    ],
  },
  {
    name: 'a dip',
    legs: [
      { bars: 12, to: 100.6 },
      { bars: 20, to: 102.2 },
    ],
    rows: [
      'HEALTHY > WARNING_L1: SCORE',
      'WARNING_L1 > WARNING_L2: SCORE',
      'WARNING_L2 > WARNING_L1: SCORE',
      'WARNING_L1 > HEALTHY: SCORE',
    ],
  },
  {
    name: 'a fall and a recovery that holds',
    legs: [...DOWN, RECOVERY],
    rows: [...DOWN_TO_THE_HEDGE, 'HEDGED > RECOVERING: BREAK_OF_STRUCTURE', 'RECOVERING > HEALTHY: SCORE'],
  },
  {
    name: 'a fall and a recovery that fails',
    legs: [...DOWN, { bars: 6, to: 97.9 }, { bars: 6, to: 95 }],
    rows: [
      ...DOWN_TO_THE_HEDGE,
      'HEDGED > RECOVERING: BREAK_OF_STRUCTURE',
      'RECOVERING > CLOSED: RECOVERY_TIMER',
    ],
  },
  {
    name: 'a fall and no way back',
    legs: [...DOWN, { bars: 20, to: 92 }],
    rows: [...DOWN_TO_THE_HEDGE, 'HEDGED > CLOSED: FLAT_TIMER'],
  },
  {
    name: 'a fall and a hedge that is stopped out',
    legs: [...DOWN, { bars: 1, to: 96.4 }],
    meddle: stopHedge,
    rows: [...DOWN_TO_THE_HEDGE, 'HEDGED > WARNING_L2: HEDGE_GONE'],
  },
  ...(['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING'] as const).map((from): Script => {
    const before = [
      ...DOWN_TO_THE_HEDGE,
      'HEDGED > RECOVERING: BREAK_OF_STRUCTURE',
      'RECOVERING > HEALTHY: SCORE',
    ];
    return {
      name: `a client that lets go in ${from}`,
      legs: [...DOWN, RECOVERY],
      meddle: (engine, at) => {
        if (engine.get('demo', 1n)?.state === from) engine.close(KEY, 'REQUESTED', null, at);
      },
      rows: [
        ...before.slice(
          0,
          before.findIndex((row) => row.startsWith(from)),
        ),
        `${from} > CLOSED: REQUESTED`,
      ],
    };
  }),
];

describe.each(SCRIPTS)('$name', ({ legs, meddle, rows }) => {
  it('takes these rows', () => {
    expect(taken(play(legs, 'BUY', meddle))).toEqual(rows);
  });

  it('takes the same rows as a SELL in the mirrored market', () => {
    expect(taken(play(legs, 'SELL', meddle))).toEqual(rows);
  });
});

describe('the scripts together', () => {
  it('show every row of the table', () => {
    const shown = new Set(SCRIPTS.flatMap(({ rows }) => rows.map((row) => row.slice(0, row.indexOf(':')))));
    const table = new Set(STATE_TABLE.map(({ from, to }) => `${from} > ${to}`));
    expect([...table].filter((row) => !shown.has(row))).toEqual([]);
  });

  it('really change volume, stop and hedge of the trade', () => {
    const events = play([...DOWN, RECOVERY]);
    const fields = new Set(
      events.flatMap(({ change }) => (change.kind === 'actionChanged' ? change.changedFields : [])),
    );
    expect([...fields].sort()).toEqual(['closed_volume', 'hedge', 'stop_loss', 'volume']);
    expect(events.at(-1)?.trade).toMatchObject({ state: 'HEALTHY', hedge: null, actions: [] });
    const { volume, closedVolume } = events.at(-1)?.trade ?? { volume: 0, closedVolume: 0 };
    expect([volume + closedVolume, volume < 1, closedVolume > 0]).toEqual([1, true, true]);
  });
});
