// Events in the database that leave out what one before them has: read whole by every way, and stored whole where an older
// program reads the log or the other event may be dropped alone.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { briefEvent } from '../../../src/store/bodies/brief-event.js';
import { PACKED_LEVEL } from '../../../src/store/bodies/packed-trade.js';
import type { CommitBatch } from '../../../src/store/types.js';
import { execute } from '../../support/postgres.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const PARTITION = 10;
let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create({ retention: { partitionRevisions: PARTITION } });
});
afterEach(() => fixture.close());

const SHARED = Buffer.alloc(200, 'shared ');
const END = Buffer.from(' end');
const beginningOf = (ticket: number) => Buffer.from(`# ${ticket} `);
const wholeOf = (ticket: number) => Buffer.concat([beginningOf(ticket), SHARED, END]);

/** Trades from a ticket on; the events of all but the first may leave out what that one has. */
function sharing(first: number, count: number): CommitBatch {
  const batch = batchOf(Array.from({ length: count }, (_, index) => makeTrade(first + index)));
  const events = batch.events.map((event, index) => {
    const payload = wholeOf(first + index);
    const place = { distance: index, length: SHARED.length, otherAt: beginningOf(first).length };
    return {
      ...event,
      payload,
      brief: index === 0 ? payload : briefEvent(beginningOf(first + index), END, place),
    };
  });
  return { ...batch, events };
}

const lengths = async (): Promise<number[]> => {
  const { rows } = await execute(
    fixture.database.url,
    'SELECT length(payload) AS bytes FROM events ORDER BY revision',
  );
  return rows.map(({ bytes }) => Number(bytes));
};
const isBrief = (length: number): boolean => length < SHARED.length;
const ALL = { account: null, symbols: [], states: [], tickets: [] };

test('are short, and read whole: all, some, or one alone', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(sharing(1, 4));
  expect((await lengths()).map(isBrief)).toEqual([false, true, true, true]);
  const whole = [1, 2, 3, 4].map(wholeOf);
  const payloads = async (read: Promise<readonly { payload: Uint8Array }[]>) =>
    (await read).map(({ payload }) => Buffer.from(payload));
  expect(await payloads(store.readEvents(0, 10))).toEqual(whole);
  expect(await payloads(store.readEvents(2, 10))).toEqual(whole.slice(2));
  expect(await payloads(store.listEvents({ ...ALL, tickets: [3n] }, 0, 10))).toEqual([whole[2]]);
});

test('are whole where a partition begins within their commit', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(sharing(1, PARTITION - 3));
  await term.writer.commit(sharing(101, 5));
  await term.writer.commit(sharing(201, 3));
  const expected = [
    ...Array.from({ length: PARTITION - 3 }, (_, index) => index > 0),
    ...Array.from({ length: 5 }, () => false),
    ...[false, true, true],
  ];
  expect((await lengths()).map(isBrief)).toEqual(expected);
  expect(await store.readEvents(0, 100)).toHaveLength(expected.length);
});

test('are whole beside a server that does not read brief ones', async () => {
  const store = await fixture.open();
  await execute(
    fixture.database.url,
    `INSERT INTO servers (server_id, version, grpc_address, peer_address, role, evaluator_epoch, lag_revisions, lag_ms,
       reads_packed)
     VALUES ('older', '0.1.0', '', '', 'STANDBY', 0, 0, 0, ${PACKED_LEVEL - 1})`,
  );
  const { term } = await fixture.lead();
  await term.writer.commit(sharing(1, 3));
  expect((await lengths()).map(isBrief)).toEqual([false, false, false]);
  expect((await store.readEvents(0, 10)).map(({ payload }) => Buffer.from(payload))).toEqual(
    [1, 2, 3].map(wholeOf),
  );
});
