// Every row of the state table: the condition that takes it, the edge at which it does not, and what it
// plans. The table of the specification is written out here on its own.

import { describe, expect, it } from 'vitest';
import { NO_UPDATE } from '../../../../src/domain/actions/broker-update.js';
import { closeTrade, updateTrade } from '../../../../src/domain/changes/commands.js';
import { step } from '../../../../src/domain/changes/step.js';
import type { StructureEvent } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Evaluation } from '../../../../src/domain/signals/signal.js';
import type { Action, ActionStatus } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import { STATES, type State, type TransitionCause } from '../../../../src/domain/trade/state.js';
import {
  assertLegal,
  directionContextOf,
  rowTold,
  STATE_TABLE,
} from '../../../../src/domain/trade/state-machine.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf } from '../../../support/actions.js';
import { ScriptedFacts, scored } from '../../../support/facts.js';
import { MINUTE, referenceOf, T0, tradeOf, transitionOf } from '../../../support/trades.js';

const NOW = T0 + 30 * MINUTE;
const HEDGE = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: 101 };

function structure(
  kind: StructureEvent['kind'],
  direction: StructureEvent['direction'],
  at = NOW,
): StructureEvent {
  return { kind, direction, at, level: 100 };
}

/** What one evaluation of a BUY in this context does. */
function evaluated(
  state: State,
  given: {
    score?: number | null;
    flip?: boolean;
    event?: StructureEvent | null;
    trade?: Partial<Trade>;
    limit?: 'all' | 'worsening';
    swingLow?: number;
  },
) {
  const { score = null, flip = false, event = null, trade = {}, limit = 'all', swingLow = 95 } = given;
  const facts = new ScriptedFacts({ asOf: NOW, bid: 104, structureEvent: event, swingLow });
  const evaluation: Evaluation = { ...scored(score, NOW), vwapVolumeFlipAgainst: flip };
  const context = directionContextOf(facts, 'BUY', evaluation, { at: NOW, clock: NOW });
  return step(tradeOf({ state, ...trade }), context, limit, DEFAULT_RULES, referenceOf());
}

interface Case {
  readonly name: string;
  readonly from: State;
  readonly given: Parameters<typeof evaluated>[1];
  readonly to: State;
  readonly cause: TransitionCause;
  readonly plans: readonly ActionType[];
  readonly flat?: number | null;
  readonly recovery?: number | null;
}

const FLAT = NOW + 75 * MINUTE;
const RECOVERY = NOW + 30 * MINUTE;

const CASES: readonly Case[] = [
  {
    name: 'a score of -2',
    from: 'HEALTHY',
    given: { score: -2 },
    to: 'WARNING_L1',
    cause: 'SCORE',
    plans: ['TIGHTEN_SL'],
    flat: FLAT,
  },
  {
    name: 'a break of structure with the trade',
    from: 'HEALTHY',
    given: { score: 1, event: structure('BOS', 'UP') },
    to: 'HEALTHY',
    cause: 'BREAK_OF_STRUCTURE',
    plans: ['TRAIL_SL'],
  },
  {
    name: 'a score of 0',
    from: 'WARNING_L1',
    given: { score: 0, trade: { flatTimerEndsAt: FLAT } },
    to: 'HEALTHY',
    cause: 'SCORE',
    plans: [],
    flat: null,
  },
  {
    name: 'a score of -4',
    from: 'WARNING_L1',
    given: { score: -4, trade: { flatTimerEndsAt: FLAT } },
    to: 'WARNING_L2',
    cause: 'SCORE',
    plans: ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'],
    flat: FLAT,
  },
  {
    name: 'the flat timer ends below 0',
    from: 'WARNING_L1',
    given: { score: -0.5, trade: { flatTimerEndsAt: NOW } },
    to: 'WARNING_L2',
    cause: 'FLAT_TIMER',
    plans: ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'],
    flat: null,
  },
  {
    name: 'a score of -2',
    from: 'WARNING_L2',
    given: { score: -2 },
    to: 'WARNING_L1',
    cause: 'SCORE',
    plans: [],
    flat: FLAT,
  },
  {
    name: 'a score of -6',
    from: 'WARNING_L2',
    given: { score: -6 },
    to: 'HEDGED',
    cause: 'SCORE',
    plans: ['OPEN_HEDGE'],
    flat: FLAT,
  },
  {
    name: 'VWAP and volume flip against',
    from: 'WARNING_L2',
    given: { score: -3, flip: true },
    to: 'HEDGED',
    cause: 'VWAP_VOLUME_FLIP',
    plans: ['OPEN_HEDGE'],
    flat: FLAT,
  },
  {
    name: 'a break of structure with the trade',
    from: 'HEDGED',
    given: { score: -7, event: structure('BOS', 'UP'), trade: { hedge: HEDGE, flatTimerEndsAt: FLAT } },
    to: 'RECOVERING',
    cause: 'BREAK_OF_STRUCTURE',
    plans: ['CLOSE_HEDGE'],
    flat: null,
    recovery: RECOVERY,
  },
  {
    name: 'a turn of the trend with the trade',
    from: 'HEDGED',
    given: { score: -7, event: structure('CHOCH', 'UP'), trade: { hedge: HEDGE, flatTimerEndsAt: FLAT } },
    to: 'RECOVERING',
    cause: 'BREAK_OF_STRUCTURE',
    plans: ['CLOSE_HEDGE'],
    flat: null,
    recovery: RECOVERY,
  },
  {
    name: 'the flat timer ends',
    from: 'HEDGED',
    given: { score: 3, trade: { flatTimerEndsAt: NOW } },
    to: 'CLOSED',
    cause: 'FLAT_TIMER',
    plans: ['CLOSE_ALL'],
  },
  {
    name: 'a change of character against',
    from: 'HEDGED',
    given: { event: structure('CHOCH', 'DOWN'), trade: { flatTimerEndsAt: FLAT } },
    to: 'CLOSED',
    cause: 'CHANGE_OF_CHARACTER',
    plans: ['CLOSE_ALL'],
  },
  {
    name: 'a score of +1 before the timer ends',
    from: 'RECOVERING',
    given: { score: 1, trade: { recoveryTimerEndsAt: RECOVERY, closedVolume: 0.5 } },
    to: 'HEALTHY',
    cause: 'SCORE',
    plans: ['RE_ADD'],
  },
  {
    name: 'a score of +1 at the end of the timer',
    from: 'RECOVERING',
    given: { score: 1, trade: { recoveryTimerEndsAt: NOW, closedVolume: 0.5 } },
    to: 'HEALTHY',
    cause: 'SCORE',
    plans: ['RE_ADD'],
  },
  {
    name: 'the timer ends below +1',
    from: 'RECOVERING',
    given: { score: 0.9, trade: { recoveryTimerEndsAt: NOW } },
    to: 'CLOSED',
    cause: 'RECOVERY_TIMER',
    plans: ['CLOSE_ALL'],
  },
  {
    name: 'the timer ends and no signal is available',
    from: 'RECOVERING',
    given: { score: null, trade: { recoveryTimerEndsAt: NOW } },
    to: 'CLOSED',
    cause: 'RECOVERY_TIMER',
    plans: ['CLOSE_ALL'],
  },
  {
    name: 'a change of character against',
    from: 'RECOVERING',
    given: { score: 0, event: structure('CHOCH', 'DOWN'), trade: { recoveryTimerEndsAt: RECOVERY } },
    to: 'CLOSED',
    cause: 'CHANGE_OF_CHARACTER',
    plans: ['CLOSE_ALL'],
  },
];

describe('rows an evaluation takes', () => {
  it.each(CASES)(
    '$from > $to on $name',
    ({ from, given, to, cause, plans, flat = null, recovery = null }) => {
      const event = evaluated(from, given);
      const change = transitionOf(event);
      expect([change.from, change.to, change.cause]).toEqual([from, to, cause]);
      expect(change.planned.map(({ type }) => type)).toEqual(plans);
      expect(change.suppressed).toEqual([]);
      expect(event?.trade).toMatchObject({
        state: to,
        flatTimerEndsAt: flat,
        recoveryTimerEndsAt: recovery,
        version: 2,
        actions: change.planned,
        closeReason: to === 'CLOSED' ? 'DEFENSIVE' : null,
        closedAt: to === 'CLOSED' ? NOW : null,
      });
    },
  );

  const STAYS: readonly (readonly [string, State, Parameters<typeof evaluated>[1]])[] = [
    ['HEALTHY just above -2', 'HEALTHY', { score: -1.99 }],
    ['HEALTHY without any signal', 'HEALTHY', { score: null }],
    ['HEALTHY on a break against it', 'HEALTHY', { score: 0, event: structure('BOS', 'DOWN') }],
    ['HEALTHY on a change of character', 'HEALTHY', { score: 0, event: structure('CHOCH', 'UP') }],
    ['HEALTHY on an old break', 'HEALTHY', { score: 0, event: structure('BOS', 'UP', T0) }],
    ['WARNING_L1 between its thresholds', 'WARNING_L1', { score: -3.9, trade: { flatTimerEndsAt: FLAT } }],
    [
      'WARNING_L1 at its timer without a signal',
      'WARNING_L1',
      { score: null, trade: { flatTimerEndsAt: NOW } },
    ],
    ['WARNING_L2 between its thresholds', 'WARNING_L2', { score: -5.9 }],
    ['WARNING_L2 at the end of a timer', 'WARNING_L2', { score: -3, trade: { flatTimerEndsAt: NOW } }],
    ['HEDGED whatever the score', 'HEDGED', { score: 9, trade: { flatTimerEndsAt: FLAT } }],
    [
      'HEDGED on a break against it',
      'HEDGED',
      { event: structure('BOS', 'DOWN'), trade: { flatTimerEndsAt: FLAT } },
    ],
    [
      'RECOVERING on a turn with it',
      'RECOVERING',
      { score: 0, event: structure('CHOCH', 'UP'), trade: { recoveryTimerEndsAt: RECOVERY } },
    ],
    ['RECOVERING below +1', 'RECOVERING', { score: 0.99, trade: { recoveryTimerEndsAt: RECOVERY } }],
    ['CLOSED whatever happens', 'CLOSED', { score: -9, flip: true, event: structure('CHOCH', 'DOWN') }],
  ];
  it.each(STAYS)('stays %s', (_name, state, given) => {
    expect(evaluated(state, given)).toBeNull();
  });

  it('takes one level an evaluation, however bad the score', () => {
    expect(transitionOf(evaluated('HEALTHY', { score: -9, flip: true })).to).toBe('WARNING_L1');
    expect(transitionOf(evaluated('WARNING_L1', { score: -9, flip: true })).to).toBe('WARNING_L2');
    expect(transitionOf(evaluated('WARNING_L2', { score: -9, flip: true })).to).toBe('HEDGED');
  });

  it('takes only rows that worsen the state within a cooldown', () => {
    const limit = 'worsening';
    expect(evaluated('WARNING_L1', { score: 2, limit })).toBeNull();
    expect(evaluated('WARNING_L2', { score: 2, limit })).toBeNull();
    expect(evaluated('HEALTHY', { score: 2, event: structure('BOS', 'UP'), limit })).toBeNull();
    expect(evaluated('HEDGED', { event: structure('BOS', 'UP'), limit })).toBeNull();
    expect(evaluated('RECOVERING', { score: 2, limit })).toBeNull();
    expect(transitionOf(evaluated('HEALTHY', { score: -2, limit })).to).toBe('WARNING_L1');
    expect(transitionOf(evaluated('WARNING_L2', { score: -6, limit })).to).toBe('HEDGED');
    expect(transitionOf(evaluated('HEDGED', { event: structure('CHOCH', 'DOWN'), limit })).to).toBe('CLOSED');
  });

  it('lets one structure event act once', () => {
    const event = structure('BOS', 'UP', NOW - MINUTE);
    const first = evaluated('HEALTHY', { score: 1, event });
    expect(transitionOf(first).to).toBe('HEALTHY');
    expect(first?.trade.stateEnteredAt).toBe(T0);
    const facts = new ScriptedFacts({ asOf: NOW + MINUTE, structureEvent: event });
    const again = directionContextOf(facts, 'BUY', scored(1), {
      at: NOW + MINUTE,
      clock: NOW + MINUTE,
    });
    const trade = first?.trade ?? tradeOf();
    expect(step(trade, again, 'all', DEFAULT_RULES, referenceOf())).toBeNull();
  });

  it('does not undo an entry into HEDGED by a break from before it', () => {
    const trade = { structureSeenAt: NOW - MINUTE, flatTimerEndsAt: FLAT };
    expect(evaluated('HEDGED', { event: structure('BOS', 'UP', NOW - MINUTE), trade })).toBeNull();
  });
});

describe('rows a report or a command takes', () => {
  const facts = new ScriptedFacts({ asOf: NOW, bid: 98 });
  const context = { facts, rules: DEFAULT_RULES, reference: referenceOf() };

  it('HEDGED > WARNING_L2 when the hedge leg is gone at the broker', () => {
    const trade = tradeOf({ state: 'HEDGED', hedge: HEDGE, flatTimerEndsAt: NOW + MINUTE });
    const events = updateTrade(trade, { ...NO_UPDATE, hedge: 'gone' }, NOW, context);
    expect(events.map(({ change }) => change.kind)).toEqual(['updated', 'stateChanged']);
    const change = transitionOf(events[1]);
    expect([change.from, change.to, change.cause, change.planned]).toEqual([
      'HEDGED',
      'WARNING_L2',
      'HEDGE_GONE',
      [],
    ]);
    expect(events[1]?.trade).toMatchObject({ hedge: null, flatTimerEndsAt: FLAT, version: 3 });
  });

  const ENDINGS = [
    ['STOP_LOSS', 'BROKER_CLOSED'],
    ['TAKE_PROFIT', 'BROKER_CLOSED'],
    ['BROKER_GONE', 'BROKER_CLOSED'],
    ['REQUESTED', 'REQUESTED'],
    ['EXPIRED', 'REQUESTED'],
  ] as const;
  for (const from of STATES.filter((state) => state !== 'CLOSED')) {
    it.each(ENDINGS)(`${from} > CLOSED for %s`, (reason, cause) => {
      const close = { reason, price: 97 };
      const event = closeTrade(tradeOf({ state: from }), close, NOW, context);
      expect(transitionOf(event)).toMatchObject({ from, to: 'CLOSED', cause, planned: [], suppressed: [] });
      expect(event.trade).toMatchObject({ closeReason: reason, closePrice: 97, closedAt: NOW });
    });
  }

  it.each([
    ['open', { hedge: HEDGE, actions: [] }],
    ['being opened', { hedge: null, actions: [opening('EXECUTING')] }],
    ['perhaps opened', { hedge: null, actions: [opening('IN_DOUBT')] }],
  ])('closing a trade closes a hedge that is %s', (_name, held) => {
    const trade = tradeOf({ state: 'HEDGED', ...held });
    const close = { reason: 'STOP_LOSS', price: 97 } as const;
    const event = closeTrade(trade, close, NOW, context);
    expect(transitionOf(event).planned).toMatchObject([{ type: 'CLOSE_HEDGE', volume: 1, reduceOnly: true }]);
    expect(event.trade.actions).toEqual([...held.actions, ...transitionOf(event).planned]);
  });

  it.each(['PENDING', 'LEASED'] as const)('closing a trade takes back a hedge that is %s', (status) => {
    const trade = tradeOf({ state: 'HEDGED', actions: [opening(status)] });
    const event = closeTrade(trade, { reason: 'STOP_LOSS', price: 97 }, NOW, context);
    expect(transitionOf(event)).toMatchObject({
      planned: [],
      withdrawn: [{ type: 'OPEN_HEDGE', status: 'EXPIRED', reason: 'the trade is closed' }],
    });
    expect(event.trade.actions).toEqual([]);
  });
});

function opening(status: ActionStatus): Action {
  return actionOf('OPEN_HEDGE', { status, stopLoss: 101, volume: 1, reduceOnly: false });
}

describe('the table', () => {
  const LEGAL = [
    'HEALTHY>WARNING_L1',
    'HEALTHY>HEALTHY',
    'WARNING_L1>HEALTHY',
    'WARNING_L1>WARNING_L2',
    'WARNING_L2>WARNING_L1',
    'WARNING_L2>HEDGED',
    'HEDGED>RECOVERING',
    'HEDGED>CLOSED',
    'HEDGED>WARNING_L2',
    'RECOVERING>HEALTHY',
    'RECOVERING>CLOSED',
    'HEALTHY>CLOSED',
    'WARNING_L1>CLOSED',
    'WARNING_L2>CLOSED',
  ];

  it('has exactly the transitions of the specification', () => {
    expect([...new Set(STATE_TABLE.map(({ from, to }) => `${from}>${to}`))].sort()).toEqual(
      [...LEGAL].sort(),
    );
  });

  it('refuses every other transition', () => {
    for (const from of STATES) {
      for (const to of STATES) {
        const legal = LEGAL.includes(`${from}>${to}`);
        if (legal) expect(() => assertLegal(from, to)).not.toThrow();
        else expect(() => assertLegal(from, to)).toThrow(`illegal transition ${from} > ${to}`);
      }
    }
    expect(() => rowTold('CLOSED', 'CLOSED')).toThrow('illegal transition');
    expect(() => rowTold('HEALTHY', 'WARNING_L2')).toThrow('illegal transition');
  });

  it('has a case above for every row an evaluation takes', () => {
    const decided = STATE_TABLE.filter(({ when }) => when.length > 0).map(({ from, to }) => `${from}>${to}`);
    const covered = new Set(CASES.map(({ from, to }) => `${from}>${to}`));
    expect(decided.filter((row) => !covered.has(row))).toEqual([]);
  });
});
