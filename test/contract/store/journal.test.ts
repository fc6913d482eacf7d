// The journal in Postgres: its days are dropped whole, and checkpoints that nothing
// follows from go with them.

import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  addJournalDays,
  dropJournalDays,
  JournalTable,
  writeCheckpoint,
} from '../../../src/store/journal.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
let pool: pg.Pool;
beforeEach(async () => {
  fixture = await StoreFixture.create();
  await (await fixture.open()).close();
  pool = new pg.Pool({ connectionString: fixture.database.url, max: 2 });
});
afterEach(async () => {
  await pool.end();
  await fixture.close();
});

const ROW = `INSERT INTO journal (place, evaluator_epoch, base, events, entries, recorded_at)
  SELECT n, 1, 0, 0, '\\x01', clock_timestamp() - make_interval(days => 10 - n::int) FROM generate_series(1, 10) AS n`;

async function* parts(...bodies: string[]) {
  for (const body of bodies) yield Buffer.from(body);
}

test('days that are over go whole, with the checkpoints from which only they could be repeated', async () => {
  await pool.query(ROW);
  const at = (place: number) => ({ place, skip: 0, revision: 0, evaluatorEpoch: 1, version: '1' });
  for (const place of [1, 6, 9]) await writeCheckpoint(pool, at(place), parts('a', 'b'));
  // Of days long past, in the partition for the rest, and of today in the one of the day.
  const places = async () => (await new JournalTable(pool).rows(1, 100)).map(({ place }) => place);
  expect(await places()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await pool.query(`SELECT dtms_add_journal_day((clock_timestamp() AT TIME ZONE 'UTC')::date - 4)`);
  expect(await places()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  await addJournalDays(pool);
  await dropJournalDays(pool, 3);
  expect(await places()).toEqual([7, 8, 9, 10]);
  const journal = new JournalTable(pool);
  const left = await journal.checkpoints();
  expect(left.map(({ place }) => place)).toEqual([9]);
  await dropJournalDays(pool, 0);
  expect(await places()).toEqual([10]);
  expect(await journal.standing()).toMatchObject({ checkpoints: 0, oldestAt: expect.any(Number) });
});

test('a checkpoint counts once its last part is there, and what was never finished is cleaned up', async () => {
  async function* broken() {
    yield Buffer.from('a');
    throw new Error('the server died');
  }
  const at = { place: 1, skip: 0, revision: 0, evaluatorEpoch: 1, version: '1' };
  await expect(writeCheckpoint(pool, at, broken())).rejects.toThrow('died');
  const journal = new JournalTable(pool);
  expect(await journal.checkpoints()).toEqual([]);
  await pool.query(`UPDATE journal_checkpoint_parts SET written_at = written_at - interval '2 hours'`);
  await writeCheckpoint(pool, at, parts('b', 'c'));
  await dropJournalDays(pool, 3);
  const { rows } = await pool.query('SELECT body FROM journal_checkpoint_parts ORDER BY part');
  expect(rows.map(({ body }) => String(body))).toEqual(['b', 'c']);
  const [checkpoint] = await journal.checkpoints();
  const read: string[] = [];
  if (checkpoint !== undefined) for await (const part of journal.parts(checkpoint)) read.push(String(part));
  expect(read).toEqual(['b', 'c']);
});
