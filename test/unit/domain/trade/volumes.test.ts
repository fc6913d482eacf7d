// What is traded: partial closes, hedges, closing everything and opening again.

import { describe, expect, it } from 'vitest';
import { planActions } from '../../../../src/domain/actions/planning.js';
import type { Instrument } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Action, ActionStatus } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf } from '../../../support/actions.js';
import { ScriptedFacts } from '../../../support/facts.js';
import { MINUTE, referenceOf, rulesWith, T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 60 * MINUTE;

interface Given {
  readonly facts?: ConstructorParameters<typeof ScriptedFacts>[0];
  readonly trade?: Partial<Trade>;
  readonly spec?: Parameters<typeof tradeOf>[1];
  readonly terms?: Partial<Instrument>;
  readonly account?: { marginMode?: 'hedging' | 'netting'; fifo?: boolean; mode?: 'observe' };
  readonly actions?: Parameters<typeof rulesWith>[0];
}

function plan(types: readonly ActionType[], { facts, trade, spec, terms, account, actions }: Given = {}) {
  return planActions(
    types,
    tradeOf(trade, spec),
    'WARNING_L2',
    new ScriptedFacts(facts),
    NOW,
    actions === undefined ? DEFAULT_RULES : rulesWith(actions),
    referenceOf({ ...(terms && { terms }), ...(account && { account }) }),
  );
}

const brief = ({ planned, suppressed }: ReturnType<typeof plan>) => [
  ...planned.map(({ type, volume }) => `${type} ${volume}`),
  ...suppressed.map(({ type, reason }) => `${type} ${reason}`),
];

function open(type: ActionType, volume: number, status: ActionStatus = 'PENDING'): Action {
  return actionOf(type, { volume, status });
}

const HEDGE = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: 101 };

describe('partial_close', () => {
  it('closes half, floored to the step, reduce-only, with a deterministic id', () => {
    expect(plan(['PARTIAL_CLOSE'], { trade: { volume: 0.07, version: 4 } }).planned).toEqual([
      {
        actionId: 'demo:1:5:PARTIAL_CLOSE',
        type: 'PARTIAL_CLOSE',
        plannedAt: NOW,
        stopLoss: null,
        volume: 0.03,
        reduceOnly: true,
        note: 'close 0.03 of 0.07',
        plannedIn: 'WARNING_L2',
        status: 'PENDING',
        attempts: 0,
        notBefore: null,
        lease: null,
        begunAt: null,
        begunBy: '',
        settleBy: null,
        result: null,
        reason: '',
        hold: null,
        orderedBy: '',
        rule: '',
        leaves: 0.04,
        waitsSince: null,
      },
    ]);
  });

  it('is skipped when a part would fall below the minimum', () => {
    expect(brief(plan(['PARTIAL_CLOSE'], { trade: { volume: 0.01 } }))).toEqual([
      'PARTIAL_CLOSE BELOW_MINIMUM_VOLUME',
    ]);
    const rest = { trade: { volume: 0.25 }, terms: { volumeMin: 0.1 }, actions: { partialClose: 0.7 } };
    expect(brief(plan(['PARTIAL_CLOSE'], rest))).toEqual(['PARTIAL_CLOSE BELOW_MINIMUM_VOLUME']);
  });

  it('closes everything instead where that is the policy', () => {
    const given = { trade: { volume: 0.01 }, actions: { partialCloseBelowMinimum: 'close_all' as const } };
    expect(brief(plan(['PARTIAL_CLOSE'], given))).toEqual([
      'CLOSE_ALL 0.01',
      'PARTIAL_CLOSE BELOW_MINIMUM_VOLUME',
    ]);
  });

  it('counts the volume open closes promise', () => {
    const given = { trade: { actions: [open('PARTIAL_CLOSE', 0.5)] } };
    expect(brief(plan(['PARTIAL_CLOSE'], given))).toEqual(['PARTIAL_CLOSE 0.25']);
    const aimed = { ...open('PARTIAL_CLOSE', 0.5), leaves: 0.5 };
    expect(brief(plan(['PARTIAL_CLOSE'], { trade: { volume: 0.6, actions: [aimed] } }))).toEqual([
      'PARTIAL_CLOSE 0.25',
    ]);
    const all = { trade: { actions: [open('CLOSE_ALL', 1)] } };
    expect(brief(plan(['PARTIAL_CLOSE'], all))).toEqual(['PARTIAL_CLOSE NOTHING_TO_DO']);
  });
});

describe('open_hedge', () => {
  it('takes the current volume by default, a share of it by rule', () => {
    expect(plan(['OPEN_HEDGE'], { trade: { volume: 0.5 } }).planned).toMatchObject([
      { type: 'OPEN_HEDGE', volume: 0.5, reduceOnly: false, stopLoss: expect.any(Number) },
    ]);
    expect(brief(plan(['OPEN_HEDGE'], { actions: { hedgeRatio: 0.5 } }))).toEqual(['OPEN_HEDGE 0.5']);
  });

  it.each([
    ['nets positions', { marginMode: 'netting' }],
    ['closes first in, first out', { fifo: true }],
  ] as const)('becomes a partial close on an account that %s', (why, account) => {
    const made = plan(['OPEN_HEDGE'], { account });
    expect(brief(made)).toEqual(['PARTIAL_CLOSE 0.5', 'OPEN_HEDGE ACCOUNT_RULES']);
    expect(made.suppressed[0]?.note).toContain(why);
  });

  it('keeps an open hedge that was about to be closed', () => {
    const made = plan(['OPEN_HEDGE'], { trade: { hedge: HEDGE, actions: [open('CLOSE_HEDGE', 1)] } });
    expect(brief(made)).toEqual(['OPEN_HEDGE NO_CHANGE']);
    expect(made.actions).toEqual([]);
  });

  it('is planned once', () => {
    expect(brief(plan(['OPEN_HEDGE'], { trade: { actions: [open('OPEN_HEDGE', 1)] } }))).toEqual([
      'OPEN_HEDGE COALESCED',
    ]);
  });

  it('is left out below the minimum volume and capped at the maximum', () => {
    expect(brief(plan(['OPEN_HEDGE'], { terms: { volumeMin: 2 } }))).toEqual([
      'OPEN_HEDGE BELOW_MINIMUM_VOLUME',
    ]);
    expect(brief(plan(['OPEN_HEDGE'], { trade: { volume: 150 } }))).toEqual(['OPEN_HEDGE 100']);
  });
});

describe('close_hedge', () => {
  it('closes the hedge there is', () => {
    expect(brief(plan(['CLOSE_HEDGE'], { trade: { hedge: HEDGE } }))).toEqual(['CLOSE_HEDGE 1']);
  });

  it.each(['PENDING', 'LEASED'] as const)('only withdraws an opening that is %s', (status) => {
    const made = plan(['CLOSE_HEDGE'], { trade: { actions: [open('OPEN_HEDGE', 0.8, status)] } });
    expect(brief(made)).toEqual(['CLOSE_HEDGE NOTHING_TO_DO']);
    expect(made.actions).toEqual([]);
    expect(made.withdrawn).toMatchObject([{ type: 'OPEN_HEDGE', status: 'EXPIRED' }]);
  });

  it.each(['EXECUTING', 'IN_DOUBT'] as const)('follows an opening that is %s', (status) => {
    const made = plan(['CLOSE_HEDGE'], { trade: { actions: [open('OPEN_HEDGE', 0.8, status)] } });
    expect(brief(made)).toEqual(['CLOSE_HEDGE 0.8']);
    expect(made.actions.map(({ type }) => type)).toEqual(['OPEN_HEDGE', 'CLOSE_HEDGE']);
  });

  it('has nothing to do without one', () => {
    expect(brief(plan(['CLOSE_HEDGE']))).toEqual(['CLOSE_HEDGE NOTHING_TO_DO']);
  });

  it('is planned once', () => {
    const given = { trade: { hedge: HEDGE, actions: [open('CLOSE_HEDGE', 1)] } };
    expect(brief(plan(['CLOSE_HEDGE'], given))).toEqual(['CLOSE_HEDGE COALESCED']);
  });
});

describe('close_all', () => {
  it('replaces whatever no bridge has begun, and closes the hedge by an action of its own', () => {
    const given = {
      trade: { hedge: HEDGE, actions: [open('PARTIAL_CLOSE', 0.5), open('RE_ADD', 0.1)] },
    };
    const made = plan(['CLOSE_ALL'], given);
    expect(brief(made)).toEqual(['CLOSE_ALL 1', 'CLOSE_HEDGE 1']);
    expect(made.planned[0]).toMatchObject({ reduceOnly: true, note: 'close 1' });
    expect(made.actions).toEqual(made.planned);
    expect(made.withdrawn.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'PARTIAL_CLOSE EXPIRED',
      'RE_ADD EXPIRED',
    ]);
  });

  it('leaves what the broker may have been touched for', () => {
    const begun = open('PARTIAL_CLOSE', 0.5, 'EXECUTING');
    const made = plan(['CLOSE_ALL'], { trade: { actions: [begun] } });
    expect(made.actions).toEqual([begun, ...made.planned]);
  });

  it('is planned once', () => {
    const given = { trade: { actions: [open('CLOSE_ALL', 1)] } };
    expect(brief(plan(['CLOSE_ALL'], given))).toEqual(['CLOSE_ALL COALESCED']);
  });
});

describe('re_add', () => {
  it('opens half of what was closed, without what open re-adds promise', () => {
    expect(plan(['RE_ADD'], { trade: { closedVolume: 0.5 } }).planned).toMatchObject([
      { volume: 0.25, reduceOnly: false },
    ]);
    const given = { trade: { closedVolume: 0.5, actions: [open('RE_ADD', 0.25)] } };
    expect(brief(plan(['RE_ADD'], given))).toEqual(['RE_ADD 0.12']);
  });

  it('has nothing to do when nothing was closed', () => {
    expect(brief(plan(['RE_ADD']))).toEqual(['RE_ADD NOTHING_TO_DO']);
    expect(brief(plan(['RE_ADD'], { trade: { closedVolume: 0.01 } }))).toEqual([
      'RE_ADD BELOW_MINIMUM_VOLUME',
    ]);
  });

  it('is held back by a wide spread and stale data', () => {
    const trade = { closedVolume: 0.5 };
    expect(brief(plan(['RE_ADD'], { trade, facts: { stale: true } }))).toEqual(['RE_ADD STALE_DATA']);
    expect(brief(plan(['RE_ADD'], { trade, facts: { spread: 3, medianSpread: 1 } }))).toEqual([
      'RE_ADD SPREAD',
    ]);
  });
});

describe('a plan as a whole', () => {
  it('where the account is only observed decides everything and leaves nothing open', () => {
    const given: Given = { facts: { bid: 104 }, account: { mode: 'observe' } };
    const made = plan(['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'], given);
    expect(brief(made)).toEqual(['PARTIAL_CLOSE OBSERVE', 'MOVE_SL_BREAKEVEN OBSERVE']);
    expect(made.suppressed[0]?.note).toBe('only observing: close 0.5 of 1');
    expect([made.actions, made.stopChangedAt]).toEqual([[], null]);
  });

  it('holds a bounded number of open actions, the newest of a type', () => {
    const held = [0.1, 0.2, 0.05].map((volume) => open('PARTIAL_CLOSE', volume));
    const made = plan(['PARTIAL_CLOSE'], { trade: { actions: held }, actions: { maximumOpen: 3 } });
    expect(made.actions.map(({ volume }) => volume)).toEqual([0.2, 0.05, 0.32]);
    expect(made.withdrawn).toMatchObject([{ volume: 0.1, status: 'EXPIRED' }]);
  });
});
