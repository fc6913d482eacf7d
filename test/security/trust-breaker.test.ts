// Mass effects stop and ask: what a crash that is real in time may do to an account before a person has looked.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MassEffect } from '../../gen/ts/dtms/v1/account_service.js';
import { type Action, ActionStatus, ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Direction, Timeframe } from '../../src/client/index.js';
import type { Bar } from '../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { startService, type TestService } from '../support/app.js';
import { type Leg, scriptedBars } from '../support/bar-script.js';
import { eventually } from '../support/eventually.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';

const BAR = 300_000;
const RISE: Leg = { bars: 600, to: 103, swing: 1.5, period: 36 };
/** In steps: a straight fall hedges nothing at those hours whose session and VWAP count for less. */
const CRASH: readonly Leg[] = [
  { bars: 24, to: 97 },
  { bars: 6, to: 98 },
  { bars: 24, to: 90 },
  { bars: 6, to: 91 },
  { bars: 24, to: 80 },
];
const LENGTH = [RISE, ...CRASH].reduce((sum, { bars }) => sum + bars, 0);
/** The newest bar has closed just now: a crash that no rule for time refuses. */
const START = Math.floor(Date.now() / BAR) * BAR - LENGTH * BAR;
const BARS: readonly Bar[] = scriptedBars(START, 100, [RISE, ...CRASH]);

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const item = ({ time, ...prices }: Bar) => {
  const value = { symbol: 'BTCUSD', timeframe: Timeframe.M5, openTime: new Date(time), ...prices };
  return { data: { $case: 'bar' as const, value: { ...value, forming: false } } };
};

const push = (feed: string, bars: readonly Bar[]) =>
  service.client.pushMarketData({ feed, items: bars.map(item) });

const beat = (account: string) =>
  service.client.reportAccount({
    ...{ account, bridgeId: 'b1', connected: true, tradeAllowed: true, equity: 10_000, balance: 10_000 },
  });

/** Trades 1..count of an account at the top of a market of its own, whose bridge is there. */
async function opened(account: string, count: number): Promise<void> {
  await push(account, BARS.slice(0, RISE.bars));
  await beat(account);
  await service.client.batchRegisterTrades({
    trades: Array.from({ length: count }, (_, index) => ({
      ...{ account, ticket: BigInt(index + 1), symbol: 'BTCUSD', direction: Direction.BUY, feed: account },
      ...{ entryPrice: BARS[RISE.bars - 1]?.close ?? 0, volume: 1, stopLoss: 70 },
      openedAt: new Date(START + RISE.bars * BAR),
    })),
  });
}

const crash = async (account: string): Promise<void> => {
  for (const bar of BARS.slice(RISE.bars)) await push(account, [bar]);
};

const actionsOf = async (account: string): Promise<Action[]> => {
  const { actions } = await service.client.listActions({ account, pageSize: 1000 });
  return actions.flatMap(({ action }) => action ?? []);
};

const MASSES: ReadonlySet<ActionType> = new Set([ActionType.CLOSE_ALL, ActionType.OPEN_HEDGE]);

/** What a bridge gets. */
const leased = async (account: string) =>
  (await service.client.drainLeases({ account, bridgeId: 'b1', maxLeases: 100 })).actions.flatMap(
    ({ action }) => action ?? [],
  );

describe('T1: a crash', () => {
  // Before: ten trades CLOSED, ten CLOSE_ALL PENDING, and a bridge got them all.
  it('of ten healthy trades orders neither ten hedges nor ten closes before a person has looked', async () => {
    await opened('t1', 10);
    await crash('t1');
    const { trades } = await service.client.listTrades({ filter: { account: 't1' } });
    const open = (await actionsOf('t1')).filter(({ type }) => MASSES.has(type));
    const held = open.filter(({ status }) => status === ActionStatus.HELD);
    expect(held.length).toBeGreaterThanOrEqual(10);
    expect(open.filter(({ status }) => status === ActionStatus.PENDING)).toEqual([]);
    expect(held[0]?.reason).toMatch(/^10 of the account's 10 trades are to be (hedged|closed) within 60 s$/);
    const { risk } = await service.client.getRisk({ account: 't1' });
    expect(risk?.openActions.HELD).toBe(held.length);
    expect(risk?.held.map(({ effect, tickets }) => [effect, tickets.length])).toContainEqual([
      held[0]?.type === ActionType.CLOSE_ALL ? MassEffect.CLOSE : MassEffect.HEDGE,
      10,
    ]);
    expect(trades.every(({ state }) => state !== TradeState.HEALTHY)).toBe(true);
    expect((await leased('t1')).filter(({ type }) => MASSES.has(type))).toEqual([]);
  });

  it('goes on by the word of a person, who is on record, also after a restart', async () => {
    await opened('t1b', 4);
    await crash('t1b');
    service = await service.restart();
    await beat('t1b');
    const before = await service.client.getRisk({ account: 't1b' });
    expect(before.risk?.held.length).toBeGreaterThan(0);
    const held = (await actionsOf('t1b')).filter(({ status }) => status === ActionStatus.HELD);
    const { actionIds } = await service.client.releaseHeld({
      account: 't1b',
      by: 'ann',
      reason: 'it is real',
    });
    expect([...actionIds].sort()).toEqual(held.map(({ actionId }) => actionId).sort());
    const after = await service.client.getRisk({ account: 't1b' });
    expect(after.risk?.held).toEqual([]);
    const masses = (await actionsOf('t1b')).filter(({ actionId }) => actionIds.includes(actionId));
    expect(masses.map(({ status, orderedBy }) => [status, orderedBy])).toEqual(
      masses.map(() => [ActionStatus.PENDING, 'ann']),
    );
    expect(masses.length).toBeGreaterThanOrEqual(4);
    const { events } = await service.client.listAuditEvents({ account: 't1b' });
    expect(events.at(-1)).toMatchObject({ method: '/dtms.v1.ActionService/ReleaseHeld' });
  });
});

describe('what is no mass', () => {
  it('stops are not held: they only ever limit', async () => {
    const others = service;
    service = await startService({ rules: { ...EAGER_RULES, breaker: {} } });
    try {
      await new LiveAccount(service.client, 'stops', 10).plan(TradeState.HEDGED);
      await beat('stops');
      const held = (await actionsOf('stops')).filter(({ status }) => status === ActionStatus.HELD);
      expect(held).toHaveLength(10);
      const moved = (await leased('stops')).filter(({ type }) => type === ActionType.MOVE_SL_BREAKEVEN);
      expect(moved).toHaveLength(10);
    } finally {
      await service.end();
      service = others;
    }
  });

  it('two trades of an account are defended at once', async () => {
    await opened('two', 2);
    await crash('two');
    const open = (await actionsOf('two')).filter(({ type }) => MASSES.has(type));
    expect(open.length).toBeGreaterThan(0);
    expect(open.filter(({ status }) => status === ActionStatus.HELD)).toEqual([]);
  });
});

it('goes on by its own rule where one is written', async () => {
  const account = 'rule';
  const own = await startService({
    rules: { ...DEFAULT_RULES, breaker: { ...DEFAULT_RULES.breaker, goOnAfterMs: 200 } },
  });
  const others = service;
  service = own;
  try {
    await opened(account, 4);
    await crash(account);
    const masses = await eventually(async () => {
      const found = (await actionsOf(account)).filter(({ type }) => MASSES.has(type));
      expect(found.filter(({ status }) => status === ActionStatus.HELD)).toEqual([]);
      return found;
    });
    expect(masses.some(({ orderedBy }) => orderedBy === 'rules.breaker')).toBe(true);
  } finally {
    service = others;
    await own.end();
  }
});
