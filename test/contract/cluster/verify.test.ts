// What every server holds is compared with what the leader has, by hash, while writing goes on; one that holds something
// else is found, and what it is.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ServerVerdict,
  StateKind,
  type VerifyServersResponse,
} from '../../../gen/ts/dtms/v1/system_service.js';
import { Timeframe } from '../../../gen/ts/dtms/v1/types.js';
import type { App } from '../../../src/app.js';
import { Direction, DtmsClient } from '../../../src/client/index.js';
import { dtmsHere } from '../../support/cli-call.js';
import { eventually } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { TestServers } from '../../support/servers.js';
import { bodiesAsText } from '../../support/text-bodies.js';

const START = Date.UTC(2026, 5, 3, 9);
const M5 = 300_000;

let servers: TestServers;
const clients: DtmsClient[] = [];

beforeAll(async () => {
  servers = await TestServers.start(2, { limits: { mode: 'off' } });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await servers?.end();
});

function clientOf(app: App): DtmsClient {
  const client = new DtmsClient({ address: app.grpcAddress, breaker: 'off' });
  clients.push(client);
  return client;
}

const tradeOf = (ticket: number, symbol = 'EURUSD') => ({
  account: 'demo',
  ticket: BigInt(ticket),
  symbol,
  feed: 'recorded',
  direction: Direction.BUY,
  entryPrice: 1.1,
  volume: 1,
  stopLoss: 1,
  openedAt: new Date(START),
});

const barAt = (index: number, close = 1.1 + (index % 5) / 1000) => ({
  data: {
    $case: 'bar' as const,
    value: {
      symbol: 'EURUSD',
      timeframe: Timeframe.M5,
      openTime: new Date(START + index * M5),
      open: 1.1,
      high: Math.max(1.1, close) + 0.001,
      low: Math.min(1.1, close) - 0.001,
      close,
      volume: 10 + index,
    },
  },
});

/** Something of every kind. */
async function fill(client: DtmsClient): Promise<void> {
  await client.upsertFeed({ feed: 'recorded', kind: 2 });
  await client.upsertPolicy({ policy: { name: 'none', plan: { off: true } }, by: 'ann', reason: 'a test' });
  await client.upsertAccount({ account: 'demo', marginMode: 1 });
  await client.upsertInstruments({
    instruments: [
      {
        account: 'demo',
        symbol: 'EURUSD',
        digits: 5,
        tickSize: 0.00001,
        volumeMin: 0.01,
        volumeStep: 0.01,
        volumeMax: 9,
        contractSize: 1,
      },
    ],
  });
  await client.upsertNewsEvents({
    events: [{ eventId: 'n1', currency: 'USD', time: new Date(), impact: 3 }],
  });
  await client.registerTrade({ trade: tradeOf(1) });
  await client.pushMarketData({ feed: 'recorded', items: [0, 1, 2].map((index) => barAt(index)) });
}

const problems = ({ servers: told }: VerifyServersResponse) =>
  told.filter(({ verdict }) => verdict !== ServerVerdict.SAME);

test('every server is asked, whichever is called, and holds what the leader has, while writing goes on', async () => {
  await fill(clientOf(servers.at(0)));
  const [leader, follower] = [clientOf(servers.at(0)), clientOf(servers.at(1))];
  const ids = (await leader.listServers({})).servers.map(({ serverId }) => serverId);
  let going = true;
  let written = 0;
  const writing = (async () => {
    for (; going; written += 1) {
      await leader.registerTrade({ trade: tradeOf(100 + written) });
      await leader.pushMarketData({ feed: 'recorded', items: [barAt(3 + written)] });
      if (written % 2 === 0)
        await leader.closeTrade({ account: 'demo', ticket: BigInt(100 + written), reason: 4 });
      await leader.upsertAccount({ account: `a${written % 3}`, marginMode: 1 + (written % 2) });
    }
  })();
  let last = 0n;
  for (let round = 0; round < 6; round += 1) {
    const told = await (round % 2 === 0 ? leader : follower).verifyServers({});
    expect(told.leaderServerId).toBe(ids[0]);
    expect(problems(told)).toEqual([]);
    expect(told.servers.map(({ serverId }) => serverId)).toEqual(ids.slice(1));
    expect(told.servers[0]?.commit).toBeGreaterThan(last);
    last = told.servers[0]?.commit ?? last;
    const before = written;
    await eventually(() => expect(written).toBeGreaterThan(before));
  }
  going = false;
  await writing;
  const { leader: held } = await leader.verifyServers({});
  expect(held.map(({ kind }) => kind)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const { kind, count } of held) expect(count, StateKind[kind]).toBeGreaterThan(0n);
});

test('each tells what it holds itself, each thing where that is asked for, and waits for the commit', async () => {
  const [leader, follower] = [clientOf(servers.at(0)), clientOf(servers.at(1))];
  const ids = (await leader.listServers({})).servers.map(({ serverId }) => serverId);
  const ours = await leader.digestState({ items: [StateKind.TRADES] });
  const theirs = await follower.digestState({ minCommit: ours.commit, items: [StateKind.TRADES] });
  expect([ours.serverId, theirs.serverId]).toEqual(ids);
  expect(theirs).toEqual({ ...ours, serverId: theirs.serverId });
  const [trades, ...others] = ours.kinds;
  expect(trades?.items.map(({ name }) => name)).toContain('demo:1');
  expect(BigInt(trades?.items.length ?? 0)).toBe(trades?.count);
  expect(others.every(({ items }) => items.length === 0)).toBe(true);
});

/** Makes the next server hold something else: it restores what was changed behind the leader's back. */
async function tampered(table: string, where: string, from: string, to: string): Promise<App> {
  const change = (one: string, other: string) =>
    execute(
      servers.database.url,
      `UPDATE ${table} SET body = replace(body::text, $1, $2)::json WHERE ${where}`,
      [one, other],
    );
  await bodiesAsText(servers.database.url);
  await change(from, to);
  const app = await servers.add();
  // It may be ready before it holds anything: what it does not hold it passes on.
  await clientOf(app).digestState({});
  await change(to, from);
  return app;
}

test('one that holds something else is found, and told what it is', async () => {
  const odd = await tampered('trades', 'ticket = 1', '"stopLoss":1,', '"stopLoss":1.01,');
  const told = await clientOf(odd).verifyServers({});
  expect(told.servers.map(({ problem }) => problem)).toEqual(['', '']);
  expect(told.servers.map(({ verdict }) => verdict)).toEqual([ServerVerdict.SAME, ServerVerdict.DIFFERS]);
  expect(told.servers[1]?.differences).toEqual([{ kind: StateKind.TRADES, count: 1n, names: ['demo:1'] }]);

  const verify = ({ grpcAddress }: App, ...args: readonly string[]) =>
    dtmsHere(['servers', 'verify', '--server', grpcAddress, ...args]);
  const shown = await verify(odd);
  expect(shown).toMatchObject({ code: 1, out: expect.stringMatching(/DIFFERS.*trades demo:1/) });
  expect(shown.out).toMatch(/ 1 policy$/m);
  expect(shown.err).toContain('not the same as the leader');
  const lines = (await verify(odd, '--json')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).verdict)).toEqual([
    'SERVER_VERDICT_SAME',
    'SERVER_VERDICT_DIFFERS',
  ]);
  await servers.stop(odd);
  expect(await verify(servers.at(0))).toMatchObject({ code: 0 });
});

test('one that is not there any more is not compared, and said so', async () => {
  await execute(
    servers.database.url,
    `INSERT INTO servers SELECT (jsonb_populate_record(s,
       '{"server_id": "gone-1", "peer_address": "127.0.0.1:1", "role": "STANDBY", "evaluator_epoch": 0}')).*
     FROM servers AS s LIMIT 1`,
  );
  // Who there is is looked at once a second.
  const gone = await eventually(async () => {
    const told = await clientOf(servers.at(0)).verifyServers({});
    const found = told.servers.find(({ serverId }) => serverId === 'gone-1');
    if (found === undefined) throw new Error('it is not known yet');
    return found;
  });
  expect(gone).toMatchObject({ verdict: ServerVerdict.NOT_COMPARED, commit: 0n });
  expect(gone?.problem).toContain('not reached');
});
