// A trade's record on the bars of its chart: each bar has what was in force when it ended.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import type { BarJson, EvaluationJson, TradeEventJson } from '../../../src/http/dashboard/data/json.js';
import { type ChartRecord, timelineOf } from '../../../src/http/dashboard/trade-page/timeline.js';
import { tradeJson } from '../../support/trade-json.js';

const LENGTH = TIMEFRAME_MS.M5;
const START = Date.UTC(2025, 5, 2, 12);
const iso = (ms: number) => new Date(ms).toISOString();

function barAt(place: number): BarJson {
  const openTime = iso(START + place * LENGTH);
  return {
    ...{ symbol: 'BTCUSD', timeframe: 'TIMEFRAME_M5', openTime, forming: false },
    ...{ open: 100, high: 102, low: 99, close: 101, volume: 0 },
  };
}

function event(ms: number, change: Partial<TradeEventJson>): TradeEventJson {
  return {
    ...{ revision: String(ms), logEpoch: 'e', previousRevision: '0', tradeVersion: '1', actor: '' },
    ...{ account: 'demo', ticket: '1', symbol: 'BTCUSD', state: 'TRADE_STATE_HEALTHY', policy: undefined },
    ...{ occurredAt: iso(ms), recordedAt: iso(ms) },
    ...change,
  };
}

const stopAt = (ms: number, stopLoss: number | undefined): TradeEventJson =>
  event(ms, {
    updated: {
      ...{ changedFields: ['stop_loss'], manager: '' },
      position: {
        ...{ volume: 1, stopLoss, takeProfit: 130, hedge: undefined },
        ...{ positionTicket: '0', entryPrice: undefined },
      },
      withdrawnActionIds: [],
      ...{ flatTimerEndsAt: undefined, recoveryTimerEndsAt: undefined },
    },
  });

const evaluationAt = (ms: number): EvaluationJson => ({
  evaluatedAt: iso(ms),
  ...{ score: ms % 7, confluence: 'CONFLUENCE_MIXED', signals: [], summary: '' },
});

const recordOf = (more: Partial<ChartRecord>): ChartRecord => ({
  trade: tradeJson({ openedAt: iso(START), stateEnteredAt: iso(START) }),
  ...{ events: [], bars: [], evaluations: [], timeframe: 'M5' },
  ...more,
});

const offsets = fc
  .uniqueArray(fc.nat(20 * LENGTH), { maxLength: 12 })
  .map((all) => all.sort((a, b) => a - b));
const places = fc.uniqueArray(fc.nat(20), { maxLength: 20 }).map((all) => all.sort((a, b) => a - b));

describe('levels', () => {
  test('a bar has the stop that was set last before it ended, while the trade was open', () => {
    fc.assert(
      fc.property(
        places,
        offsets,
        fc.nat(20 * LENGTH),
        fc.nat(20 * LENGTH),
        (bars, steps, opened, lasted) => {
          const events = steps.map((at, index) =>
            stopAt(START + at, index % 3 === 2 ? undefined : 80 + index),
          );
          const [openedAt, closedAt] = [START + opened, START + opened + lasted];
          const trade = tradeJson({ openedAt: iso(openedAt), closedAt: iso(closedAt), entryPrice: 100 });
          const { moments } = timelineOf(recordOf({ trade, events, bars: bars.map(barAt) }));
          expect(moments.map(({ at }) => at)).toEqual(bars.map((place) => START + place * LENGTH));
          for (const { at, stop, entry } of moments) {
            const isOpen = openedAt < at + LENGTH && at <= closedAt;
            const last = events.filter(({ occurredAt }) => Date.parse(occurredAt ?? '') < at + LENGTH).at(-1);
            expect(stop).toBe(isOpen ? last?.updated?.position?.stopLoss : undefined);
            expect(entry).toBe(isOpen ? 100 : undefined);
          }
        },
      ),
    );
  });
});

describe('evaluations', () => {
  test('one that is made as a bar closes is of that bar, and is new there alone', () => {
    fc.assert(
      fc.property(places, offsets, (bars, made) => {
        const evaluations = made.map((at) => evaluationAt(START + at));
        const { moments } = timelineOf(recordOf({ bars: bars.map(barAt), evaluations }));
        for (const { at, evaluation, isEvaluated } of moments) {
          const upTo = evaluations.filter(({ evaluatedAt }) => Date.parse(evaluatedAt ?? '') <= at + LENGTH);
          expect(evaluation).toBe(upTo.at(-1));
          expect(isEvaluated).toBe(upTo.some(({ evaluatedAt }) => Date.parse(evaluatedAt ?? '') > at));
        }
      }),
    );
  });

  test('they are the moments where there are no bars', () => {
    const evaluations = [evaluationAt(START + LENGTH), evaluationAt(START + 3 * LENGTH)];
    const { moments } = timelineOf(recordOf({ evaluations }));
    expect(moments.map(({ bar, evaluation }) => [bar, evaluation])).toEqual(
      evaluations.map((evaluation) => [undefined, evaluation]),
    );
  });
});

describe('marks', () => {
  const changed = (ms: number, to: string) =>
    event(ms, {
      state: to,
      stateChanged: {
        ...{ from: 'TRADE_STATE_HEALTHY', to, cause: 'TRANSITION_CAUSE_SCORE', evaluation: undefined },
        ...{ price: 99, planned: [], suppressed: [], withdrawnActionIds: [], closePrice: undefined },
        ...{ flatTimerEndsAt: undefined, recoveryTimerEndsAt: undefined },
        closeReason: 'CLOSE_REASON_UNSPECIFIED',
      },
    });

  test('stand on the bar they happened in, in order; a stop that trails is no change of state', () => {
    const events = [
      changed(START + 2.5 * LENGTH, 'TRADE_STATE_WARNING_L1'),
      changed(START + 3.5 * LENGTH, 'TRADE_STATE_HEALTHY'),
    ];
    const { marks } = timelineOf(recordOf({ events, bars: [0, 1, 2, 3].map(barAt) }));
    expect(marks.map(({ at, kind, text }) => [(at - START) / LENGTH, kind, text])).toEqual([
      [0, 'opened', 'BUY'],
      [2, 'state', '1'],
    ]);
  });

  test('where bars are missing there is none, and after the newest bar they stand on it', () => {
    const events = [
      changed(START + 5 * LENGTH, 'TRADE_STATE_WARNING_L1'),
      changed(START + 30 * LENGTH, 'TRADE_STATE_HEDGED'),
    ];
    const { marks } = timelineOf(recordOf({ events, bars: [0, 9].map(barAt) }));
    expect(marks.map(({ at, text }) => [(at - START) / LENGTH, text])).toEqual([
      [0, 'BUY'],
      [9, 'X'],
    ]);
  });
});
