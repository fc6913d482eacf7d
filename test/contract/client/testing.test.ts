// dtms/testing as another program's tests use it, and the defence view against the real service.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ActionStatus,
  ActionType,
  type Modification,
  MonitoringTrigger,
  TradeField,
  TradeState,
} from '../../../src/client/index.js';
import { RISING, startTestServer, TestClock, type TestServer, TURNING } from '../../../src/testing/index.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

const EXIT = 'intelligent_exit_manager';
const UNIVERSAL = 'universal_sl_tp_manager';

let database: TestDatabase;
let dtms: TestServer;
beforeAll(async () => {
  database = await createDatabase();
  dtms = await startTestServer({ databaseUrl: database.url });
});
afterAll(async () => {
  await dtms.stop();
  await database.drop();
});

describe('a test server', () => {
  it('takes a trade that the market turns against through its defence, at the broker too', async () => {
    const broker = await dtms.broker({ account: 'story' });
    await broker.play(RISING);
    const { ticket, volume } = await broker.open({
      direction: 'BUY',
      volume: 1,
      stopLoss: broker.bid * 0.94,
    });
    const before = dtms.clock.now();
    await broker.play(TURNING, async () => {
      await broker.work();
      return false;
    });
    expect(dtms.clock.now() - before).toBe(19 * 300_000);
    const { trade } = await dtms.client.getTrade({ account: 'story', ticket });
    expect(trade).toMatchObject({ state: TradeState.WARNING_L2, volume: volume / 2 });
    expect(broker.positions).toMatchObject([{ identifier: ticket, volume: 0.5, stopLoss: trade?.stopLoss }]);
    expect(broker.orders.map(({ kind }) => kind)).toEqual(['stops', 'deal', 'stops']);
  });

  it('has a broker whose answers are written by the test', async () => {
    const broker = await dtms.broker({ account: 'scripted' });
    await broker.play(RISING);
    const { ticket } = await broker.open({ direction: 'BUY', volume: 1, stopLoss: broker.bid * 0.94 });
    broker.script('lost', 10016);
    await broker.play(TURNING, async () => {
      await broker.work();
      return broker.orders.length >= 2;
    });
    const { actions } = await dtms.client.listActions({ account: 'scripted', ticket });
    const told = actions.map(({ action }) => [
      ActionType[action?.type ?? 0],
      ActionStatus[action?.status ?? 0],
    ]);
    // The answer that was lost: the broker did it, and that is found out without doing it again.
    expect(told).toContainEqual(['TIGHTEN_SL', 'DONE']);
    expect(told).toContainEqual(['PARTIAL_CLOSE', 'REJECTED']);
    expect(broker.orders.map(({ kind }) => kind)).toEqual(['stops', 'deal', 'stops']);
    expect(broker.positions).toMatchObject([{ identifier: ticket, volume: 1 }]);
  });

  it('counts time by the clock it was given, and goes on after a restart', async () => {
    const own = await createDatabase();
    const clock = new TestClock(Date.UTC(2025, 5, 2, 8));
    const server = await startTestServer({
      databaseUrl: own.url,
      clock,
      settings: { rules: { schedule: { monitorAgeMs: 60_000 } } },
    });
    try {
      const broker = await server.broker();
      const { ticket } = await broker.open({ direction: 'SELL', volume: 1, stopLoss: 110 });
      const monitored = async () => {
        await broker.quote(broker.bid);
        const { events } = await server.client.listTradeEvents({ filter: { account: 'demo' } });
        return events.flatMap(({ change }) =>
          change?.$case === 'monitoringStarted' ? [change.value.trigger] : [],
        );
      };
      clock.advance(59_999);
      expect(await monitored()).toEqual([]);
      await server.restart();
      // Quotes are looked at every 30 s.
      clock.advance(30_000);
      expect(await monitored()).toEqual([MonitoringTrigger.AGE]);
      const { trade } = await server.client.getTrade({ account: 'demo', ticket });
      expect(trade?.openedAt).toEqual(new Date(Date.UTC(2025, 5, 2, 8)));
    } finally {
      await server.stop();
      await own.drop();
    }
    expect(() => clock.advance(-1)).toThrow(RangeError);
  });

  it('says which setting is wrong', async () => {
    const wrong = startTestServer({ databaseUrl: database.url, settings: { grpc: { nonsense: 1 } } });
    await expect(wrong).rejects.toThrow('nonsense');
  });
});

describe('the defence view', () => {
  const FIELDS: Partial<Record<Modification, TradeField>> = {
    stop_loss: TradeField.STOP_LOSS,
    take_profit: TradeField.TAKE_PROFIT,
    volume: TradeField.VOLUME,
  };

  it('answers as the service does, for free, owned, defended, closed and unknown trades', async () => {
    const { client } = dtms;
    const broker = await dtms.broker({ account: 'defence' });
    await broker.play(RISING);
    const opened = async () =>
      (await broker.open({ direction: 'BUY', volume: 1, stopLoss: broker.bid * 0.9 })).ticket;
    const defended = await opened();
    await broker.play(TURNING);
    const free = await opened();
    const owned = await opened();
    const closed = await opened();
    const key = { account: 'defence', ticket: owned };
    const lease = await client.acquireModification({ ...key, field: TradeField.VOLUME, manager: UNIVERSAL });
    await client.commitModification({ ...key, token: lease.token, value: 1 });
    await client.closeTrade({ account: 'defence', ticket: closed });

    const defence = client.defence('defence', { manager: EXIT, cacheMs: 0 });
    for (const ticket of [defended, free, owned, closed]) {
      const { ownership } = await client.getOwnership({ account: 'defence', ticket, manager: EXIT });
      const state = await defence.isDefensive(ticket);
      expect(state).toMatchObject({
        source: 'fresh',
        defensive: ownership?.defensive,
        state: ownership?.state,
      });
      for (const [kind, field] of Object.entries(FIELDS) as [Modification, TradeField][]) {
        const expected = ownership?.permissions.find((permission) => permission.field === field);
        const { allowed, owner, reason, note } = await defence.mayModify(ticket, kind);
        expect({ field, allowed, owner, reason, note }).toEqual(expected);
      }
    }
    const may = async (ticket: bigint, kind: Modification) => (await defence.mayModify(ticket, kind)).allowed;
    expect(
      await Promise.all([defended, free, owned, closed].map((ticket) => may(ticket, 'trailing'))),
    ).toEqual([false, true, true, false]);
    expect(await may(owned, 'partial_profit')).toBe(false);
    expect(await may(999n, 'breakeven')).toBe(false);
    expect((await defence.isDefensive(defended)).defensive).toBe(true);
  });

  it('follows the log, so that a cached answer does not outlive a change', async () => {
    const { client } = dtms;
    const broker = await dtms.broker({ account: 'follow' });
    const { ticket } = await broker.open({ direction: 'BUY', volume: 1, stopLoss: 90 });
    const defence = client.defence('follow', { manager: EXIT, refresh: 'watch' });
    try {
      expect(await defence.mayModify(ticket, 'trailing')).toMatchObject({ allowed: true, source: 'fresh' });
      expect(await defence.mayModify(ticket, 'trailing')).toMatchObject({ source: 'cached' });
      await client.closeTrade({ account: 'follow', ticket });
      // Ten seconds of cache would not end within the test's time were it not for the watch.
      while ((await defence.mayModify(ticket, 'trailing')).allowed) await sleep(20);
    } finally {
      defence.close();
    }
  });
});
