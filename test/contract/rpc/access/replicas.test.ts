// Two servers over one database: what docs/limits.md says of limits, and how soon both know of a revoked key.
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { ErrorReason, errorReasonToJSON } from '../../../../gen/ts/dtms/v1/error_reason.js';
import { type App, startApp } from '../../../../src/app.js';
import { DtmsClient, ServerRole } from '../../../../src/client/index.js';
import { loadConfig } from '../../../../src/config/config.js';
import { fromServiceError } from '../../../../src/errors/status.js';
import { createLogger } from '../../../../src/observability/logger.js';
import { eventually } from '../../../support/eventually.js';
import { call, failureOf } from '../../../support/grpc.js';
import { DatabaseKeys } from '../../../support/keys.js';
import { migratedDatabase, type TestDatabase } from '../../../support/postgres.js';

/** In one window, which is longer than a test. */
const BURST = 60;

let database: TestDatabase;
let leader: App;
let standby: App;
let keys: DatabaseKeys;
const clients: DtmsClient[] = [];

function start(): Promise<App> {
  const config = loadConfig({
    env: {},
    overrides: {
      grpc: { port: 0 },
      http: { port: 0 },
      database: { url: database.url },
      access: { mode: 'required' },
      limits: { mode: 'on', queriesPerSecond: 1, queriesBurst: BURST },
    },
  });
  return startApp(config, createLogger('silent'));
}

function clientOf({ grpcAddress }: App, apiKey: string): DtmsClient {
  const client = new DtmsClient({ address: grpcAddress, apiKey, defaults: { retryMs: 0 } });
  clients.push(client);
  return client;
}

const statusOf = ({ raw }: DtmsClient) =>
  call<{ role: ServerRole }>((done) => raw.system.getStatus({}, done)).then(({ response }) => response);

const reasonOf = (error: ServiceError): string =>
  errorReasonToJSON(fromServiceError(error).reason ?? ErrorReason.UNSPECIFIED);

beforeAll(async () => {
  database = await migratedDatabase();
  keys = new DatabaseKeys(database.url);
  leader = await start();
  await leader.leading;
  standby = await start();
});

afterAll(async () => {
  for (const client of clients) client.close();
  await keys?.close();
  await standby?.stop();
  await leader?.stop();
  await database?.drop();
});

test('one leads, and the other says so', async () => {
  const { text } = await keys.make([Scope.READ]);
  expect((await statusOf(clientOf(leader, text))).role).toBe(ServerRole.LEADER);
  expect((await statusOf(clientOf(standby, text))).role).toBe(ServerRole.STANDBY);
});

test('each counts on its own: a caller has its limit at each, a hundred times of it or not', async () => {
  const { text } = await keys.make([Scope.READ]);
  const outcomes = await Promise.all(
    [leader, standby].map(async (app) => {
      const client = clientOf(app, text);
      const calls = Array.from({ length: 10 * BURST }, () =>
        statusOf(client).then(
          () => 'OK',
          (error) => reasonOf(error),
        ),
      );
      const answers = await Promise.all(calls);
      return {
        ok: answers.filter((answer) => answer === 'OK').length,
        limited: answers.filter((answer) => answer === 'ERROR_REASON_RATE_LIMITED').length,
      };
    }),
  );
  // A try that was not answered in time spent one of them, and was made again.
  for (const { ok, limited } of outcomes) {
    expect(ok).toBeGreaterThan(0);
    expect(ok).toBeLessThanOrEqual(BURST);
    expect(ok + limited).toBe(10 * BURST);
  }
});

test('a standby counts the calls it passes on', async () => {
  const { text } = await keys.make([Scope.READ]);
  const { raw } = clientOf(standby, text);
  const refusals = new Map<string, number>();
  for (let times = 0; times < BURST + 5; times += 1) {
    const error = await failureOf(call((done) => raw.trades.getTrade({ account: 'demo', ticket: 1n }, done)));
    const reason = reasonOf(error);
    refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
  }
  expect(Object.fromEntries(refusals)).toEqual({
    ERROR_REASON_TRADE_NOT_FOUND: BURST,
    ERROR_REASON_RATE_LIMITED: 5,
  });
});

test('both refuse a key that was revoked, and its open stream ends', async () => {
  const key = await keys.make([Scope.READ]);
  const atLeader = clientOf(leader, key.text);
  const atStandby = clientOf(standby, key.text);
  await statusOf(atLeader);
  await statusOf(atStandby);
  const watch = atLeader.raw.trades.watchTrades({
    filter: undefined,
    resumeAfter: undefined,
    sendInitialState: true,
  });
  const ended = new Promise<number>((resolve) => {
    watch.on('error', ({ code }: { readonly code?: number }) => resolve(code ?? -1));
  });
  await new Promise((resolve) => watch.once('data', resolve));
  watch.resume();
  // By another program, as `dtms keys revoke` does it: neither server is told.
  await keys.revoke(key);
  expect(await ended).toBe(status.UNAUTHENTICATED);
  for (const client of [atLeader, atStandby]) {
    await eventually(async () =>
      expect((await failureOf(statusOf(client))).code).toBe(status.UNAUTHENTICATED),
    );
  }
});
