// What stands behind the old routes: accounts, races, actions, keys, limits, and a server that is not ready.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { type App, startApp } from '../../../src/app.js';
import { TradeField } from '../../../src/client/index.js';
import { type Config, type DeepPartial, loadConfig } from '../../../src/config/config.js';
import { LEGACY_ROUTES } from '../../../src/http/legacy/routes.js';
import { createLogger } from '../../../src/observability/logger.js';
import { Store } from '../../../src/store/store.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { DatabaseKeys } from '../../support/keys.js';
import { enabling, send, spec } from '../../support/legacy.js';
import { createDatabase } from '../../support/postgres.js';

describe('the service behind them', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.end());

  it('makes one trade of 100 parallel registrations', async () => {
    const { head } = await headOf(service);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => send(service.http, '/dtms/trade/enable', enabling({ ticket: 100 }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    const before = answers.filter(({ body }) => body.already_registered === true);
    expect(before).toHaveLength(99);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body.trade_info))).size).toBe(1);
    expect((await headOf(service)).head).toBe(head + 1n);
  });

  it('asks which account when several have the ticket', async () => {
    await service.client.registerTrade({ trade: spec('one', 200) });
    await service.client.registerTrade({ trade: spec('two', 200) });
    for (const path of ['/dtms/trade/200', '/trade-registry/200']) {
      const answer = await send(service.http, path);
      expect(answer.status).toBe(409);
      expect(answer.body).toMatchObject({
        ...{ success: false, reason: 'AMBIGUOUS_TICKET', accounts: ['one', 'two'] },
      });
      const named = await send(service.http, `${path}?account=two`);
      expect(named.status).toBe(200);
      expect(JSON.stringify(named.body)).toContain('"two"');
    }
    expect((await send(service.http, '/dtms/trade/200?account=three')).body).toMatchObject({
      success: false,
    });
    expect((await send(service.http, '/dtms/trade/200?account=%00')).status).toBe(400);
  });

  it('shows a closed trade as closed, and an active one of the same ticket before it', async () => {
    await service.client.registerTrade({ trade: spec('one', 300) });
    await service.client.closeTrade({ account: 'one', ticket: 300n });
    expect((await send(service.http, '/dtms/trade/300')).body).toMatchObject({
      trade_info: { state: 'CLOSED', protection_active: false, account: 'one' },
    });
    await service.client.registerTrade({ trade: spec('two', 300) });
    expect((await send(service.http, '/dtms/trade/300')).body).toMatchObject({
      trade_info: { state: 'HEALTHY', protection_active: true, account: 'two' },
    });
  });

  it('says who manages the stop, and that it is at breakeven', async () => {
    const trade = { account: 'one', ticket: 400n };
    await service.client.registerTrade({ trade: spec('one', 400) });
    expect((await send(service.http, '/trade-registry/400')).body).toMatchObject({ managed_by: '' });
    const { token } = await service.client.acquireModification({
      ...trade,
      field: TradeField.STOP_LOSS,
      manager: 'universal_sl_tp_manager',
    });
    await service.client.commitModification({ ...trade, token, value: 1.1 });
    await service.client.releaseModification({ ...trade, token, applied: true });
    expect((await send(service.http, '/trade-registry/400')).body).toMatchObject({
      ticket: 400,
      managed_by: 'universal_sl_tp_manager',
      breakeven_triggered: true,
    });
  });

  it('registers in the account that is named: in the body, in the query, or in the configuration', async () => {
    const accountOf = async (query: string, more: object) => {
      const { body } = await send(service.http, `/dtms/trade/enable${query}`, enabling(more));
      return (body.trade_info as { readonly account: string }).account;
    };
    expect(await accountOf('', { ticket: 501 })).toBe('default');
    expect(await accountOf('?account=q', { ticket: 502 })).toBe('q');
    expect(await accountOf('?account=q', { ticket: 503, account: 'b' })).toBe('b');
  });

  it('tells what DTMS decided and the broker did', async () => {
    const calls = actionCalls(() => service);
    const name = await calls.troubled(1);
    const leased = only(await calls.lease(name));
    const during = await send(service.http, `/dtms/trade/1?account=${name}`);
    expect(during.body).toMatchObject({ trade_info: { actions_taken: [] } });
    await calls.begin(leased);
    await calls.report(leased);
    const entry = {
      action_type: 'tighten_sl',
      ticket: 1,
      symbol: 'BTCUSD',
      success: true,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      details: { account: name, status: 'DONE', code: 10009 },
    };
    const history = await send(service.http, '/dtms/actions');
    expect(history.body).toMatchObject({ success: true, total_actions: 1, action_history: [entry] });
    expect((await send(service.http, '/dtms/actions?account=other')).body).toMatchObject({
      total_actions: 0,
    });
    const trade = await send(service.http, `/dtms/trade/1?account=${name}`);
    expect(trade.body).toMatchObject({
      trade_info: {
        state: 'WARNING_L1',
        current_score: expect.any(Number),
        current_price: expect.any(Number),
        actions_taken: [entry],
        sl: leased.action?.stopLoss,
      },
    });
    const engine = await send(service.http, `/dtms/engine?account=${name}`);
    expect(engine.body).toMatchObject({ engine_info: { last_deep_check: { 1: expect.any(Number) } } });
  });

  it('tells the actions planned last, oldest first, those of closed trades too', async () => {
    const calls = actionCalls(() => service);
    const name = await calls.troubled(12);
    const leases = await calls.lease(name, 'b1', { maxLeases: 12 });
    for (const leased of leases) {
      await calls.begin(leased);
      await calls.report(leased);
    }
    const planned = (await calls.listed(name)).map(({ action }) => action?.actionId);
    expect(planned).toHaveLength(12);
    for (const { ticket } of leases) await service.client.closeTrade({ account: name, ticket });
    const { body } = await send(service.http, `/dtms/actions?account=${name}`);
    expect(body.total_actions).toBe(12);
    const told = body.action_history as readonly { symbol: string; details: { action_id: string } }[];
    expect(told.map(({ details }) => details.action_id)).toEqual(planned.slice(-10));
    expect(new Set(told.map(({ symbol }) => symbol))).toEqual(new Set(['BTCUSD']));
  });

  it('says the same after a restart', async () => {
    const paths = ['/dtms/trade/100', '/trade-registry/400', '/dtms/actions'];
    const ask = () => Promise.all(paths.map(async (path) => (await send(service.http, path)).body));
    const before = await ask();
    service = await service.restart();
    expect(await ask()).toEqual(before);
  });
});

describe('a server that does not lead', () => {
  it('answers as the one that leads', async () => {
    const service = await startService();
    await service.client.registerTrade({ trade: spec('one', 1) });
    const standby = await standbyOf(service);
    try {
      for (const path of ['/health', '/dtms/health', '/dtms/status', '/dtms/trade/1', '/dtms/actions'])
        await eventually(async () =>
          expect([path, (await send(standby.httpAddress ?? '', path)).status]).toEqual([path, 200]),
        );
      const { body } = await send(standby.httpAddress ?? '', '/dtms/status');
      expect(body).toMatchObject({ dtms_status: { system_active: true, active_trades: 1 } });
    } finally {
      await standby.stop();
      await service.end();
    }
  });

  it('and reaches none that does is not ready where that is needed, and tells it as the old one did', async () => {
    const database = await createDatabase();
    // Leads, and is no server that others could reach.
    const store = await Store.open(database.url, loadConfig({ env: {} }), createLogger('silent'));
    const leadership = await store.lead({ onLost: () => undefined });
    const standby = await standbyOf({ databaseUrl: database.url }, { cluster: { leaderlessMs: 100 } });
    try {
      const http = standby.httpAddress ?? '';
      expect(await send(http, '/health')).toMatchObject({ status: 503, body: { status: 'unhealthy' } });
      expect(await send(http, '/dtms/health')).toMatchObject({ status: 503, body: { ready: false } });
      for (const path of ['/dtms/status', '/dtms/trade/1']) {
        const { status, body } = await send(http, path);
        expect([path, status]).toEqual([path, 503]);
        expect(body).toMatchObject({ success: false, detail: 'DTMS is not ready', code: 'UNAVAILABLE' });
      }
      expect((await send(http, '/dtms/trade/enable', enabling())).status).toBe(503);
      // What these show is the log's state, which a standby knows by itself.
      for (const path of ['/trade-registry/1', '/dtms/engine'])
        expect([path, (await send(http, path)).status]).toEqual([path, 200]);
    } finally {
      await standby.stop();
      await leadership.release();
      await store.close();
      await database.drop();
    }
  });
});

describe('keys and limits', () => {
  it('are those of every call, but for the plain health', async () => {
    const limits = { mode: 'on', registrationsPerSecond: 1, registrationsBurst: 2 } as const;
    const service = await startService({ access: { mode: 'required' }, limits });
    const keys = new DatabaseKeys(service.databaseUrl);
    try {
      expect((await send(service.http, '/health')).status).toBe(200);
      for (const path of [
        '/dtms/health',
        '/dtms/status',
        '/dtms/trade/1',
        '/trade-registry/1',
        '/dtms/actions',
      ]) {
        const { status, body } = await send(service.http, path);
        expect([path, status, body.reason]).toEqual([path, 401, 'UNAUTHENTICATED']);
      }
      // What is wrong with a request is told only to who may ask.
      expect((await send(service.http, '/dtms/trade/enable', '{')).status).toBe(401);

      const { text: reader } = await keys.make([Scope.READ], ['default']);
      const { text: writer } = await keys.make([Scope.REGISTER, Scope.READ], ['default']);
      const as = (key: string) => ({ authorization: `Bearer ${key}` });
      expect((await send(service.http, '/dtms/trade/enable', enabling(), as(reader))).status).toBe(403);
      const other = await send(service.http, '/dtms/trade/enable?account=other', enabling(), as(writer));
      expect(other.status).toBe(403);
      expect((await send(service.http, '/dtms/trade/enable', enabling(), as(writer))).status).toBe(200);
      // Limited to accounts, the key looks in the configured one.
      const read = await send(service.http, '/dtms/trade/1', undefined, as(reader));
      expect(read.body).toMatchObject({ success: true, trade_info: { account: 'default' } });

      const tries = [];
      for (let ticket = 2; ticket < 6; ticket += 1)
        tries.push(await send(service.http, '/dtms/trade/enable', enabling({ ticket }), as(writer)));
      const refused = tries.find(({ status }) => status === 429);
      expect(refused?.body).toMatchObject({ success: false, reason: 'RATE_LIMITED' });
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    } finally {
      await keys.close();
      await service.end();
    }
  });
});

describe('the switch', () => {
  it('takes them away', async () => {
    const service = await startService({ http: { legacy: { enabled: false } } });
    try {
      for (const { method, path } of LEGACY_ROUTES) {
        const url = path.replace('{ticket}', '1');
        const { status } = await send(service.http, url, method === 'POST' ? enabling() : undefined);
        expect([path, status]).toEqual([path, 404]);
      }
    } finally {
      await service.end();
    }
  });
});

async function headOf({ client }: TestService): Promise<{ readonly head: bigint }> {
  return { head: (await client.getStatus({})).headRevision };
}

/** A second server on the same database. */
function standbyOf(
  { databaseUrl }: Pick<TestService, 'databaseUrl'>,
  more: DeepPartial<Config> = {},
): Promise<App> {
  const overrides: DeepPartial<Config> = {
    ...more,
    grpc: { port: 0 },
    http: { port: 0 },
    database: { url: databaseUrl },
  };
  return startApp(loadConfig({ env: {}, overrides }), createLogger('silent'));
}
