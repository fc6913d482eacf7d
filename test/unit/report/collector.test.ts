// What the collector makes of the events of a log.
import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../../../src/domain/signals/signal.js';
import { ReportCollector } from '../../../src/report/collector.js';
import { EvaluationLog } from '../../../src/report/evaluation-log.js';
import { actionOf, at, collected, course, eventOf, registered, T0 } from './events.js';

describe('the collector', () => {
  it('keeps a trade as registered, with its end and its results', () => {
    const [trade] = collected(course(7n, 'breakout'), [7n]).trades;
    expect(trade).toMatchObject({
      ticket: 7n,
      direction: 'BUY',
      openedAt: T0,
      entryPrice: 100,
      risk: 10,
      label: 'breakout',
      state: 'CLOSED',
      closeReason: 'STOP_LOSS',
      closePrice: 95.5,
      closedAt: at(5).getTime(),
      withDtms: { r: -0.45 },
      without: { r: -1 },
    });
  });

  it('keeps transitions with the score that led to them', () => {
    const { transitions } = collected(course(7n), []);
    expect(transitions.map(({ from, to, cause, score }) => [from, to, cause, score])).toEqual([
      ['HEALTHY', 'WARNING_L1', 'SCORE', -3.5],
      ['WARNING_L1', 'CLOSED', 'BROKER_CLOSED', null],
    ]);
  });

  it('keeps every step of an action, and suppressed plans with their reason', () => {
    const { actions } = collected(course(7n), []);
    expect(actions.map(({ type, status, reason, code, by }) => [type, status, reason, code, by])).toEqual([
      ['TIGHTEN_SL', 'PENDING', '', null, ''],
      ['TRAIL_SL', 'SUPPRESSED', 'WOULD_LOOSEN', null, ''],
      ['TIGHTEN_SL', 'DONE', 'done', 10009, 'paper'],
    ]);
  });

  it('ends an overtaken action as EXPIRED, with what it asked for', () => {
    const overtaken = eventOf(7n, 3, {
      updated: { changedFields: ['volume'], withdrawnActionIds: ['replay:7:2:TIGHTEN_SL', 'unknown'] },
    });
    const { actions } = collected([...course(7n).slice(0, 2), overtaken], []);
    expect(actions.at(-1)).toMatchObject({ status: 'EXPIRED', stopLoss: 95.5, at: at(3).getTime() });
    expect(actions).toHaveLength(3);
  });

  it('takes plans made outside the state table, and what a reconciliation found', () => {
    const planned = eventOf(7n, 3, {
      actionPlanned: { cause: 'stops refused', planned: [actionOf(7n, 'PENDING')] },
    });
    const reconciled = eventOf(7n, 4, {
      reconciled: {
        drift: 'DRIFT_POSITION_DIFFERS',
        note: 'stop 91',
        position: { volume: 0.5, stopLoss: 91 },
      },
    });
    const { actions, positions, notes } = collected([registered(7n), planned, reconciled], []);
    expect(actions).toMatchObject([{ status: 'PENDING', by: 'stops refused' }]);
    expect(positions).toMatchObject([{ volume: 0.5, stopLoss: 91, takeProfit: null }]);
    expect(notes.at(-1)?.text).toBe('reconciled: position differs. stop 91');
  });

  it('lets a later estimate say what R is, and a trade without outcome has none', () => {
    const estimated = eventOf(8n, 1, { riskEstimated: { riskDistance: 12.5 } });
    const [trade] = collected([registered(8n), estimated], []).trades;
    expect(trade).toMatchObject({ risk: 12.5, withDtms: null, without: null, state: 'HEALTHY' });
  });

  it('reads an evaluation per direction after each bar, each once, where an engine can be seen', () => {
    let now = 0;
    const evaluation = (score: number) => ({
      at: now,
      score,
      confluence: 'MIXED' as const,
      vwapVolumeFlipAgainst: false,
      signals: SIGNALS.map((signal) => ({
        signal,
        available: signal !== 'DELTA_PRESSURE',
        raw: 0,
        capped: 0,
        multiplier: 1,
        contribution: score,
        reason: '',
      })),
    });
    const states = {
      l1Score: -2,
      l1ClearScore: 0,
      l2Score: -4,
      l2ClearScore: -2,
      hedgeScore: -6,
      recoverScore: 1,
    };
    const collector = new ReportCollector({
      thresholds: { ...states, flatTimerMs: 1, recoveryTimerMs: 1, warningDecayMs: 1 },
      latest: (direction) => evaluation(direction === 'BUY' ? 1 : -1),
    });
    const bar = { time: 0, open: 1, high: 1, low: 1, close: 1, volume: 0 };
    for (const time of [10, 10, 20]) {
      now = time;
      collector.onBar({ bar, ask: null }, time, { withDtms: 0, without: 0 });
    }
    expect(collector.evaluations.BUY.readings.map(({ at: time, score }) => [time, score])).toEqual([
      [10, 1],
      [20, 1],
    ]);
    expect(collector.evaluations.SELL.readings[0]?.parts).toEqual([-1, -1, -1, -1, null, -1]);
  });

  it('keeps the evaluations of transitions where nothing else is known: unavailable is not 0', () => {
    const { evaluations } = collected(course(7n), []);
    expect(evaluations.SELL.readings).toEqual([]);
    expect(evaluations.BUY.readings).toMatchObject([{ score: -3.5, parts: [-3, 0, -1, null, null, 0.5] }]);
  });

  it('names the state of the latest event', () => {
    const paused = eventOf(7n, 1, { paused: { reason: 'news' } }, 'HEDGED');
    expect(collected([registered(7n), paused], []).trades[0]?.state).toBe('HEDGED');
  });
});

describe('the log of evaluations', () => {
  it('keeps the later of two at one time and leaves out what comes too late', () => {
    const log = new EvaluationLog();
    const reading = (time: number, score: number) => ({ at: time, score, confluence: 'MIXED', parts: [] });
    for (const one of [reading(1, 1), reading(2, 2), reading(2, 3), reading(1, 4)]) log.add(one);
    expect(log.readings.map(({ score }) => score)).toEqual([1, 3]);
  });
});
