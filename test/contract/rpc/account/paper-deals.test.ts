// The deals that `dtms paper` tells of a market of long ago prove how trades ended, as those of a live one: they and its snapshots
// are dated by one clock.
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FeedKind } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import { PaperLeaseClient } from '../../../../src/cli/paper/lease-client.js';
import { jsonOutput } from '../../../../src/cli/paper/output.js';
import { PaperTime } from '../../../../src/cli/paper/time.js';
import { CloseReason, TradeState } from '../../../../src/client/index.js';
import type { BrokerDeal, BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { positionOf } from '../../../support/broker-snapshots.js';
import { tradeOf as madeTrade } from '../../../support/trades.js';

const MINUTE = 60_000;
const BEGUN = Date.UTC(2024, 2, 5, 10);

let service: TestService;
const { account, register, tradeOf } = accountCalls(() => service);
beforeAll(async () => {
  service = await startService();
  await service.client.upsertFeed({ feed: 'tape', kind: FeedKind.RECORDED });
});
afterAll(() => service.end());

/** A paper bridge on a market of 2024 that goes on a minute with every look, and a trade of one lot in its account. */
async function played() {
  const name = account();
  let market = BEGUN;
  const time = new PaperTime(market);
  const leasing = { account: name, bridgeId: 'paper', kind: 'PAPER' as const, clock: () => market };
  const paper = new PaperLeaseClient(service.client, leasing, jsonOutput(new PassThrough()), time);
  await paper.heartbeat({
    ...{ time: market, connected: true, tradeAllowed: true, balance: 1000, equity: 1000, currency: 'USD' },
    ...{ operations: null, utcOffsetMinutes: 0, terminalAccount: '' },
  });
  await register(name, 1n, { feed: 'tape', openedAt: new Date(BEGUN) });
  const trade = madeTrade({}, { account: name, ticket: 1n, openedAt: BEGUN, entryPrice: 100, stopLoss: 90 });
  const look = async (volume: number, deals: readonly BrokerDeal[]) => {
    market += MINUTE;
    time.note(market);
    const positions = volume === 0 ? [] : [positionOf(trade, { volume, openedAt: BEGUN })];
    const snapshot: BrokerSnapshot = {
      ...{ takenAt: market, complete: true, positions, deals, dealsSince: BEGUN - MINUTE },
    };
    await paper.reconcile(snapshot);
    return tradeOf(name, 1n);
  };
  const deal = (number: bigint, volume: number, reason: BrokerDeal['reason']): BrokerDeal => ({
    ...{ deal: number, positionIdentifier: 1n, symbol: 'BTCUSD', entry: 'OUT', direction: 'SELL', volume },
    ...{ price: 90, magicNumber: 0n, comment: '', reason, time: market },
  });
  return { look, deal };
}

it('a stop ends a trade in the snapshot that shows it first', async () => {
  const { look, deal } = await played();
  expect((await look(1, []))?.state).toBe(TradeState.HEALTHY);
  const ended = await look(0, [deal(10n, 1, 'STOP_LOSS')]);
  expect(ended).toMatchObject({
    state: TradeState.CLOSED,
    closeReason: CloseReason.STOP_LOSS,
    closePrice: 90,
  });
});

it('a part that was closed before is in the volume, and proves no end, however often it is told', async () => {
  const { look, deal } = await played();
  await look(1, []);
  const part = deal(20n, 0.4, 'CLIENT');
  expect((await look(0.6, [part]))?.volume).toBe(0.6);
  await look(0.6, [part]);
  expect((await look(0, [part]))?.state).toBe(TradeState.HEALTHY);
  const rest = deal(21n, 0.6, 'STOP_LOSS');
  expect(await look(0, [part, rest])).toMatchObject({
    state: TradeState.CLOSED,
    closeReason: CloseReason.STOP_LOSS,
  });
});
