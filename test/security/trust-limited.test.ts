// What a key that is limited to accounts is told: nothing of others, over every method and every page. Others carry
// canaries in all they can name; and whatever they do, the answers to the key stay the same.
import { randomUUID } from 'node:crypto';
import type { DescMethod, JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MethodClass } from '../../gen/ts/dtms/v1/access.js';
import { FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Monitoring } from '../../gen/ts/dtms/v1/types.js';
import { DtmsClient, ErrorReason } from '../../src/client/index.js';
import { SCOPES } from '../../src/contract/scopes.js';
import { LEGACY_ROUTES } from '../../src/http/legacy/routes.js';
import { accountCalls } from '../support/account-calls.js';
import { actionCalls } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { badRequest } from '../support/bad-request.js';
import { CONTRACT } from '../support/grpc.js';
import { DatabaseKeys } from '../support/keys.js';
import { walk } from '../support/market-data.js';
import { preparations } from '../support/parity.js';
import { METHODS, pathOf, Rest, spread } from '../support/rest.js';

const CANARY = 'canary';
const THEIRS = `${CANARY}-account`;
const TICKET = 7_700_000_000_001n;
const FROM = new Date(Date.UTC(2025, 5, 2));

let service: TestService;
let keys: DatabaseKeys;
let rest: Rest;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({
    access: { mode: 'open' },
    limits: { mode: 'off' },
    tls: { clientScopes: `${CANARY}-certificate=read` },
    rules: { accounts: { [`${CANARY}-configured`]: { marginMode: 'netting', fifo: false } } },
  });
  keys = new DatabaseKeys(service.databaseUrl);
  rest = new Rest(service.http);
  await others(0);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

const { failure, register } = accountCalls(() => service);
const { goodRequest } = preparations(() => service);
const access = (method: DescMethod) => CONTRACT.methods.get(pathOf(method))?.access;

async function clientOf(accounts: readonly string[]): Promise<DtmsClient> {
  const { text } = await keys.make(SCOPES, accounts);
  const client = new DtmsClient({ address: service.address, apiKey: text });
  clients.push(client);
  return client;
}

/** Something of everything that another account has, again each `round`. */
async function others(round: number): Promise<void> {
  const { client } = service;
  const account = `${THEIRS}-${round}`;
  const { opened, fall, beat, lease } = actionCalls(() => service);
  await client.upsertFeed({ feed: `${CANARY}-feed-${round}`, kind: FeedKind.LIVE, accounts: [account] });
  await client.pushMarketData({ feed: `${CANARY}-feed-${round}`, items: walk('BTCUSD', 'M15', FROM, 3) });
  await client.pushMarketData({ feed: `${CANARY}-open-${round}`, items: walk('CANARYUSD', 'M15', FROM, 3) });
  await register(account, TICKET, { feed: `${CANARY}-open-${round}`, label: `${CANARY}-label` });
  await opened(account, 5);
  await fall(account);
  await beat(account, `${CANARY}-bridge`);
  await lease(account, `${CANARY}-bridge`);
  await client.closeTrade({ account, ticket: TICKET, reason: 1, closePrice: 99 });
  await client.setTradingState({ account, state: 2, by: `${CANARY}-person`, reason: `${CANARY}-reason` });
  await keys.make(SCOPES, [account], `${CANARY}-key-${round}`);
}

/** Headers of the moment. */
const VOLATILE: ReadonlySet<string> = new Set(['content-length', 'date', 'x-correlation-id']);

/** All that is told of a call: its answer, an error's details, headers. A stream is read until it has shown what is. */
async function told(method: DescMethod, request: JsonObject, key: string): Promise<string> {
  const { http, url, body } = spread(method, request);
  const streams = method.methodKind !== 'unary';
  const type = method.methodKind === 'bidi_streaming' ? 'application/x-ndjson' : 'application/json';
  const response = await rest.fetch(url, {
    method: http,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': type }),
      ...(streams ? { accept: 'application/x-ndjson' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
  const headers = [...response.headers].filter(([name]) => !VOLATILE.has(name));
  let text = `${response.status} ${JSON.stringify(headers)} `;
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    text += part.value;
    if (text.includes('"caughtUp"')) break;
  }
  await reader?.cancel();
  return text;
}

describe('a key that is limited to an account is told nothing that names another', () => {
  test.each(METHODS.map((method) => [method.name, method] as const))('%s', async (name, method) => {
    const account = `mine-${name}`;
    const { text: key } = await keys.make(SCOPES, [account]);
    const bad = badRequest(method.input);
    const requests: JsonObject[] = [
      await goodRequest(method, account),
      ...(bad === undefined ? [] : [bad]),
      {},
    ];
    for (const request of requests)
      expect((await told(method, request, key)).toLowerCase()).not.toContain(CANARY);
  });

  const PAGES = ['/', '/metrics', '/dtms/metrics', '/docs', '/redoc', '/openapi.json', '/livez', '/readyz'];
  const OLD = LEGACY_ROUTES.filter(({ method }) => method === 'GET').map(({ path }) =>
    path.replace('{ticket}', String(TICKET)),
  );
  test.each([...PAGES, ...OLD, ...OLD.map((path) => `${path}?account=mine-page`)])('%s', async (path) => {
    const { text: key } = await keys.make(SCOPES, ['mine-page']);
    const response = await rest.fetch(path, { headers: { authorization: `Bearer ${key}` } });
    expect((await response.text()).toLowerCase()).not.toContain(CANARY);
  });

  test('and pages about everybody are refused to it', async () => {
    const { text: key } = await keys.make(SCOPES, ['mine-page']);
    const whole = await keys.make(SCOPES);
    const asked = async (path: string, text: string) =>
      (await rest.fetch(path, { headers: { authorization: `Bearer ${text}` } })).status;
    for (const path of ['/metrics', '/dtms/metrics', '/v1/dtms/performance']) {
      expect([await asked(path, key), await asked(path, whole.text)], path).toEqual([403, 200]);
    }
  });
});

/** Times go on, calls have ids, and the log grows. */
const still = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/"headRevision":"\d+"/g, '"headRevision":"N"');

describe('whatever others do', () => {
  const READS = METHODS.filter(
    (method) => access(method)?.methodClass === MethodClass.QUERY && method.methodKind === 'unary',
  );

  /** What a key is told by every read. */
  async function answers(requests: ReadonlyMap<DescMethod, JsonObject>, key: string) {
    const all: [string, string][] = [];
    for (const [method, request] of requests)
      all.push([method.name, still(await told(method, request, key))]);
    return Object.fromEntries(all);
  }

  test('each read tells the same as before', async () => {
    const accounts = READS.map(({ name }) => `reader-${name}`);
    const requests = new Map<DescMethod, JsonObject>();
    for (const method of READS) {
      const { pageSize, ...whole } = await goodRequest(method, `reader-${method.name}`);
      requests.set(method, pageSize === undefined ? whole : { ...whole, pageSize: 1000 });
    }
    const [mine, everybody] = [await keys.make(SCOPES, accounts), await keys.make(SCOPES)];
    const before = await answers(requests, mine.text);
    const beforeToAll = await answers(requests, everybody.text);
    const watching = service.client.watchTrades({})[Symbol.asyncIterator]();
    await watching.next();
    await others(1);
    expect(await answers(requests, mine.text)).toEqual(before);
    // What they did shows where it may: else the test could not fail.
    const afterToAll = await answers(requests, everybody.text);
    const changed = Object.keys(afterToAll).filter((name) => afterToAll[name] !== beforeToAll[name]);
    expect(changed).toEqual(
      expect.arrayContaining(['GetStatus', 'ListFeeds', 'ListAccounts', 'ListApiKeys']),
    );
    await watching.return?.(undefined);
  });
});

describe('a request_id', () => {
  const pause = (account: string, requestId: string) => ({ account, ticket: 1n, reason: 'r', requestId });

  test('that another account used is free, and tells nothing of its call', async () => {
    const [mine, theirs] = ['id-mine', 'id-theirs'];
    for (const account of [mine, theirs]) await register(account, 1n);
    const [me, them] = [await clientOf([mine]), await clientOf([theirs])];
    const requestId = randomUUID();
    await them.pauseTrade(pause(theirs, requestId));
    await service.client.upsertAccount({ account: theirs, marginMode: 1, requestId });
    expect((await me.resumeTrade(pause(mine, requestId))).trade?.account).toBe(mine);
  });

  test('is one among all keys of an account, and is told as it was given', async () => {
    const account = 'id-shared';
    await register(account, 1n);
    const [one, other] = [await clientOf([account]), await clientOf([account])];
    const requestId = randomUUID().toUpperCase();
    await one.pauseTrade(pause(account, requestId));
    await one.resumeTrade({ ...pause(account, randomUUID()) });
    // A repeat: the answer of the first time, although the trade goes on by now.
    expect((await other.pauseTrade(pause(account, requestId))).trade?.monitoring).toBe(Monitoring.PAUSED);
    const reused = await failure(other.resumeTrade(pause(account, requestId)));
    expect(reused.report).toMatchObject({
      reason: ErrorReason.REQUEST_ID_REUSED,
      metadata: { request_id: requestId, method: '/dtms.v1.TradeService/PauseTrade' },
    });
  });
});

describe('a request_id that was stored before keys had ids of their own', () => {
  // Before: over an upgrade, a retry of a call that had timed out happened twice.
  test('is known when the very same call is made again', async () => {
    const account = 'id-former';
    await register(account, 1n);
    const me = await clientOf([account]);
    const pause = { account, ticket: 1n, reason: 'r', requestId: randomUUID() };
    // A key of all accounts keeps it as every version did.
    await service.client.pauseTrade(pause);
    await service.client.resumeTrade({ ...pause, requestId: randomUUID() });
    expect((await me.pauseTrade(pause)).trade?.monitoring).toBe(Monitoring.PAUSED);
    expect((await service.client.getTrade({ account, ticket: 1n })).trade?.monitoring).not.toBe(
      Monitoring.PAUSED,
    );
    // Another call under it is a call of its own, and tells nothing of the first.
    expect((await me.pauseTrade({ ...pause, reason: 'other' })).trade?.monitoring).toBe(Monitoring.PAUSED);
  });
});

describe('a feed', () => {
  test('of others is refused as one that is not there', async () => {
    const client = await clientOf(['feed-mine']);
    const errorOf = async (call: Promise<unknown>, feed: string) => {
      const { report } = await failure(call);
      return JSON.stringify([report.reason, report.message]).replaceAll(feed, 'FEED');
    };
    const there = `${CANARY}-feed-0`;
    for (const ask of [
      (feed: string) => client.resetFeed({ feed }),
      (feed: string) => client.deleteFeed({ feed }),
      (feed: string) => client.getMarketView({ feed, symbol: 'BTCUSD' }),
      (feed: string) => client.listBars({ feed, symbol: 'BTCUSD', timeframe: 1 }),
      (feed: string) => client.listEvaluations({ feed, symbol: 'BTCUSD' }),
    ]) {
      expect(await errorOf(ask(there), there)).toBe(await errorOf(ask('nowhere'), 'nowhere'));
    }
    expect((await client.listMarketViews({ feed: there })).markets).toEqual([]);
  });

  test('that others wait for is not taken, and who they are is not told', async () => {
    const feed = 'awaited';
    await register(`${THEIRS}-0`, 99n, { feed });
    const client = await clientOf(['feed-mine']);
    const refused = await failure(client.upsertFeed({ feed, kind: FeedKind.LIVE, accounts: ['feed-mine'] }));
    expect(refused.report.reason).toBe(ErrorReason.FEED_DENIED);
    expect(JSON.stringify(refused.report)).not.toContain(CANARY);
  });

  test('that its trades share with others is listed without them', async () => {
    const [feed, confirmedBy] = ['shared', `${CANARY}-open-0`];
    const accounts = ['share-mine', `${THEIRS}-0`];
    await service.client.upsertFeed({ feed, kind: FeedKind.LIVE, accounts, confirmedBy });
    await service.client.pushMarketData({ feed, items: walk('BTCUSD', 'M15', FROM, 3) });
    await register('share-mine', 1n, { feed });
    await register(`${THEIRS}-0`, 98n, { feed });
    const client = await clientOf(['share-mine']);
    const { feeds } = await client.listFeeds({});
    expect(feeds).toEqual([
      expect.objectContaining({
        name: feed,
        accounts: ['share-mine'],
        confirmedBy: '',
        madeBy: '',
        activeTrades: 1n,
      }),
    ]);
    expect((await client.listMarketViews({})).markets).toEqual([
      expect.objectContaining({ feed, activeTrades: 1n }),
    ]);
  });
});
