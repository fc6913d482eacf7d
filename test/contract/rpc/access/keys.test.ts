// API keys by RPC: made, listed, rotated, revoked, and what is on record of it.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { ErrorReason } from '../../../../gen/ts/dtms/v1/error_reason.js';
import {
  CreateApiKeyRequest,
  type CreateApiKeyResponse,
  GetConfigRequest,
  ListApiKeysRequest,
  ListAuditEventsRequest,
  RevokeApiKeyRequest,
  RotateApiKeyRequest,
  type RotateApiKeyResponse,
} from '../../../../gen/ts/dtms/v1/system_service.js';
import { Direction, DtmsClient } from '../../../../src/client/index.js';
import { SCOPES } from '../../../../src/contract/scopes.js';
import { fromServiceError } from '../../../../src/errors/status.js';
import { startService, type TestService } from '../../../support/app.js';
import { call, failureOf } from '../../../support/grpc.js';
import { DatabaseKeys } from '../../../support/keys.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
let keys: DatabaseKeys;
let admin: DtmsClient;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({
    access: { mode: 'required' },
    limits: { mode: 'off' },
    rules: {
      accounts: {
        mine: { marginMode: 'netting', fifo: false },
        other: { marginMode: 'netting', fifo: true },
      },
    },
  });
  keys = new DatabaseKeys(service.databaseUrl);
  admin = clientOf((await keys.make(SCOPES, [], 'ann')).text);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

function clientOf(apiKey: string): DtmsClient {
  const client = new DtmsClient({ address: service.address, apiKey, defaults: { retryMs: 0 } });
  clients.push(client);
  return client;
}

/** SystemService of a client, as promises. */
function system(client: DtmsClient) {
  const { system: stub } = client.raw;
  const ask = <T>(start: Parameters<typeof call<T>>[0]) => call<T>(start).then(({ response }) => response);
  return {
    create: (request: Partial<CreateApiKeyRequest>) =>
      ask<CreateApiKeyResponse>((done) => stub.createApiKey(CreateApiKeyRequest.fromPartial(request), done)),
    rotate: (request: Partial<RotateApiKeyRequest>) =>
      ask<RotateApiKeyResponse>((done) => stub.rotateApiKey(RotateApiKeyRequest.fromPartial(request), done)),
    revoke: (keyId: string) =>
      ask<{ key: unknown }>((done) => stub.revokeApiKey(RevokeApiKeyRequest.fromPartial({ keyId }), done)),
    list: async (pageSize = 0) => {
      const found = [];
      let pageToken = '';
      do {
        const request = ListApiKeysRequest.fromPartial({ pageSize, pageToken });
        const page = await call<{ keys: { keyId: string; name: string }[]; nextPageToken: string }>((done) =>
          stub.listApiKeys(request, done),
        );
        found.push(...page.response.keys);
        pageToken = page.response.nextPageToken;
      } while (pageToken !== '');
      return found;
    },
    audits: async (filter: Partial<ListAuditEventsRequest>) => {
      const found: unknown[] = [];
      let pageToken = '';
      do {
        const request = ListAuditEventsRequest.fromPartial({ ...filter, pageToken });
        const page = await call<{ events: unknown[]; nextPageToken: string }>((done) =>
          stub.listAuditEvents(request, done),
        );
        found.push(...page.response.events);
        pageToken = page.response.nextPageToken;
      } while (pageToken !== '');
      return found;
    },
    config: () =>
      call<{ config?: Readonly<Record<string, unknown>> }>((done) =>
        stub.getConfig(GetConfigRequest.fromPartial({}), done),
      ).then(({ response }) => response.config),
  };
}

const reportOf = async (promise: Promise<unknown>) => fromServiceError(await failureOf(promise));
const works = (text: string) => clientOf(text).getStatus({});

describe('a key', () => {
  test('works as soon as it is made, and its secret is nowhere in the database', async () => {
    const { key, secret } = await system(admin).create({ name: 'desk', scopes: [Scope.READ] });
    expect(key).toMatchObject({ name: 'desk', scopes: [Scope.READ], accounts: [], active: true });
    await works(secret);
    const [, , bare] = secret.split('_');
    const { rows } = await execute(
      service.databaseUrl,
      `SELECT count(*)::int AS found FROM
         (SELECT k::text AS row FROM api_keys k UNION ALL SELECT a::text FROM audit_events a) x
       WHERE strpos(row, $1) > 0`,
      [bare],
    );
    expect(rows).toEqual([{ found: 0 }]);
  });

  test('that would have expired already is not made, and leaves no record', async () => {
    const before = await system(admin).audits({ actor: 'ann' });
    const error = await reportOf(
      system(admin).create({ name: 'late', scopes: [Scope.READ], expiresAt: new Date(Date.now() - 60_000) }),
    );
    expect(error.violations.map(({ field }) => field)).toEqual(['expires_at']);
    expect(await system(admin).audits({ actor: 'ann' })).toEqual(before);
  });

  test('is listed with the others, page by page, without its hash', async () => {
    await system(admin).create({ name: 'listed', scopes: [Scope.MARKET], accounts: ['a', 'a', 'b'] });
    const [all, paged] = [await system(admin).list(), await system(admin).list(1)];
    expect(paged).toEqual(all);
    expect(all.at(-1)).toMatchObject({ name: 'listed', accounts: ['a', 'b'] });
    expect(JSON.stringify(all)).not.toMatch(/hash|secret/);
  });

  test('that is rotated works through the overlap, beside the new one', async () => {
    const old = await system(admin).create({ name: 'rotating', scopes: [Scope.READ], accounts: ['mine'] });
    const keyId = old.key?.keyId ?? '';
    const fresh = await system(admin).rotate({ keyId, overlapSeconds: 3600 });
    expect(fresh.key).toMatchObject({ name: 'rotating', scopes: [Scope.READ], accounts: ['mine'] });
    expect(fresh.replaced).toMatchObject({ keyId, rotatedTo: fresh.key?.keyId, active: true });
    await works(old.secret);
    await works(fresh.secret);
    const again = await reportOf(system(admin).rotate({ keyId, overlapSeconds: 0 }));
    expect(again.reason).toBe(ErrorReason.KEY_ENDED);
  });

  test('that is rotated without an overlap ends at once; the new one lives as long as it was to', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const old = await system(admin).create({ name: 'brief', scopes: [Scope.READ], expiresAt });
    const fresh = await system(admin).rotate({ keyId: old.key?.keyId, overlapSeconds: 0 });
    expect(fresh.replaced?.active).toBe(false);
    const lived = (key: typeof fresh.key) =>
      Math.round(((key?.expiresAt?.getTime() ?? 0) - (key?.createdAt?.getTime() ?? 0)) / 1000);
    expect(lived(fresh.key)).toBe(lived(old.key));
    await works(fresh.secret);
    await expect(works(old.secret)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });

  test('that is revoked is refused, and revoking it again changes nothing', async () => {
    const { key, secret } = await system(admin).create({ name: 'gone', scopes: [Scope.READ] });
    const revoked = await system(admin).revoke(key?.keyId ?? '');
    expect(await system(admin).revoke(key?.keyId ?? '')).toEqual(revoked);
    await expect(works(secret)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    const error = await reportOf(system(admin).rotate({ keyId: key?.keyId }));
    expect(error.reason).toBe(ErrorReason.KEY_ENDED);
    const records = await system(admin).audits({ method: '/dtms.v1.SystemService/RevokeApiKey' });
    expect(records).toHaveLength(1);
  });

  test('nobody made is not found', async () => {
    const error = await reportOf(system(admin).revoke('aaaaaaaaaaaa'));
    expect(error).toMatchObject({ code: status.NOT_FOUND, reason: ErrorReason.KEY_NOT_FOUND });
  });
});

describe('an administrator of one account', () => {
  test('sees and makes keys of that account only', async () => {
    const limited = system(clientOf((await keys.make([Scope.ADMIN], ['mine'], 'kim')).text));
    const { key: other } = await system(admin).create({
      name: 'o',
      scopes: [Scope.READ],
      accounts: ['other'],
    });
    const { key: both } = await system(admin).create({
      name: 'both',
      scopes: [Scope.READ],
      accounts: ['mine', 'other'],
    });
    for (const unseen of [other, both]) {
      const keyId = unseen?.keyId ?? '';
      expect((await limited.list()).map((key) => key.keyId)).not.toContain(keyId);
      expect(await reportOf(limited.revoke(keyId))).toMatchObject({ reason: ErrorReason.KEY_NOT_FOUND });
      expect(await reportOf(limited.rotate({ keyId }))).toMatchObject({ reason: ErrorReason.KEY_NOT_FOUND });
    }
    for (const accounts of [[], ['other'], ['mine', 'other']]) {
      const error = await reportOf(limited.create({ name: 'x', scopes: [Scope.ADMIN], accounts }));
      expect(error.code).toBe(status.PERMISSION_DENIED);
    }
    const { key } = await limited.create({ name: 'fine', scopes: [Scope.READ], accounts: ['mine'] });
    expect((await limited.list()).map(({ keyId }) => keyId)).toContain(key?.keyId);
    expect(await reportOf(limited.audits({}))).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  test('has the trades of that account alone counted in the status', async () => {
    const trade = { symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1 };
    for (const [account, ticket] of [
      ['mine', 1n],
      ['other', 1n],
      ['other', 2n],
    ] as const) {
      await admin.registerTrade({ trade: { ...trade, account, ticket } });
    }
    const counted = async (accounts: string[]) => {
      const client = clientOf((await keys.make([Scope.READ], accounts)).text);
      const { activeTrades, tradesByState, waitingForData } = await client.getStatus({});
      return { activeTrades, byState: tradesByState.map(({ trades }) => trades), waitingForData };
    };
    const healthy = (trades: bigint) => ({
      activeTrades: trades,
      byState: [trades, 0n, 0n, 0n, 0n],
      waitingForData: trades,
    });
    expect(await counted([])).toEqual(healthy(3n));
    expect(await counted(['mine'])).toEqual(healthy(1n));
    expect(await counted(['mine', 'other'])).toEqual(healthy(3n));
    expect(await counted(['unheard-of'])).toEqual(healthy(0n));
  });

  test('sees the configuration without the other accounts, and nobody its secrets', async () => {
    const limited = system(clientOf((await keys.make([Scope.ADMIN], ['mine'])).text));
    const [all, some] = [await system(admin).config(), await limited.config()];
    expect(all).toMatchObject({ database: { url: '[redacted]' }, access: { mode: 'required' } });
    expect(JSON.stringify([all, some])).not.toContain('postgres://');
    const accounts = (config: typeof all) =>
      Object.keys(Object(Reflect.get(Object(config?.rules), 'accounts')));
    expect(accounts(all)).toEqual(['mine', 'other']);
    expect(accounts(some)).toEqual(['mine']);
  });
});

describe('what is done', () => {
  const trade = (account: string, ticket: bigint) => ({
    ...{ account, ticket, symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1 },
    ...{ stopLoss: 1, openedAt: new Date() },
  });

  test('to a trade is in its events under the name of the key', async () => {
    const made = await keys.make([Scope.REGISTER, Scope.READ], ['acted'], 'desk-7');
    const client = clientOf(made.text);
    await client.registerTrade({ trade: trade('acted', 1n) });
    await admin.pauseTrade({ account: 'acted', ticket: 1n, reason: 'lunch' });
    const { events } = await client.listTradeEvents({ filter: { account: 'acted' } });
    expect(events.map(({ actor, change }) => [change?.$case, actor])).toEqual([
      ['registered', 'desk-7'],
      ['paused', 'ann'],
    ]);
    const { rows } = await execute(
      service.databaseUrl,
      `SELECT actor FROM events WHERE account = 'acted' ORDER BY revision`,
    );
    expect(rows).toEqual([{ actor: 'desk-7' }, { actor: 'ann' }]);
  });

  test('by hand is listed by account, actor, method and time, page by page', async () => {
    const change = (account: string) =>
      admin.setTradingState({ account, state: 2, by: 'Ann Lee', reason: 'news', allowNew: true });
    for (const account of ['audit1', 'audit2', 'audit1']) await change(account);
    const method = '/dtms.v1.AccountService/SetTradingState';
    const all = await system(admin).audits({ method, pageSize: 2 });
    expect(all).toHaveLength(3);
    expect(all[0]).toMatchObject({
      actor: 'ann',
      method,
      account: 'audit1',
      ticket: 0n,
      detail: { by: 'Ann Lee', reason: 'news' },
    });
    expect(await system(admin).audits({ method, account: 'audit2' })).toEqual([all[1]]);
    expect(await system(admin).audits({ method, actor: 'nobody' })).toEqual([]);
    const [hour, now] = [3_600_000, Date.now()];
    expect(await system(admin).audits({ method, from: new Date(now - hour) })).toEqual(all);
    expect(await system(admin).audits({ method, from: new Date(now + hour) })).toEqual([]);
    expect(await system(admin).audits({ method, until: new Date(now - hour) })).toEqual([]);
  });

  test('over an owner needs an administrator', async () => {
    const manager = clientOf((await keys.make([Scope.MANAGE], ['owned'])).text);
    await admin.registerTrade({ trade: trade('owned', 1n) });
    const asked = {
      ...{ account: 'owned', ticket: 1n, manager: 'universal_sl_tp_manager', field: 1 },
      ...{ by: 'kim', overrideReason: 'now' },
    };
    await expect(manager.acquireModification(asked)).rejects.toMatchObject({
      code: status.PERMISSION_DENIED,
    });
    await expect(admin.acquireModification(asked)).resolves.toBeTruthy();
    await expect(manager.getOwnership({ account: 'owned', ticket: 1n })).resolves.toBeTruthy();
  });
});
