// The calls of tests that are about actions over gRPC: trades that a falling market brings into trouble, and
// a bridge's lease, begin and report, each as most of them need it.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { AccountKind } from '../../gen/ts/dtms/v1/account_service.js';
import type { LeasedAction } from '../../gen/ts/dtms/v1/action_service.js';
import { FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { ActionOutcome, ActionStatus } from '../../gen/ts/dtms/v1/types.js';
import { Direction, Timeframe } from '../../src/client/index.js';
import type { Bar } from '../../src/domain/market/data.js';
import type { TestService } from './app.js';
import { scriptedBars } from './bar-script.js';

const START = Date.UTC(2025, 5, 2);
/** Two days of a rising market and a fall; trades are opened near the top. */
const BARS: readonly Bar[] = scriptedBars(START, 100, [
  { bars: 600, to: 103, swing: 1.5, period: 36 },
  { bars: 30, to: 97 },
]);
const OPENED = 598;

const item = ({ time, ...prices }: Bar) => {
  const openTime = new Date(time);
  const value = { symbol: 'BTCUSD', timeframe: Timeframe.M5, openTime, ...prices, forming: false };
  return { data: { $case: 'bar' as const, value } };
};

let accounts = 0;

/** `running` is the service as it is now: tests restart it. */
export function actionCalls(running: () => Pick<TestService, 'client'>) {
  /** An account of its own for each test. */
  function account(): string {
    accounts += 1;
    return `work${accounts}`;
  }

  /** Accounts whose market is of another year: no real one follows such a feed. */
  const recorded = new Set<string>();

  const beat = (name: string, bridgeId = 'b1', more: object = {}) =>
    running().client.reportAccount({
      ...{ account: name, bridgeId, connected: true, tradeAllowed: true, equity: 10_000, balance: 10_000 },
      ...(recorded.has(name) ? { kind: AccountKind.PAPER } : {}),
      ...more,
    });

  const push = (feed: string, from: number, to: number) =>
    running().client.pushMarketData({ feed, items: BARS.slice(from, to).map(item) });

  /** Trades 1..count of an account, at the top of a market of their own. */
  async function opened(name: string, count: number): Promise<void> {
    // Nothing comes of what is old on a live feed.
    recorded.add(name);
    await running().client.upsertFeed({ feed: name, kind: FeedKind.RECORDED });
    await push(name, 0, OPENED);
    const openedAt = new Date(START + OPENED * 300_000);
    const trades = Array.from({ length: count }, (_, index) => ({
      ...{ account: name, ticket: BigInt(index + 1), symbol: 'BTCUSD', direction: Direction.BUY, feed: name },
      ...{ entryPrice: BARS[OPENED]?.open ?? 0, volume: 1, stopLoss: 90, openedAt },
    }));
    await running().client.batchRegisterTrades({ trades });
  }

  /** The market falls until each trade is warned: its stop is to be tightened. */
  async function fall(name: string): Promise<void> {
    for (let bar = OPENED; bar < BARS.length; bar += 1) {
      await push(name, bar, bar + 1);
      if ((await listed(name)).length > 0) return;
    }
    throw new Error('the market fell and nothing was planned');
  }

  /** An account whose trades 1..count have each a stop to move, and bridges that work for it. */
  async function troubled(count: number, bridges: readonly string[] = ['b1']): Promise<string> {
    const name = account();
    await opened(name, count);
    await fall(name);
    for (const bridge of bridges) await beat(name, bridge);
    return name;
  }

  const lease = async (name: string, bridgeId = 'b1', more: object = {}): Promise<LeasedAction[]> =>
    (await running().client.drainLeases({ account: name, bridgeId, ...more })).actions;

  const held = ({ action }: LeasedAction) => ({
    actionId: action?.actionId ?? '',
    token: action?.lease?.token ?? 0n,
  });

  const begin = (leased: LeasedAction, requestId: string = randomUUID()) =>
    running().client.beginAction({ ...held(leased), requestId });

  const report = (leased: LeasedAction, outcome: ActionOutcome = ActionOutcome.DONE, more: object = {}) =>
    running().client.reportAction({
      ...held(leased),
      result: { outcome, code: 10009, dealTicket: 5n, ...more },
    });

  const listed = async (name: string, more: object = {}) =>
    (await running().client.listActions({ account: name, ...more })).actions;

  const eventsOf = async (name: string) =>
    (await running().client.listTradeEvents({ filter: { account: name }, pageSize: 1000 })).events;

  /** Waits until an account's first action has this status. */
  async function becomes(name: string, wanted: ActionStatus): Promise<void> {
    await expect.poll(async () => (await listed(name))[0]?.action?.status).toBe(wanted);
  }

  /** The steps an account's actions took, such as "PENDING>LEASED". */
  const steps = async (name: string): Promise<string[]> =>
    (await eventsOf(name)).flatMap(({ change }) =>
      change?.$case === 'actionChanged'
        ? [`${ActionStatus[change.value.from]}>${ActionStatus[change.value.action?.status ?? 0]}`]
        : [],
    );

  return {
    account,
    beat,
    opened,
    fall,
    troubled,
    lease,
    held,
    begin,
    report,
    listed,
    eventsOf,
    becomes,
    steps,
  };
}

/** One leased action; throws when there is none. */
export function only(actions: readonly LeasedAction[]): LeasedAction {
  const [first] = actions;
  if (first === undefined) throw new Error('nothing was leased');
  return first;
}

export type { LeasedAction };
