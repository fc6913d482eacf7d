// A database of the version before, made by its program: migrated with its trades, actions and events, and gone on with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { afterEach, expect, test } from 'vitest';
import { ActionStatus, ActionType, CloseReason, TradeState } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';

const FIXTURE = readFileSync(join(import.meta.dirname, 'databases', '0.1.0.sql'), 'utf8');
/** What that program had. */
const MIGRATIONS = 2;
const EVENTS = 19;

/** As if the database had always been here: not a copy. */
const IN_PLACE = `UPDATE log_head SET identity = (SELECT system_identifier FROM pg_control_system()) || '/' ||
  (SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)) || '/' || 'log_head'::regclass::oid`;

let service: TestService | undefined;
afterEach(() => service?.end());

async function upgraded(after: string): Promise<TestService> {
  service = await startService({}, undefined, async (databaseUrl) => {
    const options = { direction: 'up', count: MIGRATIONS, log: () => undefined } as const;
    const schema = { dir: 'src/store/migrations', migrationsTable: 'dtms_migrations' };
    await runner({ databaseUrl, ...schema, ...options });
    await execute(databaseUrl, FIXTURE);
    await execute(databaseUrl, after);
  });
  return service;
}

const shown = async ({ client }: TestService) => {
  const { trades } = await client.batchGetTrades({ account: 'demo', tickets: [1n, 2n, 3n] });
  return trades.map(({ ticket, state, closeReason, volume, tradeVersion }) => ({
    ...{ ticket, state, closeReason, volume, tradeVersion },
  }));
};

test('its trades, actions and events are all there, and new ones follow them', async () => {
  const { client } = await upgraded(IN_PLACE);
  const { events } = await client.listTradeEvents({ filter: { account: 'demo' }, pageSize: 100 });
  expect(events.slice(0, EVENTS).map(({ revision }) => Number(revision))).toEqual(
    Array.from({ length: EVENTS }, (_, index) => index + 1),
  );
  expect(events[0]?.change?.$case).toBe('registered');
  const running = service as TestService;
  const [first, second, third] = await shown(running);
  const closed = { state: TradeState.CLOSED, volume: expect.any(Number) };
  expect(first).toMatchObject({ ...closed, ticket: 1n, closeReason: CloseReason.DEFENSIVE });
  expect(second).toMatchObject({ ...closed, ticket: 2n, closeReason: CloseReason.DEFENSIVE });
  expect(third).toMatchObject({ ...closed, ticket: 3n, closeReason: CloseReason.REQUESTED });
  const { actions } = await client.listActions({ account: 'demo', pageSize: 100 });
  expect(actions).toHaveLength(10);
  const closes = actions.filter(({ action }) => action?.type === ActionType.CLOSE_ALL);
  expect(closes.map(({ ticket }) => ticket)).toEqual([1n, 2n]);
  for (const { action } of closes) expect(action?.status).not.toBe(ActionStatus.DONE);
  expect((await client.getMarketView({ symbol: 'XAUUSDc' })).view?.instrument).toBe('XAUUSD');
  expect((await client.getRisk({ account: 'demo' })).risk).toMatchObject({
    equity: 10_000,
    operationsTold: false,
  });
  const registration = { account: 'demo', ticket: 4n, symbol: 'XAUUSDc', direction: 1, volume: 1 };
  await client.registerTrade({ trade: { ...registration, entryPrice: 2600, stopLoss: 2500 } });
  const before = await shown(running);
  service = await running.restart();
  expect(await shown(service)).toEqual(before);
});

test('loaded somewhere else it is a copy: what was open is in doubt until a snapshot says', async () => {
  const { client } = await upgraded('SELECT 1');
  // What a term begins with is durable soon after.
  await eventually(async () => {
    const { actions } = await client.listActions({ account: 'demo', statuses: [ActionStatus.IN_DOUBT] });
    expect(actions.map(({ ticket }) => ticket)).toEqual([1n, 2n]);
  });
});
