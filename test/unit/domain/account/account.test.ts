// Accounts: their terms, their bridges, and what of a heartbeat counts.
import { describe, expect, test } from 'vitest';
import {
  type Account,
  bridgeObstacle,
  brokerTime,
  emptyAccount,
  type Heartbeat,
  reportAccount,
  snapshotObstacle,
  termsOf,
} from '../../../../src/domain/account.js';
import { isTag, tagOf } from '../../../../src/domain/action-tag.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import { Accounts } from '../../../../src/engine/accounts.js';
import { T0, tradeOf } from '../../../support/trades.js';

const BEAT: Heartbeat = {
  bridgeId: 'b1',
  terminalAccount: 'demo',
  connected: true,
  tradeAllowed: true,
  equity: 10_000,
  balance: 9_000,
  utcOffsetMinutes: 120,
  reportedAt: T0,
};

function reported(heartbeat: Partial<Heartbeat>, now = T0, from: Account = emptyAccount('demo')): Account {
  return reportAccount(from, { ...BEAT, ...heartbeat }, now, DEFAULT_RULES);
}

describe('a heartbeat', () => {
  test('tells the money of the account', () => {
    const account = reported({}, T0 + 5);
    expect(account.money).toEqual({ equity: 10_000, balance: 9_000, at: T0, heardAt: T0 + 5 });
    expect(brokerTime(account, T0 + 1005)).toBe(T0 + 1000);
  });

  test.each<[string, Partial<Heartbeat>]>([
    ['logged in to another account', { terminalAccount: 'other', equity: 100 }],
    ['not connected', { connected: false, equity: 0 }],
  ])('of a terminal that is %s says nothing of the money', (_what, heartbeat) => {
    const before = reported({});
    const account = reported({ ...heartbeat, bridgeId: 'b2' }, T0 + 1, before);
    expect(account.money).toEqual(before.money);
    expect(account.rails).toEqual([]);
    expect(Object.keys(account.bridges).sort()).toEqual(['b1', 'b2']);
  });

  test("a broker's clock that was hours ahead for a moment does not blind the rails", () => {
    const ahead = reported({ reportedAt: T0 + 3 * 3_600_000 });
    const account = reported({ equity: 9_700 }, T0 + 1000, ahead);
    expect(account.money?.equity).toBe(9_700);
    expect(account.rails).not.toEqual([]);
  });
});

describe('a bridge gets work', () => {
  const obstacle = (account: Account, now: number) => bridgeObstacle(account, 'b1', now, DEFAULT_RULES);

  test('when it reported the account within 30 s of database time', () => {
    expect(obstacle(emptyAccount('demo'), T0)).toBe('it has not reported the account');
    expect(obstacle(reported({}), T0 + 30_000)).toBe('');
    expect(obstacle(reported({}), T0 + 30_001)).toBe('its last heartbeat is 30 s old');
  });

  test.each<[Partial<Heartbeat>, string]>([
    [{ terminalAccount: 'other' }, 'its terminal is logged in to account other'],
    [{ connected: false }, 'its terminal is not connected to the broker'],
    [{ tradeAllowed: false }, 'trading is not allowed'],
  ])('not with %o', (heartbeat, expected) => {
    expect(obstacle(reported(heartbeat), T0)).toBe(expected);
  });

  test('a name that every object has is no bridge', () => {
    expect(bridgeObstacle(reported({}), 'constructor', T0, DEFAULT_RULES)).not.toBe('');
  });

  test('bridges of the last day are remembered, and not more than a few', () => {
    let account = reported({ bridgeId: 'old' });
    account = reported({ bridgeId: 'new' }, T0 + 25 * 3_600_000, account);
    expect(Object.keys(account.bridges)).toEqual(['new']);
    for (let i = 0; i < 100; i += 1) account = reported({ bridgeId: `b${i}` }, T0 + i, account);
    expect(Object.keys(account.bridges)).toHaveLength(32);
    expect(account.bridges.b99).toBeDefined();
  });
});

test('what a terminal of another account finds says nothing of this one', () => {
  expect(snapshotObstacle(reported({}), 'b1')).toBe('');
  expect(snapshotObstacle(reported({ terminalAccount: 'other' }), 'b1')).toContain('other');
  expect(snapshotObstacle(reported({ connected: false }), 'b1')).toContain('not connected');
  expect(snapshotObstacle(reported({ tradeAllowed: false }), 'b1')).toBe('');
  expect(snapshotObstacle(emptyAccount('demo'), 'b1')).toBe('');
});

describe('terms', () => {
  const rules: Rules = { ...DEFAULT_RULES, accounts: { us: { marginMode: 'netting', fifo: true } } };

  test('as told, else as configured, else hedging', () => {
    expect(termsOf(emptyAccount('demo'), rules)).toEqual({
      marginMode: 'hedging',
      fifo: false,
      hedgeAddsMargin: false,
    });
    expect(termsOf(emptyAccount('us'), rules)).toMatchObject({ marginMode: 'netting', fifo: true });
    const told = { marginMode: 'hedging', fifo: true, hedgeAddsMargin: true } as const;
    expect(termsOf({ ...emptyAccount('us'), terms: told }, rules)).toEqual(told);
  });
});

describe('the accounts of an engine', () => {
  test('hand out what changed, once; what was restored did not change', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    accounts.restore(reported({}));
    expect(accounts.drain()).toEqual([]);
    accounts.upsert('demo', { marginMode: 'netting', fifo: false, hedgeAddsMargin: false });
    accounts.report('demo', BEAT, T0);
    expect(accounts.drain().map(({ account }) => account)).toEqual(['demo']);
    expect(accounts.drain()).toEqual([]);
  });

  test('count stops of closed trades and limit the account', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    const stopped = tradeOf({ state: 'CLOSED', closeReason: 'STOP_LOSS', closePrice: 90 });
    for (let i = 0; i < 3; i += 1) accounts.noteClosed(stopped, T0);
    expect(accounts.rulesOf('demo', T0)).toMatchObject({ marginMode: 'hedging', tradingState: 'REDUCING' });
    expect(accounts.rulesOf('demo', T0 + 3_600_000).tradingState).toBe('ACTIVE');
    expect(accounts.rulesOf('other', T0).tradingState).toBe('ACTIVE');
  });

  test('a profit taken otherwise ends the streak, on the side the trade is on', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    const close = (direction: 'BUY' | 'SELL', closeReason: 'STOP_LOSS' | 'REQUESTED', closePrice: number) =>
      accounts.noteClosed(tradeOf({ state: 'CLOSED', closeReason, closePrice }, { direction }), T0);
    close('BUY', 'STOP_LOSS', 90);
    close('BUY', 'STOP_LOSS', 90);
    close('SELL', 'REQUESTED', 110);
    expect(accounts.get('demo')?.stopStreak).toBe(2);
    close('SELL', 'REQUESTED', 95);
    expect(accounts.get('demo')?.stopStreak).toBe(0);
  });

  test('a reconciliation that says nothing new is no change', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    accounts.reconciled('demo', { takenAt: T0, complete: true });
    accounts.drain();
    accounts.reconciled('demo', { takenAt: T0, complete: true });
    expect(accounts.drain()).toEqual([]);
    accounts.reconciled('demo', { takenAt: T0 + 1, complete: false });
    expect(accounts.get('demo')).toMatchObject({ snapshotAt: T0 + 1, reconciledAt: T0 });
  });
});

describe('a tag', () => {
  test('is 25 characters, within what brokers keep of a comment, and always the same', () => {
    const tag = tagOf('demo:42:7:TIGHTEN_SL');
    expect(tag).toMatch(/^dtms-[0-9a-f]{20}$/);
    expect(tagOf('demo:42:7:TIGHTEN_SL')).toBe(tag);
    expect(tagOf('demo:42:8:TIGHTEN_SL')).not.toBe(tag);
    expect(isTag(tag)).toBe(true);
  });

  test.each(['', 'dtms-', 'dtms-12345', '[sl 1.2345]', `${tagOf('a')}x`, `x${tagOf('a')}`])(
    'is not %j',
    (comment) => {
      expect(isTag(comment)).toBe(false);
    },
  );
});
