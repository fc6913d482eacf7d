// Bodies in the database: packed where every server reads them, JSON where one of an older program is there, read either way.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PACKED_LEVEL } from '../../../src/store/bodies/packed-trade.js';
import { actionOf } from '../../support/actions.js';
import { eventually } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

const sql = async (text: string) => (await execute(fixture.database.url, text)).rows;
/** Tells of a server as a program did that knew no packed bodies. */
const OLDER_SERVER = `INSERT INTO servers (server_id, version, grpc_address, peer_address, role, evaluator_epoch, lag_revisions, lag_ms)
  VALUES ('older', '0.1.0', '', '', 'STANDBY', 0, 0, 0)`;
const notations = () =>
  sql(
    `SELECT ticket::int, body IS NOT NULL AS text, packed IS NOT NULL AS packed FROM trades ORDER BY ticket`,
  );
const [text, packed] = [
  { text: true, packed: false },
  { text: false, packed: true },
];
const keys = [1, 2].map((ticket) => ({ account: 'demo', ticket: BigInt(ticket) }));

test('are packed, and read as they were; actions as well', async () => {
  const { store, term } = await fixture.lead();
  const trade = makeTrade(1);
  const action = actionOf('TIGHTEN_SL', { actionId: 'demo:1:1:TIGHTEN_SL' });
  const place = { account: 'demo', ticket: 1n, eventIndex: 0, firstIndex: 0 };
  await term.writer.commit(batchOf([trade], { actions: [{ ...place, action }] }));
  expect(await notations()).toEqual([{ ticket: 1, ...packed }]);
  expect(await sql('SELECT body, packed IS NOT NULL AS packed FROM actions')).toEqual([
    { body: null, packed: true },
  ]);
  expect(await store.findTrades(keys)).toMatchObject([{ trade }]);
  expect(await store.findAction(action.actionId)).toMatchObject({ action });
});

test('are JSON as long as a server of an older program is there, and packed when it is gone', async () => {
  const store = await fixture.open();
  await sql(OLDER_SERVER);
  const { term } = await fixture.lead();
  const [first, second] = [makeTrade(1), makeTrade(2)];
  await term.writer.commit(batchOf([first, second]));
  expect(await notations()).toEqual([
    { ticket: 1, ...text },
    { ticket: 2, ...text },
  ]);
  await sql(`DELETE FROM servers WHERE server_id = 'older'`);
  let changed = moved(first, 'WARNING_L1');
  await eventually(async () => {
    await term.writer.commit(batchOf([changed]));
    const [row] = await notations();
    if (row?.text === true) changed = moved(changed, 'WARNING_L1');
    expect(row).toEqual({ ticket: 1, ...packed });
  });
  const found = await store.findTrades(keys);
  expect(found.map(({ trade }) => trade)).toEqual([changed, second]);
});

test('are JSON beside a server that reads packed bodies, but none with the newest fields', async () => {
  const store = await fixture.open();
  await sql(`${OLDER_SERVER}; UPDATE servers SET reads_packed = ${PACKED_LEVEL - 1}`);
  const { term } = await fixture.lead();
  await term.writer.commit(batchOf([makeTrade(1)]));
  expect(await notations()).toEqual([{ ticket: 1, ...text }]);
  expect(await store.findTrades(keys)).toMatchObject([{ trade: makeTrade(1) }]);
});

test('become JSON again when such a server comes back', async () => {
  const { store, term } = await fixture.lead();
  let trade = makeTrade(1);
  await term.writer.commit(batchOf([trade]));
  await sql(OLDER_SERVER);
  await eventually(async () => {
    trade = moved(trade, 'WARNING_L1');
    await term.writer.commit(batchOf([trade]));
    expect(await notations()).toEqual([{ ticket: 1, ...text }]);
  });
  expect(await store.findTrades(keys)).toMatchObject([{ trade }]);
});

test('are never two: what an older program would write over a packed one is refused', async () => {
  const { term } = await fixture.lead();
  await term.writer.commit(batchOf([makeTrade(1)]));
  await expect(sql(`UPDATE trades SET body = '{}'`)).rejects.toThrow('trades_body');
});
