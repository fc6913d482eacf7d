// What a trade's events tell, put together.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionJson, TradeEventJson } from '../../../src/http/dashboard/data/json.js';
import {
  actionStories,
  EVIDENCE,
  leftOut,
  merged,
  stateBands,
  stopSteps,
  stopsAt,
} from '../../../src/http/dashboard/trade-page/story.js';

const MINUTE = 60_000;
const START = Date.UTC(2025, 5, 2, 12);

function event(minute: number, change: Partial<TradeEventJson>): TradeEventJson {
  const time = new Date(START + minute * MINUTE).toISOString();
  return {
    revision: String(minute + 1),
    logEpoch: 'e',
    previousRevision: '0',
    tradeVersion: String(minute + 1),
    account: 'demo',
    ticket: '1',
    symbol: 'BTCUSD',
    state: 'TRADE_STATE_HEALTHY',
    occurredAt: time,
    recordedAt: time,
    actor: '',
    ...change,
  };
}

const action = (fields: Partial<ActionJson> = {}): ActionJson => ({
  actionId: 'a1',
  type: 'ACTION_TYPE_TIGHTEN_SL',
  plannedAt: undefined,
  stopLoss: 95,
  volume: undefined,
  reduceOnly: true,
  note: '',
  status: 'ACTION_STATUS_PENDING',
  attempts: 0,
  notBefore: undefined,
  lease: undefined,
  begunAt: undefined,
  settleBy: undefined,
  result: undefined,
  reason: '',
  ...fields,
});

const registered = event(0, {
  registered: {
    spec: undefined,
    instrument: 'BTCUSD',
    riskDistance: 10,
    origin: 'TRADE_ORIGIN_REGISTERED',
    parentTicket: '0',
    adopted: false,
  },
});

function changed(
  minute: number,
  to: string,
  more: Partial<NonNullable<TradeEventJson['stateChanged']>> = {},
) {
  return event(minute, {
    state: to,
    stateChanged: {
      from: 'TRADE_STATE_HEALTHY',
      to,
      cause: 'TRANSITION_CAUSE_SCORE',
      evaluation: undefined,
      price: 99,
      planned: [],
      suppressed: [],
      flatTimerEndsAt: undefined,
      recoveryTimerEndsAt: undefined,
      closeReason: 'CLOSE_REASON_UNSPECIFIED',
      closePrice: undefined,
      withdrawnActionIds: [],
      ...more,
    },
  });
}

const stepped = (minute: number, status: string, stopLoss?: number, evidence = false) =>
  event(minute, {
    actionChanged: {
      action: action({ status }),
      from: 'ACTION_STATUS_PENDING',
      changedFields: [],
      position:
        stopLoss === undefined
          ? undefined
          : { volume: 1, stopLoss, takeProfit: undefined, hedge: undefined, positionTicket: '1' },
      evidence,
      by: 'mt5-1',
      withdrawnActionIds: [],
    },
  });

describe('a story', () => {
  const events = [
    registered,
    changed(5, 'TRADE_STATE_WARNING_L1', {
      planned: [action()],
      suppressed: [{ type: 'ACTION_TYPE_RE_ADD', reason: 'SUPPRESSION_REASON_NEWS', note: 'NFP' }],
    }),
    stepped(6, 'ACTION_STATUS_LEASED'),
    stepped(7, 'ACTION_STATUS_EXECUTING'),
    stepped(9, 'ACTION_STATUS_DONE', 95),
    changed(20, 'TRADE_STATE_WARNING_L1'),
    changed(30, 'TRADE_STATE_WARNING_L2'),
  ];

  test('its states follow each other without a gap, and the last one lasts', () => {
    expect(stateBands(events)).toEqual([
      { state: 'TRADE_STATE_HEALTHY', from: START, to: START + 5 * MINUTE },
      { state: 'TRADE_STATE_WARNING_L1', from: START + 5 * MINUTE, to: START + 30 * MINUTE },
      { state: 'TRADE_STATE_WARNING_L2', from: START + 30 * MINUTE, to: undefined },
    ]);
  });

  test('an action from its plan to its report, with the time each step took', () => {
    const [story] = actionStories(events);
    expect(story?.steps.map(({ status, delay, by }) => [status, delay, by])).toEqual([
      ['ACTION_STATUS_PENDING', undefined, 'dtms'],
      ['ACTION_STATUS_LEASED', MINUTE, 'mt5-1'],
      ['ACTION_STATUS_EXECUTING', MINUTE, 'mt5-1'],
      ['ACTION_STATUS_DONE', 2 * MINUTE, 'mt5-1'],
    ]);
    expect(story?.withdrawn).toBe(false);
    expect(actionStories(events)).toHaveLength(1);
  });

  test('what was overtaken says so', () => {
    const [story] = actionStories([
      ...events.slice(0, 2),
      changed(8, 'TRADE_STATE_CLOSED', { withdrawnActionIds: ['a1'] }),
    ]);
    expect(story?.withdrawn).toBe(true);
    expect(story?.steps.at(-1)).toMatchObject({ status: 'ACTION_STATUS_EXPIRED', delay: 3 * MINUTE });
  });

  test('a report that comes late is told, and changes no status', () => {
    const doubtful = stepped(9, 'ACTION_STATUS_IN_DOUBT');
    const [story] = actionStories([
      ...events.slice(0, 4),
      doubtful,
      stepped(11, 'ACTION_STATUS_DONE', 95, true),
    ]);
    expect(story?.steps.at(-1)).toMatchObject({ status: EVIDENCE, delay: 2 * MINUTE });
    expect(story?.action.status).toBe('ACTION_STATUS_IN_DOUBT');
  });

  test('what was read and what was heard meanwhile is put together, each event once', () => {
    fc.assert(
      fc.property(fc.nat(events.length), fc.nat(events.length), (read, heard) => {
        const all = merged(events.slice(0, Math.max(read, heard)), [...events.slice(heard)].reverse());
        expect(all.map(({ revision }) => revision)).toEqual(events.map(({ revision }) => revision));
      }),
    );
  });

  test('what was left out, with its reason', () => {
    expect(leftOut(events).map(({ type, reason, note }) => [type, reason, note])).toEqual([
      ['ACTION_TYPE_RE_ADD', 'SUPPRESSION_REASON_NEWS', 'NFP'],
    ]);
  });

  test('the stop moves when the broker reports it, not when it is planned', () => {
    expect(stopSteps(events)).toEqual([{ at: START + 9 * MINUTE, stop: 95 }]);
  });
});

test('the stop at a moment is the last one set by then', () => {
  const steps = fc
    .uniqueArray(fc.nat(100), { maxLength: 8 })
    .map((times) =>
      times
        .sort((a, b) => a - b)
        .map((at, index) => ({ at, stop: index % 3 === 2 ? undefined : 100 + index })),
    );
  const times = fc.array(fc.nat(110)).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(steps, times, (all, moments) => {
      const expected = moments.map((moment) => all.filter(({ at }) => at <= moment).at(-1)?.stop ?? null);
      expect(stopsAt(all, moments)).toEqual(expected);
    }),
  );
});
