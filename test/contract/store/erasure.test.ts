// Erasing an account: no table has a word of it any more, others have all they had, and what proves the log and the audits to
// be whole still proves it, and finds what was taken out without an erasure.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MarginMode, TradingState } from '../../../gen/ts/dtms/v1/account_service.js';
import { FlagState } from '../../../gen/ts/dtms/v1/feature_flag.js';
import { Policy } from '../../../gen/ts/dtms/v1/policy_service.js';
import { RegisterTradeResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { ActionOutcome } from '../../../gen/ts/dtms/v1/types.js';
import { Direction, DtmsClient, type TradeEvent } from '../../../src/client/index.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { exportTo } from '../../../src/exchange/export.js';
import { importFrom } from '../../../src/exchange/import.js';
import { checkAll, checkDatabase } from '../../../src/integrity/database.js';
import { createLogger } from '../../../src/observability/logger.js';
import { briefEvent } from '../../../src/store/bodies/brief-event.js';
import { isErased } from '../../../src/store/erased-event.js';
import { eraseAccount } from '../../../src/store/erasure.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { eventually } from '../../support/eventually.js';
import { DatabaseKeys } from '../../support/keys.js';
import { createDatabase, execute } from '../../support/postgres.js';
import { TestServers } from '../../support/servers.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const GONE = 'login-77401';
const LEFT = 'other';
const ORDER = { account: GONE, by: 'ann', reason: 'the customer left' };

test('an event of another that was stored without what one of the account has too is whole after it', async () => {
  const fixture = await StoreFixture.create();
  try {
    const { store, term } = await fixture.lead();
    const shared = Buffer.alloc(200, 'shared ');
    const accounts = ['kept', GONE, 'kept', 'kept', GONE];
    const batch = batchOf(accounts.map((account, index) => withAccount(makeTrade(index + 1), account)));
    const payloads = accounts.map((account, index) =>
      Buffer.concat([Buffer.from(`${account} ${index} `), shared]),
    );
    const events = batch.events.map((event, index) => {
      const payload = payloads[index] ?? shared;
      const place = {
        distance: index - 1,
        length: shared.length,
        otherAt: payloads[1]?.indexOf(shared) ?? 0,
      };
      const before = payload.subarray(0, payload.indexOf(shared));
      return {
        ...event,
        payload,
        brief: index < 2 ? payload : briefEvent(before, Buffer.alloc(0), place),
      };
    });
    await term.writer.commit({ ...batch, events });
    await term.release();
    await execute(
      fixture.database.url,
      `UPDATE trades SET state = 'CLOSED', closed_at = now(), open_work = 0 WHERE account = '${GONE}'`,
    );
    await eraseAccount({ ownerUrl: fixture.database.url }, ORDER);
    const left = (await store.readEvents(0, 10)).filter((event) => !isErased(event));
    expect(left.map(({ revision, payload }) => [revision, Buffer.from(payload)])).toEqual(
      [0, 2, 3].map((index) => [index + 1, payloads[index]]),
    );
  } finally {
    await fixture.close();
  }
});

test('others keep what only has its name as the name of a field, or within a longer one', async () => {
  const fixture = await StoreFixture.create();
  const { url } = fixture.database;
  const run = async (text: string, values: unknown[] = []) => (await execute(url, text, values)).rows;
  try {
    // As short as the names of fields are, and one of them.
    const [gone, longer] = ['name', 'name-b'];
    const { term } = await fixture.lead();
    await term.writer.commit(
      batchOf([gone, longer].map((account, i) => withAccount(makeTrade(i + 1), account))),
    );
    await term.release();
    await run(`UPDATE trades SET state = 'CLOSED', closed_at = now(), open_work = 0`);
    await run(`INSERT INTO feeds (feed, body) VALUES ('name', $1)`, [
      JSON.stringify({ name: 'name', kind: 'LIVE', accounts: [gone, longer], confirmedBy: null, madeBy: '' }),
    ]);
    const audits = [
      { name: 'x' },
      { limits: JSON.stringify({ name: 'x' }) },
      { of: gone },
      { of: `"${gone}"` },
    ];
    for (const [index, detail] of audits.entries())
      await run(
        `INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail) VALUES ('ann', '', $1, $2, 0, $3)`,
        [`Did${index}`, longer, JSON.stringify(detail)],
      );
    const answered = [{ account: gone }, { account: longer }, { account: longer, label: gone }];
    for (const [index, spec] of answered.entries()) {
      const answer = RegisterTradeResponse.fromPartial({ trade: spec });
      await run(`INSERT INTO answers (request_id, method, body_hash, response) VALUES ($1, $2, '', $3)`, [
        `00000000-0000-4000-8000-00000000000${index}`,
        '/dtms.v1.TradeService/RegisterTrade',
        Buffer.from(RegisterTradeResponse.encode(answer).finish()),
      ]);
    }
    await eraseAccount({ ownerUrl: url }, { ...ORDER, account: gone });
    expect(await run('SELECT right(request_id::text, 1) AS id FROM answers ORDER BY 1')).toEqual([
      { id: '1' },
      { id: '2' },
    ]);
    const [feed] = await run('SELECT body FROM feeds');
    expect(feed).toMatchObject({
      body: { name: 'name', accounts: [expect.stringMatching(/^erased-/), longer] },
    });
    const kept = await run(`SELECT method, detail FROM audit_events WHERE method LIKE 'Did%' ORDER BY id`);
    const erased = { erased: true };
    expect(kept.map(({ detail }) => detail)).toEqual([...audits.slice(0, 2), erased, erased]);
  } finally {
    await fixture.close();
  }
});

const withAccount = (trade: Trade, account: string): Trade => ({
  ...trade,
  spec: { ...trade.spec, account },
});

let servers: TestServers;
let client: DtmsClient;
let before: TradeEvent[];

const trade = (account: string, ticket: bigint) => ({
  ...{ account, ticket, symbol: 'BTCUSD', direction: Direction.BUY },
  ...{ entryPrice: 100, volume: 1, stopLoss: 90 },
});
const connected = () => new DtmsClient({ address: servers.at(0).grpcAddress });
const eventsOf = async (account: string) =>
  (await client.listTradeEvents({ filter: { account }, pageSize: 1000 })).events;
const erase = () => eraseAccount({ ownerUrl: servers.database.url }, ORDER);
const sql = (text: string, values?: unknown[]) => execute(servers.database.url, text, values);

/** An account with everything that one can have. */
async function lived(account: string): Promise<void> {
  const { lease, begin, report } = actionCalls(() => ({ client }));
  await client.upsertAccount({ account, marginMode: MarginMode.HEDGING });
  await client.upsertInstruments({
    instruments: [
      {
        ...{ account, symbol: 'BTCUSD', digits: 2, tickSize: 0.01, contractSize: 1 },
        ...{ volumeMin: 0.01, volumeStep: 0.01, volumeMax: 100 },
      },
    ],
  });
  await client.reportAccount({
    ...{
      account,
      bridgeId: `bridge-${account}`,
      terminalAccount: account,
      connected: true,
      tradeAllowed: true,
    },
    ...{ equity: 10_000, balance: 10_000, currency: 'USD' },
  });
  for (const state of [TradingState.HALTED, TradingState.ACTIVE])
    await client.setTradingState({ account, state, by: `owner of ${account}`, reason: account });
  await client.batchRegisterTrades({ trades: [trade(account, 1n), trade(account, 2n)] });
  await client.pauseTrade({ account, ticket: 1n, reason: account });
  await client.closePosition({ account, tickets: [2n], by: account, reason: account });
  const leased = only(await lease(account, `bridge-${account}`));
  await begin(leased);
  await report(leased, ActionOutcome.DONE, { price: 101, message: account });
}

beforeAll(async () => {
  servers = await TestServers.start(1, { access: { mode: 'open' } });
  client = connected();
  await lived(GONE);
  await lived(LEFT);
  const keys = new DatabaseKeys(servers.database.url);
  await keys.make([1], [GONE, LEFT]);
  await keys.make([1], [GONE]);
  await keys.close();
  before = await eventsOf(LEFT);
});
afterAll(async () => {
  client.close();
  await servers.end();
});

/** Rows of any table with the name in them, as text or as bytes. */
async function found(name: string): Promise<string[]> {
  const { rows } = await sql(
    `SELECT quote_ident(relname) AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'`,
  );
  const hex = Buffer.from(name).toString('hex');
  const tables: string[] = [];
  for (const { name: table } of rows) {
    const { rowCount } = await sql(
      `SELECT FROM ${table} t WHERE position($1 in t::text) > 0 OR position($2 in t::text) > 0`,
      [name, hex],
    );
    if (rowCount !== 0) tables.push(`${table}: ${rowCount}`);
  }
  return tables.sort();
}

const NOTICE = `INSERT INTO notices (key, kind, phase, severity, account, symbol, ticket, lasting, body, at)
  VALUES ($1, 'HALTED', 'EVENT', 'WARNING', $1, '', NULL, '', $2, now())`;
/** It was, together with the notice of another. */
const DELIVERED = `
  INSERT INTO notices (key, kind, phase, severity, account, symbol, ticket, lasting, body, at, routed_at)
    VALUES ('another', 'HALTED', 'EVENT', 'WARNING', '${LEFT}', '', NULL, '', '{}', now(), now());
  UPDATE notices SET routed_at = now();
  INSERT INTO notice_deliveries (channel, rule, status, order_key, while_lasting, group_key, planned_at, next_at)
    VALUES ('ops', 'all', 'DELIVERED', '${GONE}', '', '${GONE}', now(), now());
  INSERT INTO notice_delivery_items (delivery_id, notice_id) SELECT delivery_id, notice_id FROM notice_deliveries, notices`;
const ROLLOUT = `INSERT INTO rollouts (plan, groups, state, number) VALUES ($1, '{}', '{}', 0)`;

describe('an erasure', () => {
  test('is refused while a server works, while a trade is open, while a flag names it, and of nobody', async () => {
    await expect(erase()).rejects.toMatchObject({ fault: 'IN_USE' });
    await client.setFeatureFlag({ flag: 'enforce', state: FlagState.OFF, account: GONE, reason: 'a look' });
    await servers.stop(servers.at(0));
    await expect(erase()).rejects.toMatchObject({
      fault: 'OPEN',
      message: expect.stringContaining('1. Close'),
    });
    await servers.add();
    client.close();
    client = connected();
    await client.closeTrade({ account: GONE, ticket: 1n, closePrice: 99 });
    await servers.stop(servers.at(0));
    await expect(erase()).rejects.toMatchObject({ fault: 'NAMED' });
    await servers.add();
    client.close();
    client = connected();
    await client.clearFeatureFlag({ flag: 'enforce', account: GONE, reason: 'it was looked at' });
    await servers.stop(servers.at(0));
    await servers.add();
    client.close();
    client = connected();
    // Of a policy the audits have every version, and the book those that trades may have.
    const reason = 'its mandate';
    const policy = Policy.fromPartial({ name: 'mandate', scope: { accounts: [GONE] } });
    await client.upsertPolicy({ policy, reason });
    await client.upsertPolicy({ policy: { ...policy, priority: 1 }, reason });
    await servers.stop(servers.at(0));
    await expect(erase()).rejects.toMatchObject({
      fault: 'NAMED',
      message: expect.stringContaining('policies: mandate'),
    });
    await servers.add();
    client.close();
    client = connected();
    await client.deletePolicy({ name: 'mandate', reason });
    await servers.stop(servers.at(0));
    await sql(NOTICE, [GONE, JSON.stringify({ text: `of ${GONE}`, account: GONE })]);
    await expect(erase()).rejects.toMatchObject({
      fault: 'PENDING',
      message: expect.stringContaining('HALTED'),
    });
    await sql(DELIVERED);
    await sql(ROLLOUT, [JSON.stringify({ flags: [{ flag: 'enforce', state: 'off', account: GONE }] })]);
    await expect(erase()).rejects.toMatchObject({ fault: 'ROLLOUT' });
    await sql('UPDATE rollouts SET ended_at = now()');
    await expect(
      eraseAccount({ ownerUrl: servers.database.url }, { ...ORDER, account: 'nobody' }),
    ).rejects.toMatchObject({ fault: 'UNKNOWN' });
    expect(await found(GONE)).toContain('trades: 2');
  });

  test('leaves no word of it in any table, and all that others have', async () => {
    const { epochBefore, epoch, events, audits, gone } = await erase();
    expect(epoch).not.toBe(epochBefore);
    expect(gone).toMatchObject({ trades: 2, actions: 1, accounts: 1, instruments: 1 });
    expect([events, audits].every((number) => number > 0)).toBe(true);
    expect((await sql('SELECT key FROM notices')).rows).toEqual([{ key: 'another' }]);
    expect(JSON.stringify((await sql('SELECT plan FROM rollouts')).rows)).toMatch(/"account":"erased-/);
    // Only to have it stopped in: no server goes on with it.
    await sql('DELETE FROM rollouts');
    expect(await found(GONE)).toEqual([]);
    expect(faultsIn(await checkDatabase(servers.database.url))).toEqual({});
    await expect(erase()).rejects.toMatchObject({ fault: 'UNKNOWN' });

    await servers.add();
    client.close();
    client = connected();
    expect(await eventsOf(LEFT)).toEqual(before.map((event) => ({ ...event, logEpoch: epoch })));
    expect(await eventsOf(GONE)).toEqual([]);
    // A policy that named it is for nobody now, not for everybody.
    const { policy: mandate } = await client.getPolicy({ name: 'mandate' });
    expect(mandate?.policy?.scope?.accounts).toEqual([expect.stringMatching(/^erased-/)]);
    const { events: recorded } = await client.listAuditEvents({ pageSize: 1000 });
    expect(recorded.at(-1)).toMatchObject({ method: 'EraseAccount', account: '' });
    // A key without accounts would be everybody's.
    const { keys } = await client.listApiKeys({});
    expect(keys.map(({ accounts }) => accounts.length).sort()).toEqual([1, 2]);
    // What happens from now on follows the log as it was, and can be verified with it.
    await client.closeTrade({ account: LEFT, ticket: 1n, closePrice: 99 });
    await client.registerTrade({ trade: trade(LEFT, 3n) });
    await eventually(async () => expect((await eventsOf(LEFT)).length).toBe(before.length + 2));
    await servers.stop(servers.at(0));
    expect(faultsIn(await checkDatabase(servers.database.url))).toEqual({});
  });

  test('is named again where its log is imported', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-erased-'));
    const other = await createDatabase();
    try {
      const file = join(folder, 'export');
      await exportTo(file, servers.database.url);
      await importFrom(file, { url: other.url, ownerUrl: other.url }, 1000, createLogger('silent'));
      expect(faultsIn(await checkDatabase(other.url))).toEqual({});
    } finally {
      await other.drop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const faultsIn = (findings: Awaited<ReturnType<typeof checkDatabase>>) =>
  Object.fromEntries(
    findings.flatMap(({ name, faults, examples }) => (faults === 0 ? [] : [[name, examples]])),
  );

const BLANK = `account = '', ticket = 0, actor = ''`;
describe('what is verified after it', () => {
  let owner: pg.Client;
  beforeEach(async () => {
    owner = new pg.Client(servers.database.url);
    await owner.connect();
    await owner.query(
      'BEGIN; ALTER TABLE events DISABLE TRIGGER USER; ALTER TABLE audit_events DISABLE TRIGGER USER',
    );
    return async () => owner.end();
  });

  test.each([
    [
      'an event that no erasure took the words of',
      `UPDATE events SET ${BLANK}, payload = '' WHERE revision = (SELECT min(revision) FROM events WHERE account = '${LEFT}')`,
      'log',
      /is of no account, and no erasure names it/,
    ],
    [
      'an event that is erased and says something',
      `UPDATE events SET payload = '\\x00' WHERE revision = (SELECT min(revision) FROM events WHERE account = '')`,
      'log',
      /was erased and says something/,
    ],
    [
      'an event that is erased and gone',
      `DELETE FROM events WHERE revision = (SELECT min(revision) FROM events WHERE account = '')`,
      'log',
      /events without words is/,
    ],
    [
      'an audit that no erasure took the words of',
      `UPDATE audit_events SET ${BLANK}, actor_id = '', detail = '{"erased":true}'
       WHERE id = (SELECT min(id) FROM audit_events WHERE account = '${LEFT}')`,
      'audits',
      /has no words, and no erasure names it/,
    ],
    [
      'an audit that is erased and says something',
      `UPDATE audit_events SET actor = 'bob' WHERE id = (SELECT min(id) FROM audit_events WHERE account = '' AND detail::text = '{"erased":true}')`,
      'audits',
      /is not as it was written/,
    ],
    [
      'an erasure that was changed',
      `UPDATE audit_events SET detail = replace(detail::text, 'ann', 'bob')::json WHERE method = 'EraseAccount'`,
      'audits',
      /is not as it was written/,
    ],
  ])('finds %s', async (_what, statement, check, fault) => {
    await owner.query(statement);
    // In the transaction that is never committed.
    const faults: Record<string, readonly string[]> = faultsIn(await checkAll(owner));
    expect(faults[check]?.join('\n')).toMatch(fault);
  });
});
