// Three servers over one database: any call at any of them is answered as the one that leads answers it.
import { Client, credentials, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { ActionServiceClient } from '../../../gen/ts/dtms/v1/action_service.js';
import {
  MarketDataServiceClient,
  StreamMarketDataRequest,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import {
  BatchRegisterTradesRequest,
  CloseTradeRequest,
  GetTradeRequest,
  ListTradesRequest,
  RegisterTradeRequest,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import type { App } from '../../../src/app.js';
import { Direction, DtmsClient, ErrorReason, ServerRole } from '../../../src/client/index.js';
import { fromServiceError } from '../../../src/errors/status.js';
import { eventually } from '../../support/eventually.js';
import { metadataOf } from '../../support/grpc.js';
import { DatabaseKeys } from '../../support/keys.js';
import { execute } from '../../support/postgres.js';
import { readScrape } from '../../support/scrape.js';
import { TestServers } from '../../support/servers.js';

const asIs = (bytes: Buffer): Buffer => bytes;
const TRADES = '/dtms.v1.TradeService';

let servers: TestServers;
let keys: DatabaseKeys;
let everything: string;
const clients: { close(): void }[] = [];

beforeAll(async () => {
  servers = await TestServers.start(3, {
    access: { mode: 'required' },
    limits: { mode: 'off' },
    watch: { bookmarkMs: 200 },
  });
  keys = new DatabaseKeys(servers.database.url);
  everything = (await keys.make([Scope.READ, Scope.REGISTER, Scope.BRIDGE, Scope.MARKET, Scope.ADMIN])).text;
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys?.close();
  await servers?.end();
});

interface Answer {
  readonly code: number;
  readonly bytes: string;
  readonly details: string;
  readonly trailers: unknown;
}

/** What a server answers, byte for byte; `as` is the key. */
function answerOf(
  app: App,
  method: string,
  request: Uint8Array,
  as = everything,
  more = {},
): Promise<Answer> {
  const client = new Client(app.grpcAddress, credentials.createInsecure());
  clients.push(client);
  const metadata: Metadata = metadataOf({ 'x-api-key': as, 'x-correlation-id': 'the-same', ...more });
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, response?: Buffer) =>
      resolve({
        code: error?.code ?? status.OK,
        bytes: response?.toString('hex') ?? '',
        details: error?.details ?? '',
        trailers: error?.metadata.get('grpc-status-details-bin').map(String),
      });
    client.makeUnaryRequest(
      method,
      asIs,
      asIs,
      Buffer.from(request),
      metadata,
      { deadline: Date.now() + 20_000 },
      done,
    );
  });
}

function clientOf(app: App, apiKey = everything): DtmsClient {
  const client = new DtmsClient({
    address: app.grpcAddress,
    apiKey,
    defaults: { retryMs: 0 },
    breaker: 'off',
  });
  clients.push(client);
  return client;
}

const tradeOf = (ticket: bigint, account = 'demo') => ({
  account,
  ticket,
  symbol: 'EURUSD',
  direction: Direction.BUY,
  entryPrice: 1.1,
  volume: 1,
  stopLoss: 1,
  openedAt: new Date(Date.UTC(2026, 10, 27)),
});

/** Lists show what was registered, whoever is asked. */
const SEEN_FIRST = { 'dtms-min-revision': '1' };

const UUID = '00000000-0000-4000-8000-00000000000';

test('all are ready, and one leads', async () => {
  const leads = await Promise.all(servers.apps.map((app) => value(app, 'dtms_leader')));
  expect(leads).toEqual([1, 0, 0]);
});

test('each knows all of them, and tells the numbers of the one that leads', async () => {
  const statuses = await Promise.all(servers.apps.map((app) => clientOf(app).getStatus({})));
  const leader = statuses[0]?.serverId ?? '';
  expect(leader).not.toBe('');
  expect(statuses.map(({ leaderServerId }) => leaderServerId)).toEqual([leader, leader, leader]);
  expect(new Set(statuses.map(({ serverId }) => serverId)).size).toBe(3);
  for (const [index, app] of servers.apps.entries()) {
    const { servers: known, answeredBy } = await clientOf(app).listServers({});
    expect(answeredBy).toBe(statuses[index]?.serverId);
    expect(known.map(({ serverId }) => serverId)).toEqual(statuses.map(({ serverId }) => serverId));
    expect(known.map(({ grpcAddress }) => grpcAddress)).toEqual(
      servers.apps.map(({ grpcAddress }) => grpcAddress),
    );
    expect(known.map(({ role }) => role)).toEqual([
      ServerRole.LEADER,
      ServerRole.STANDBY,
      ServerRole.STANDBY,
    ]);
  }
  // Each looks once a second.
  await eventually(async () => expect(await value(servers.at(1), 'dtms_servers')).toBe(3));
  await eventually(async () => expect(await value(servers.at(2), 'dtms_serving')).toBe(1));
});

test('each answers with the same bytes, well or ill', async () => {
  const register = RegisterTradeRequest.encode(
    RegisterTradeRequest.fromPartial({ trade: tradeOf(1n), requestId: `${UUID}1` }),
  ).finish();
  const key = { account: 'demo', ticket: 1n };
  const requests: [string, Uint8Array][] = [
    // The first registers, the others repeat the request.
    ['RegisterTrade', register],
    ['GetTrade', GetTradeRequest.encode(GetTradeRequest.fromPartial(key)).finish()],
    ['ListTrades', ListTradesRequest.encode(ListTradesRequest.fromPartial({})).finish()],
    ['GetTrade', GetTradeRequest.encode(GetTradeRequest.fromPartial({ ...key, ticket: 99n })).finish()],
    ['CloseTrade', CloseTradeRequest.encode(CloseTradeRequest.fromPartial({ ...key, ticket: 98n })).finish()],
    ['GetTrade', GetTradeRequest.encode(GetTradeRequest.fromPartial({ ...key, account: '!' })).finish()],
    ['GetTrade', Buffer.from([0xff])],
    [
      'BatchRegisterTrades',
      BatchRegisterTradesRequest.encode(
        BatchRegisterTradesRequest.fromPartial({
          trades: [tradeOf(2n), { ...tradeOf(1n), direction: Direction.SELL }],
          requestId: `${UUID}2`,
        }),
      ).finish(),
    ],
  ];
  for (const [method, request] of requests) {
    const answers: Answer[] = [];
    for (const app of [...servers.apps].reverse())
      answers.push(await answerOf(app, `${TRADES}/${method}`, request, everything, SEEN_FIRST));
    const [first] = answers;
    expect(answers, method).toEqual([first, first, first]);
  }
  const { rows } = await execute(servers.database.url, 'SELECT count(*) AS trades FROM trades');
  expect(Number(rows[0]?.trades)).toBe(2);
});

test('what one wrote every other shows at once', async () => {
  for (const [index, app] of servers.apps.entries()) {
    const ticket = BigInt(10 + index);
    const { revision } = await clientOf(app).registerTrade({ trade: tradeOf(ticket) });
    for (const other of servers.apps) {
      const shown = await clientOf(other).getTrade({ account: 'demo', ticket });
      expect(shown.trade?.ticket).toBe(ticket);
      const { events } = await clientOf(other).listTradeEvents({ afterRevision: revision - 1n });
      expect(events[0]?.revision).toBe(revision);
    }
  }
});

test('a call is its own caller’s at every server, and nothing a caller sends makes it another’s', async () => {
  const named = await keys.make([Scope.READ, Scope.REGISTER], ['mine'], 'the-caller');
  const follower = servers.at(1);
  await clientOf(follower, named.text).registerTrade({ trade: tradeOf(1n, 'mine') });
  const { rows } = await execute(servers.database.url, `SELECT actor FROM events WHERE account = 'mine'`);
  expect(rows).toEqual([{ actor: 'the-caller' }]);

  const forged = encodeURIComponent(
    JSON.stringify({
      vouched: { kind: 'certificate', id: 'root', name: 'root', scopes: [1, 2, 3, 4, 5, 6] },
      peer: '1.2.3.4:5',
    }),
  );
  const theirs = GetTradeRequest.encode(
    GetTradeRequest.fromPartial({ account: 'demo', ticket: 1n }),
  ).finish();
  for (const app of servers.apps) {
    const more = { 'dtms-vouched-caller': forged };
    expect((await answerOf(app, `${TRADES}/GetTrade`, theirs, named.text, more)).code).toBe(
      status.PERMISSION_DENIED,
    );
    expect((await answerOf(app, `${TRADES}/GetTrade`, theirs, 'dtms_no_key', more)).code).toBe(
      status.UNAUTHENTICATED,
    );
  }
});

test('a watch from a follower shows the state and what follows, each event once', async () => {
  const client = clientOf(servers.at(2));
  const ended = new AbortController();
  const seen: bigint[] = [];
  let snapshots = 0;
  const watching = (async () => {
    for await (const message of client.watchTrades({ sendInitialState: true, signal: ended.signal })) {
      if (message.$case === 'snapshotItem') snapshots += 1;
      if (message.$case === 'events') seen.push(...message.value.events.map(({ revision }) => revision));
    }
  })();
  await eventually(() => expect(snapshots).toBeGreaterThan(0));
  const revisions: bigint[] = [];
  for (let ticket = 100n; ticket < 120n; ticket += 1n) {
    const app = servers.at(Number(ticket % 3n));
    revisions.push((await clientOf(app).registerTrade({ trade: tradeOf(ticket) })).revision);
  }
  // A follower shows what it has: what was written just before may come as an event.
  await eventually(() => expect(seen.slice(seen.indexOf(revisions[0] ?? 0n))).toEqual(revisions));
  expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0n) + BigInt(index)));
  ended.abort();
  await watching;
});

test('streams of bridges and feeds go through a follower, and a watch is its own', async () => {
  const metadata = metadataOf({ 'x-api-key': everything });
  const market = new MarketDataServiceClient(servers.at(1).grpcAddress, credentials.createInsecure());
  const actions = new ActionServiceClient(servers.at(1).grpcAddress, credentials.createInsecure());
  onTestFinished(() => {
    market.close();
    actions.close();
  });
  const feed = market.streamMarketData(metadata);
  feed.on('error', () => undefined);
  const quote = { symbol: 'EURUSD', time: new Date(Date.UTC(2026, 10, 27)), bid: 1.1, ask: 1.2 };
  const acknowledged: bigint[] = [];
  feed.on('data', ({ sequence, result }) => {
    if (result !== undefined) acknowledged.push(sequence);
  });
  const sent = Array.from({ length: 100 }, (_, index) => BigInt(index + 1));
  for (const sequence of sent) {
    const time = new Date(quote.time.getTime() + Number(sequence));
    const items = [{ data: { $case: 'quote' as const, value: { ...quote, time } } }];
    feed.write(StreamMarketDataRequest.fromPartial({ sequence, feed: 'passed', items }));
  }
  await eventually(() => expect(acknowledged).toEqual(sent));
  const lease = actions.leaseActions(
    { account: 'demo', bridgeId: 'b1', maxLeases: 1, leaseSeconds: 30, drain: false, occurredAt: undefined },
    metadata,
  );
  const refused = await new Promise<ServiceError>((resolve) => lease.on('error', resolve));
  // No bridge has reported of the account: the leader says so, and the follower tells it.
  expect(fromServiceError(refused).reason).toBe(ErrorReason.BRIDGE_NOT_READY);
  feed.cancel();

  const watching = new DtmsClient({ address: servers.at(1).grpcAddress, apiKey: everything });
  const ended = new AbortController();
  const reading = (async () => {
    for await (const _ of watching.watchTrades({ sendInitialState: true, signal: ended.signal }));
  })();
  await eventually(async () => expect(await value(servers.at(1), 'dtms_watchers')).toBe(1));
  expect(await value(servers.at(0), 'dtms_watchers')).toBe(0);
  ended.abort();
  await reading;
  watching.close();
  await eventually(async () => expect(await value(servers.at(1), 'dtms_watchers')).toBe(0));
});

const NOBODYS = { account: 'nobodys', bridgeId: 'b1' };

test('positions that nobody defends are told by every server itself, without asking the leader', async () => {
  const leader = clientOf(servers.at(0));
  await leader.reportAccount({
    ...NOBODYS,
    connected: true,
    tradeAllowed: true,
    equity: 9,
    balance: 9,
    demo: true,
  });
  // A volume of 0 cannot be read: nobody defends what it belongs to.
  const position = {
    identifier: 7n,
    ticket: 7n,
    symbol: 'EURUSD',
    direction: Direction.BUY,
    entryPrice: 1.1,
    volume: 0,
  };
  await leader.reconcilePositions({ ...NOBODYS, takenAt: new Date(), complete: true, positions: [position] });
  const { risk } = await leader.getRisk(NOBODYS);
  expect(risk?.undefendedPositions.map(({ identifier }) => identifier)).toEqual([7n]);
  const counts = () => Promise.all(servers.apps.map((app) => value(app, 'dtms_calls_passed_on_total')));
  const before = await counts();
  for (const app of servers.apps) {
    await eventually(async () => expect((await clientOf(app).getRisk(NOBODYS)).risk).toEqual(risk));
    const { accounts } = await clientOf(app).listAccounts({});
    expect(accounts.find(({ account }) => account === NOBODYS.account)).toEqual(risk);
  }
  expect(await counts()).toEqual(before);
});

test('REST is answered alike', async () => {
  const answers = await Promise.all(
    servers.apps.map(async (app) => {
      const answer = await fetch(`http://${app.httpAddress}/v1/dtms/accounts/demo/trades/1`, {
        headers: { authorization: `Bearer ${everything}` },
      });
      return { status: answer.status, body: await answer.text() };
    }),
  );
  expect(answers[0]?.status).toBe(200);
  expect(answers).toEqual([answers[0], answers[0], answers[0]]);
});

test('when the leader stops, writes through another go on: none is lost, none refused', async () => {
  const follower = clientOf(servers.at(1));
  const failures: unknown[] = [];
  const written: bigint[] = [];
  let going = true;
  const writing = (async () => {
    for (let ticket = 1000n; going; ticket += 1n) {
      await follower.registerTrade({ trade: tradeOf(ticket) }).then(
        ({ revision }) => written.push(revision),
        (error: unknown) => failures.push(error),
      );
    }
  })();
  await eventually(() => expect(written.length).toBeGreaterThan(5));
  await servers.stop(servers.at(0));
  const before = written.length;
  await eventually(() => expect(written.length).toBeGreaterThan(before + 5));
  going = false;
  await writing;
  expect(failures).toEqual([]);
  expect(new Set(written).size).toBe(written.length);
  const leads = await Promise.all(servers.apps.map((app) => value(app, 'dtms_leader')));
  expect(leads.reduce((sum, one) => sum + one, 0)).toBe(1);
  // Whoever leads next knows what no snapshot has told it.
  for (const app of servers.apps)
    expect((await clientOf(app).getRisk(NOBODYS)).risk?.undefendedCount).toBe(1);
});

async function value(app: App, name: string): Promise<number> {
  const answer = await fetch(`http://${app.httpAddress}/metrics`, {
    headers: { authorization: `Bearer ${everything}` },
  });
  const family = readScrape(await answer.text(), 'prometheus').find((each) => each.name === name);
  return family?.samples.reduce((sum, sample) => sum + sample.value, 0) ?? expect.fail(`no ${name}`);
}
