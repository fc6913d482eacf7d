// The order and the filter of the fleet.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TradeJson } from '../../../src/http/dashboard/data/json.js';
import { unheard } from '../../../src/http/dashboard/data/silence.js';
import {
  type FleetRow,
  matches,
  type Readings,
  rowOf,
  type SortColumn,
  shownState,
  sorted,
} from '../../../src/http/dashboard/pages/fleet-rows.js';
import type { TradeResultJson } from '../../../src/http/dashboard/ui/money.js';
import { NOT_DEFENDED, NOT_HEDGED, NOT_WATCHED, STATES } from '../../../src/http/dashboard/ui/states.js';
import { fleetRow } from '../../support/fleet-row.js';
import { tradeJson } from '../../support/trade-json.js';

const COLUMNS: readonly SortColumn[] = [
  ...(['danger', 'trade', 'account', 'label', 'volume', 'score'] as const),
  ...(['age', 'timer', 'r', 'money', 'risk', 'spread', 'data'] as const),
];

const NO_MONEY: TradeResultJson = {
  ...{ account: 'demo', ticket: '1', symbol: 'XAUUSD', policy: '', currency: '', profitCurrency: '' },
  ...{ contractSource: 'CONTRACT_SOURCE_UNSPECIFIED', rate: '', state: 'TRADE_STATE_HEALTHY' },
  ...{ ratedAt: undefined, open: undefined, realised: undefined, risk: undefined },
};
const decimalOf = (cents: number): string => (cents / 100).toFixed(2);

const number = fc.option(fc.double({ noNaN: true, min: -100, max: 100 }), { nil: undefined });
const part = fc.option(
  fc.record({
    ...{ amount: fc.option(fc.integer({ min: -9999, max: 9999 }).map(decimalOf), { nil: undefined }) },
    obstacle: fc.constantFrom('MONEY_OBSTACLE_UNSPECIFIED', 'MONEY_OBSTACLE_RATE'),
    booked: fc.constant(false),
  }),
  { nil: undefined },
);
const money = fc
  .record({ currency: fc.constantFrom('USD', 'EUR', 'JPY'), open: part, risk: part })
  .map((told) => ({ ...NO_MONEY, ...told }));
const row = fc
  .record({
    state: fc.constantFrom(...STATES.map(({ state }) => state)),
    ticket: fc.bigInt({ min: 1n, max: 30n }),
    score: number,
    resultR: number,
    age: number,
    spreadRatio: number,
    dataAge: number,
    inDoubt: fc.nat(2),
    money: fc.option(money, { nil: undefined }),
  })
  .map(({ state, ticket, ...more }) => fleetRow({ state, ticket: String(ticket) }, more));

describe('the order', () => {
  test('keeps every row, and the order of the rows given does not matter', () => {
    const rows = fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.constantFrom(...COLUMNS), (some, column) => {
        const keys = sorted(some, column).map(({ key }) => key);
        expect([...keys].sort()).toEqual(some.map(({ key }) => key).sort());
        expect(sorted([...some].reverse(), column).map(({ key }) => key)).toEqual(keys);
      }),
    );
  });

  test('what is not known comes last, never as zero', () => {
    const rows = [
      fleetRow({ ticket: '1' }),
      fleetRow({ ticket: '2' }, { score: 3 }),
      fleetRow({ ticket: '3' }, { score: -1 }),
    ];
    expect(sorted(rows, 'score').map(({ trade }) => trade.ticket)).toEqual(['3', '2', '1']);
  });

  test('the other way round what is not known still comes last', () => {
    const rows = [
      fleetRow({ ticket: '1' }),
      fleetRow({ ticket: '2' }, { score: 3 }),
      fleetRow({ ticket: '3' }, { score: -1 }),
    ];
    expect(sorted(rows, 'score', 'reversed').map(({ trade }) => trade.ticket)).toEqual(['2', '3', '1']);
  });

  test('danger: the state, an order in doubt, the score, the time left', () => {
    const rows = [
      fleetRow({ ticket: '1', state: 'TRADE_STATE_HEALTHY' }, { score: -9 }),
      fleetRow({ ticket: '2', state: 'TRADE_STATE_WARNING_L2' }, { score: -4 }),
      fleetRow(
        { ticket: '3', state: 'TRADE_STATE_WARNING_L2' },
        { score: -4, timer: { name: 'flat', left: 5 } },
      ),
      fleetRow({ ticket: '4', state: 'TRADE_STATE_WARNING_L2' }, { score: -5 }),
      fleetRow({ ticket: '5', state: 'TRADE_STATE_WARNING_L2' }, { score: 9, inDoubt: 1 }),
      fleetRow({ ticket: '6', state: 'TRADE_STATE_HEDGED' }),
    ];
    expect(sorted(rows, 'danger').map(({ trade }) => trade.ticket)).toEqual(['6', '5', '4', '3', '2', '1']);
  });
});

describe('the order by money', () => {
  const CASES = [
    { column: 'money', of: ({ money: told }: FleetRow) => told?.open, worst: Math.min },
    { column: 'risk', of: ({ money: told }: FleetRow) => told?.risk, worst: Math.max },
  ] as const;

  test.each(CASES)('$column: the worst of a currency first, what is not known whole last', (each) => {
    const rows = fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 20 });
    fc.assert(
      fc.property(rows, (some) => {
        const shown = sorted(some, each.column);
        const currencies = shown.map((one) => one.money?.currency);
        const runs = currencies.filter((currency, at) => at === 0 || currency !== currencies[at - 1]);
        expect(runs, 'those of one currency stand together').toEqual([...new Set(currencies)]);
        for (const currency of runs) {
          const amounts = shown
            .filter((one) => one.money?.currency === currency)
            .map(each.of)
            .map((told) => (told?.obstacle === 'MONEY_OBSTACLE_UNSPECIFIED' ? told.amount : undefined));
          const known = amounts.filter((amount) => amount !== undefined).map(Number);
          expect(amounts.slice(0, known.length).map(Number)).toEqual(known);
          for (const [at, amount] of known.entries()) expect(each.worst(...known.slice(at))).toBe(amount);
        }
      }),
    );
  });
});

describe('the state shown', () => {
  test('is healthy only where something watches the trade', () => {
    const healthy = tradeJson({ state: 'TRADE_STATE_HEALTHY' });
    expect(shownState(healthy, { stale: false }, 'enforces')).toBe('TRADE_STATE_HEALTHY');
    expect(shownState(healthy, undefined, 'enforces'), 'no data').toBe(NOT_WATCHED.state);
    expect(shownState(healthy, { stale: true }, 'enforces'), 'stale data').toBe(NOT_WATCHED.state);
    const paused = { ...healthy, monitoring: 'MONITORING_PAUSED' };
    expect(shownState(paused, { stale: false }, 'enforces')).toBe(NOT_WATCHED.state);
  });

  test('is not healthy where the policy only observes, or nobody told that it acts', () => {
    const healthy = tradeJson({ state: 'TRADE_STATE_HEALTHY' });
    for (const standing of ['observes', 'unknown'] as const) {
      expect(shownState(healthy, { stale: false }, standing)).toBe(NOT_DEFENDED.state);
      expect(shownState(healthy, { stale: true }, standing)).toBe(NOT_WATCHED.state);
    }
  });

  test('is hedged only where there is a hedge, or one is on its way', () => {
    const state = 'TRADE_STATE_HEDGED';
    const hedge = { ticket: '2', volume: 1, entryPrice: 1, stopLoss: undefined };
    const shown = (more: object) => shownState(tradeJson({ state, ...more }), { stale: false }, 'enforces');
    const acting = (type: string) => ({ openActions: [{ type, status: 'ACTION_STATUS_PENDING' }] });
    expect(shown({ hedge })).toBe(state);
    expect(shown(acting('ACTION_TYPE_OPEN_HEDGE'))).toBe(state);
    expect(shown({})).toBe(NOT_HEDGED.state);
    expect(shown(acting('ACTION_TYPE_TIGHTEN_SL'))).toBe(NOT_HEDGED.state);
    expect(shown({ hedge, ...acting('ACTION_TYPE_CLOSE_HEDGE') })).toBe(state);
  });

  test('is healthy no more once the server was silent for a while', () => {
    const market = { stale: false };
    const healthy = tradeJson({ state: 'TRADE_STATE_HEALTHY' });
    const stateAfter = (ms: number) =>
      shownState(healthy, unheard(new Map([['gold', market]]), ms).get('gold'), 'enforces');
    fc.assert(
      fc.property(fc.nat(14_999), fc.nat(), (short, more) => {
        expect(stateAfter(short)).toBe('TRADE_STATE_HEALTHY');
        expect(stateAfter(15_000 + more)).toBe(NOT_WATCHED.state);
      }),
    );
    expect(market.stale, 'the answer itself stays as it was').toBe(false);
  });

  test('hides no other state, whatever is known', () => {
    const others = STATES.map(({ state }) => state).filter((state) => state !== 'TRADE_STATE_HEALTHY');
    const hedge = { ticket: '2', volume: 1, entryPrice: 1, stopLoss: undefined };
    for (const state of others)
      expect(shownState(tradeJson({ state, hedge }), undefined, 'observes')).toBe(state);
  });

  test('is what the filter and the order go by', () => {
    const [unwatched, healthy] = [
      fleetRow({ ticket: '1' }, { state: NOT_WATCHED.state }),
      fleetRow({ ticket: '2' }),
    ];
    expect(sorted([healthy, unwatched], 'danger')).toEqual([unwatched, healthy]);
    const filter = { text: '', states: new Set([NOT_WATCHED.state]) };
    expect([healthy, unwatched].filter((each) => matches(each, filter))).toEqual([unwatched]);
  });
});

describe('the result', () => {
  const readings: Readings = {
    of: () => undefined,
    now: () => 0,
    digits: () => 2,
    exitPrice: () => 105,
    score: () => undefined,
    spreadRatio: () => undefined,
    age: () => undefined,
    standing: () => 'enforces',
    money: () => undefined,
  };
  const closed = { state: 'TRADE_STATE_CLOSED', entryPrice: 100, riskDistance: 10 };
  const resultOf = (trade: Partial<TradeJson>) => {
    const { gain, resultR, price } = rowOf('demo/1', tradeJson(trade), readings);
    return { gain, resultR, price };
  };

  test('of an open trade is where it would exit now', () => {
    expect(resultOf({ entryPrice: 100, riskDistance: 10 })).toEqual({ gain: 5, resultR: 0.5, price: 105 });
  });

  test("comes with no age and no timer while the feed's time is not known", () => {
    const trade = tradeJson({ flatTimerEndsAt: '2025-06-02T13:00:00Z' });
    const at = (now: number | undefined) => {
      const { age, timer } = rowOf('demo/1', trade, { ...readings, now: () => now });
      return { age, timer };
    };
    expect(at(undefined)).toEqual({ age: undefined, timer: undefined });
    const left = 3_540_000;
    expect(at(Date.parse('2025-06-02T12:01:00Z'))).toEqual({ age: 60_000, timer: { name: 'flat', left } });
  });

  test('is of one moment with the amount beside it, whatever came since', () => {
    const told = { ...NO_MONEY, exitPrice: 98 };
    const trade = tradeJson({ entryPrice: 100, riskDistance: 10 });
    const shown = rowOf('demo/1', trade, { ...readings, money: () => told });
    expect([shown.price, shown.resultR, shown.money]).toEqual([98, -0.2, told]);
    const closedRow = rowOf('demo/1', tradeJson({ ...closed, closePrice: 80 }), {
      ...readings,
      money: () => told,
    });
    expect([closedRow.price, closedRow.money]).toEqual([80, undefined]);
  });

  test('of a closed trade is where it was closed, and not known without that', () => {
    expect(resultOf({ ...closed, closePrice: 80 })).toEqual({ gain: -20, resultR: -2, price: 80 });
    const sell = { ...closed, direction: 'DIRECTION_SELL', closePrice: 80 };
    expect(resultOf(sell)).toEqual({ gain: 20, resultR: 2, price: 80 });
    expect(resultOf(closed)).toEqual({ gain: undefined, resultR: undefined, price: undefined });
  });

  test('is known in price where R is not', () => {
    const trade = { ...closed, riskDistance: undefined, closePrice: 103 };
    expect(resultOf(trade)).toEqual({ gain: 3, resultR: undefined, price: 103 });
  });
});

describe('the filter', () => {
  const none = new Set<string>();

  test('every word must be somewhere in the trade', () => {
    const trade = fleetRow({
      account: 'desk-1',
      symbol: 'XAUUSDc',
      ticket: '4711',
      label: 'Breakout',
      direction: 'DIRECTION_SELL',
    });
    for (const text of ['', 'xau', ' desk-1 47 ', 'breakout sell'])
      expect(matches(trade, { text, states: none })).toBe(true);
    for (const text of ['eur', 'desk-1 buy']) expect(matches(trade, { text, states: none })).toBe(false);
  });

  test('closed trades are there only when they are asked for', () => {
    const closed = fleetRow({ state: 'TRADE_STATE_CLOSED' });
    expect(matches(closed, { text: '', states: none })).toBe(false);
    expect(matches(closed, { text: '', states: new Set(['TRADE_STATE_CLOSED']) })).toBe(true);
    expect(matches(closed, { text: '', states: new Set(['TRADE_STATE_HEDGED']) })).toBe(false);
  });
});
