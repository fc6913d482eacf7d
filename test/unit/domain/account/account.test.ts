// Accounts: their terms, their bridges, and what of a heartbeat counts.
import { describe, expect, test } from 'vitest';
import {
  type Account,
  emptyAccount,
  type Heartbeat,
  reportAccount,
  termsOf,
} from '../../../../src/domain/account/account.js';
import { bridgeObstacle, snapshotObstacle } from '../../../../src/domain/account/bridges.js';
import { isTag, tagOf } from '../../../../src/domain/broker/order-tag.js';
import { indexSnapshot } from '../../../../src/domain/broker/snapshot-index.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import { Accounts } from '../../../../src/engine/accounts.js';
import { snapshotOf } from '../../../support/broker-snapshots.js';
import { T0, tradeOf } from '../../../support/trades.js';

const BEAT: Heartbeat = {
  bridgeId: 'b1',
  kind: 'REAL',
  terminalAccount: 'demo',
  connected: true,
  tradeAllowed: true,
  equity: 10_000,
  balance: 9_000,
  operations: null,
  utcOffsetMinutes: 120,
  reportedAt: T0,
};

function reported(heartbeat: Partial<Heartbeat>, now = T0, from: Account = emptyAccount('demo')): Account {
  return reportAccount(from, { ...BEAT, ...heartbeat }, now, DEFAULT_RULES);
}

describe('a heartbeat', () => {
  test('tells the money of the account', () => {
    const account = reported({}, T0 + 5);
    expect(account.money).toEqual({
      equity: 10_000,
      balance: 9_000,
      at: T0,
      heardAt: T0 + 5,
      isProven: false,
    });
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

  test('whose money it is, is told by a connected terminal of the account, and a real one stays real', () => {
    expect(reported({ connected: false }).kind).toBeNull();
    expect(reported({ kind: 'PAPER' }).kind).toBe('PAPER');
    expect(reported({}, T0 + 1, reported({ kind: 'PAPER' })).kind).toBe('REAL');
    const elsewhere = { kind: 'PAPER', bridgeId: 'b2' } as const;
    for (const more of [{}, { connected: false }, { terminalAccount: 'other' }, { bridgeId: 'b1' }]) {
      const before = reported({});
      const after = reported({ ...elsewhere, equity: 50_000, ...more }, T0 + 1, before);
      expect([after.kind, after.money]).toEqual(['REAL', before.money]);
    }
  });

  test('of a paper bridge beside a real account gets no work, and its snapshots say nothing', () => {
    const account = reported({ kind: 'PAPER', bridgeId: 'b2' }, T0 + 1, reported({}));
    for (const obstacle of [bridgeObstacle, snapshotObstacle]) {
      expect(obstacle(account, 'b2', T0 + 1, DEFAULT_RULES)).toContain('it is a paper bridge');
      expect(obstacle(account, 'b1', T0 + 1, DEFAULT_RULES)).toBe('');
    }
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

test('only a terminal that has just said it is logged in to this very account tells what is open in it', () => {
  const obstacle = (account: Account, now = T0) => snapshotObstacle(account, 'b1', now, DEFAULT_RULES);
  expect(obstacle(reported({}))).toBe('');
  expect(obstacle(reported({ terminalAccount: 'other' }))).toContain('other');
  expect(obstacle(reported({ connected: false }))).toContain('not connected');
  expect(obstacle(reported({ tradeAllowed: false }))).toBe('');
  expect(obstacle(emptyAccount('demo'))).toContain('not reported');
  expect(obstacle(reported({}), T0 + 31_000)).toContain('31 s old');
});

describe('terms', () => {
  const rules: Rules = { ...DEFAULT_RULES, accounts: { us: { marginMode: 'netting', fifo: true } } };

  test('as told, else as configured, else hedging', () => {
    expect(termsOf(emptyAccount('demo'), rules)).toEqual({
      marginMode: 'hedging',
      fifo: false,
      hedgeAddsMargin: true,
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
    accounts.upsert('demo', { marginMode: 'netting', fifo: false, hedgeAddsMargin: false }, []);
    accounts.report('demo', BEAT, T0);
    expect(accounts.drain().map(({ account }) => account)).toEqual(['demo']);
    expect(accounts.drain()).toEqual([]);
  });

  test('count stops of closed trades and limit the account', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    const stopped = tradeOf({ state: 'CLOSED', closeReason: 'STOP_LOSS', closePrice: 90 });
    for (let i = 0; i < 3; i += 1) accounts.noteClosed(stopped);
    expect(accounts.rulesOf('demo')).toMatchObject({ marginMode: 'hedging', tradingState: 'REDUCING' });
    accounts.tick(T0 + 3_600_000);
    expect(accounts.rulesOf('demo').tradingState).toBe('ACTIVE');
    expect(accounts.rulesOf('other').tradingState).toBe('ACTIVE');
  });

  test('a profit taken otherwise ends the streak, on the side the trade is on', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    const close = (direction: 'BUY' | 'SELL', closeReason: 'STOP_LOSS' | 'REQUESTED', closePrice: number) =>
      accounts.noteClosed(tradeOf({ state: 'CLOSED', closeReason, closePrice }, { direction }));
    close('BUY', 'STOP_LOSS', 90);
    close('BUY', 'STOP_LOSS', 90);
    close('SELL', 'REQUESTED', 110);
    expect(accounts.get('demo')?.stopStreak).toBe(2);
    close('SELL', 'REQUESTED', 95);
    expect(accounts.get('demo')?.stopStreak).toBe(0);
  });

  test('know when a snapshot arrived, and when a complete one did', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    accounts.reconciled('demo', indexSnapshot(snapshotOf([])), T0);
    accounts.reconciled('demo', indexSnapshot(snapshotOf([], { complete: false })), T0 + 1);
    expect(accounts.get('demo')).toMatchObject({ snapshotAt: T0 + 1, reconciledAt: T0 });
  });

  test('know the number of the last snapshot of each bridge', () => {
    const accounts = new Accounts(DEFAULT_RULES);
    accounts.numbered('demo', 'b1', 7n);
    accounts.numbered('demo', 'b1', 0n);
    expect([accounts.sequenceOf('demo', 'b1'), accounts.sequenceOf('demo', 'b2')]).toEqual([7n, 0n]);
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
