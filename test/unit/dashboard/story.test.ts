// What a trade's events tell, put together.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionJson, ListedActionJson, TradeEventJson } from '../../../src/http/dashboard/data/json.js';
import {
  actionStories,
  EVIDENCE,
  leftOut,
  merged,
  stateBands,
  stopSteps,
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
    policy: undefined,
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
  hold: 'HOLD_REASON_UNSPECIFIED',
  orderedBy: '',
  rule: '',
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
    observing: [],
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

const listed = (of: ActionJson, revision: number): ListedActionJson => ({
  ...{ account: 'demo', ticket: '1' },
  action: of,
  revision: String(revision),
});

const result = (code: number): ActionJson['result'] => ({
  ...{ code, message: '', outcome: 'ACTION_OUTCOME_DONE', openedTicket: '0', dealTicket: '0' },
  ...{ price: undefined, volume: undefined, stopLoss: undefined },
});

const trade = {
  state: 'TRADE_STATE_WARNING_L2',
  openedAt: new Date(START - MINUTE).toISOString(),
  stateEnteredAt: new Date(START + 30 * MINUTE).toISOString(),
};

describe('a story', () => {
  const events = [
    registered,
    changed(5, 'TRADE_STATE_WARNING_L1', {
      planned: [action()],
      suppressed: [
        { type: 'ACTION_TYPE_RE_ADD', reason: 'SUPPRESSION_REASON_NEWS', note: 'NFP', flag: undefined },
      ],
    }),
    stepped(6, 'ACTION_STATUS_LEASED'),
    stepped(7, 'ACTION_STATUS_EXECUTING'),
    stepped(9, 'ACTION_STATUS_DONE', 95),
    changed(20, 'TRADE_STATE_WARNING_L1'),
    changed(30, 'TRADE_STATE_WARNING_L2'),
  ];

  test('its states follow each other without a gap, and the last one lasts', () => {
    expect(stateBands(events, trade)).toEqual([
      { state: 'TRADE_STATE_HEALTHY', from: START, to: START + 5 * MINUTE, heard: true },
      { state: 'TRADE_STATE_WARNING_L1', from: START + 5 * MINUTE, to: START + 30 * MINUTE, heard: true },
      { state: 'TRADE_STATE_WARNING_L2', from: START + 30 * MINUTE, to: undefined, heard: true },
    ]);
  });

  test('the state before the first change that the log has is where that change began', () => {
    const change = changed(30, 'TRADE_STATE_HEDGED', { from: 'TRADE_STATE_WARNING_L2' });
    expect(stateBands([stepped(9, 'ACTION_STATUS_DONE'), change], trade)).toEqual([
      { state: 'TRADE_STATE_WARNING_L2', from: START - MINUTE, to: START + 30 * MINUTE, heard: false },
      { state: 'TRADE_STATE_HEDGED', from: START + 30 * MINUTE, to: undefined, heard: true },
    ]);
  });

  test('without a change in the log its state is the one it has', () => {
    expect(stateBands([stepped(9, 'ACTION_STATUS_DONE')], trade)).toEqual([
      { state: 'TRADE_STATE_WARNING_L2', from: START + 30 * MINUTE, to: undefined, heard: true },
    ]);
  });

  test('an action whose plan was compacted is told by the list, and by what is left of its events', () => {
    const done = action({
      actionId: 'old',
      status: 'ACTION_STATUS_DONE',
      begunAt: new Date(START).toISOString(),
      lease: { token: '1', bridgeId: 'mt5-2', endsAt: undefined },
      result: result(10009),
    });
    const list = [listed(done, 2), listed(action({ status: 'ACTION_STATUS_DONE' }), 10)];
    const all = actionStories(events, list);
    expect(all.map((story) => [story.action.actionId, story.whole])).toEqual([
      ['old', false],
      ['a1', true],
    ]);
    expect(all[0]?.steps.map(({ status, by }) => [status, by])).toEqual([
      ['ACTION_STATUS_EXECUTING', 'mt5-2'],
      ['ACTION_STATUS_DONE', 'mt5-2'],
    ]);
    const rest = actionStories(events.slice(4), list.slice(1));
    expect(rest.map(({ whole, steps }) => [whole, steps.map(({ status }) => status)])).toEqual([
      [false, ['ACTION_STATUS_DONE']],
    ]);
    const overtaken = changed(40, 'TRADE_STATE_CLOSED', { withdrawnActionIds: ['a1'] });
    expect(actionStories([overtaken], [listed(action(), 10)])[0]?.withdrawn).toBe(true);
  });

  test('the later of list and events says how an action stands', () => {
    const late = [listed(action({ status: 'ACTION_STATUS_IN_DOUBT' }), 99)];
    expect(actionStories(events, late)[0]?.action.status).toBe('ACTION_STATUS_IN_DOUBT');
    const early = [listed(action({ status: 'ACTION_STATUS_LEASED' }), 7)];
    expect(actionStories(events, early)[0]?.action.status).toBe('ACTION_STATUS_DONE');
  });

  test('an action from its plan to its report, with the time each step took', () => {
    const [story] = actionStories(events, []);
    expect(story?.steps.map(({ status, delay, by }) => [status, delay, by])).toEqual([
      ['ACTION_STATUS_PENDING', undefined, 'dtms'],
      ['ACTION_STATUS_LEASED', MINUTE, 'mt5-1'],
      ['ACTION_STATUS_EXECUTING', MINUTE, 'mt5-1'],
      ['ACTION_STATUS_DONE', 2 * MINUTE, 'mt5-1'],
    ]);
    expect(story?.withdrawn).toBe(false);
    expect(actionStories(events, [])).toHaveLength(1);
  });

  test('what was overtaken says so', () => {
    const [story] = actionStories(
      [...events.slice(0, 2), changed(8, 'TRADE_STATE_CLOSED', { withdrawnActionIds: ['a1'] })],
      [],
    );
    expect(story?.withdrawn).toBe(true);
    expect(story?.steps.at(-1)).toMatchObject({ status: 'ACTION_STATUS_EXPIRED', delay: 3 * MINUTE });
  });

  test('a report that comes late is told, and changes no status', () => {
    const doubtful = stepped(9, 'ACTION_STATUS_IN_DOUBT');
    const [story] = actionStories(
      [...events.slice(0, 4), doubtful, stepped(11, 'ACTION_STATUS_DONE', 95, true)],
      [],
    );
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
