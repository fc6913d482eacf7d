// A promoted standby goes on with the log's epoch only where the server that led before proves that it has everything.
// The timeline is set back by hand; real failovers are in test/fault/database-hosts.test.ts and patroni.test.ts.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LEAD_LOCK } from '../../../src/store/leadership.js';
import type { LogCursor } from '../../../src/store/notices.js';
import { connect, disconnect } from '../../../src/store/pool.js';
import type { Store } from '../../../src/store/store.js';
import { type LedTerm, Succession } from '../../../src/store/succession.js';
import { execute } from '../../support/postgres.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
let store: Store;
let url: string;
let client: Awaited<ReturnType<typeof connect>>;
/** What the server knows that led last, where nothing is lost. */
let led: LedTerm;

beforeAll(async () => {
  fixture = await StoreFixture.create();
  store = await fixture.open();
  url = fixture.database.url;
  client = await connect({ url, statementTimeoutMs: 5000 }, 'test', () => undefined);
});
afterAll(async () => {
  await disconnect(client);
  await fixture.close();
});
beforeEach(async () => {
  await execute(url, `UPDATE log_head SET identity = '', place = NULL, restored_at = NULL`);
  const term = await store.lead({ onLost: () => undefined });
  await term.writer.commit(batchOf([makeTrade(Number(term.evaluatorEpoch))]));
  await term.release();
  // The log was written on the timeline before this one.
  const { rows } = await execute(
    url,
    `UPDATE log_head SET identity = concat_ws('/', split_part(identity, '/', 1), '00000000', split_part(identity, '/', 3)),
       place = 'of the primary'
     RETURNING epoch, identity, evaluator_epoch, revision`,
  );
  const [{ epoch, identity, evaluator_epoch, revision }] = rows;
  led = {
    logEpoch: epoch,
    identity,
    evaluatorEpoch: Number(evaluator_epoch),
    head: Number(revision),
    isSynchronous: true,
  };
});

async function epochAfter(known: LedTerm | undefined, read?: LogCursor): Promise<string> {
  const succession = new Succession();
  succession.led = known;
  if (read !== undefined) succession.read(read);
  return (await succession.settle(client)).logEpoch;
}

test('the epoch is kept where all of it is proved, with nothing in doubt', async () => {
  expect(await epochAfter(led)).toBe(led.logEpoch);
  const { rows } = await execute(url, 'SELECT restored_at FROM log_head');
  expect(rows).toEqual([{ restored_at: null }]);
});

test.each<[string, (term: LedTerm) => LedTerm | undefined]>([
  ['the server that led is gone', () => undefined],
  [
    'a commit may have been answered before every standby had it',
    (term) => ({ ...term, isSynchronous: false }),
  ],
  ['an answered commit is missing', (term) => ({ ...term, head: term.head + 1 })],
  ['another server led since', (term) => ({ ...term, evaluatorEpoch: term.evaluatorEpoch - 1 })],
  ['what was led was another history', (term) => ({ ...term, logEpoch: 'another' })],
  ['what was led was another database', (term) => ({ ...term, identity: term.identity.replace('/', '1/') })],
])('the epoch is new where %s', async (_why, change) => {
  expect(await epochAfter(change(led))).not.toBe(led.logEpoch);
});

test('the epoch is kept where all that this server has shown of the log is there', async () => {
  expect(await epochAfter(led, { epoch: led.logEpoch, revision: led.head })).toBe(led.logEpoch);
});

test('the epoch is new where this server has shown more of the log than is there', async () => {
  expect(await epochAfter(led, { epoch: led.logEpoch, revision: led.head + 1 })).not.toBe(led.logEpoch);
});

test('what was read of another history proves nothing about this one', async () => {
  expect(await epochAfter(led, { epoch: 'another', revision: led.head + 1 })).toBe(led.logEpoch);
});

test.each([
  [
    'a copy on the same timeline',
    `split_part(identity, '/', 1) || '/' || '00000001' || '/' || split_part(identity, '/', 3)`,
  ],
  ['another cluster', `replace(identity, '/00000000/', '1/00000000/')`],
  ['a table that was loaded anew', `identity || '1'`],
  ['an earlier timeline', `replace(identity, '/00000000/', '/0000000A/')`],
])('the epoch is new in %s, whatever the server that led says', async (_where, identity) => {
  const { rows } = await execute(url, `UPDATE log_head SET identity = ${identity} RETURNING identity`);
  expect(await epochAfter({ ...led, identity: rows[0].identity })).not.toBe(led.logEpoch);
});

test('a promoted standby is left to the server that led, and not for long', async () => {
  const other = new Succession();
  expect(await other.heir(client)).toBe('another');
  const own = new Succession();
  own.led = led;
  expect(await own.heir(client)).toBe('this');
  const term = await store.lead({ onLost: () => undefined });
  await term.release();
  expect(await other.heir(client)).toBe('anyone');
});

test('who leaves the lead to it does not hold it meanwhile, not even to ask', async () => {
  const other = await fixture.open();
  const stop = new AbortController();
  const waiting = other.lead({ onLost: () => undefined, signal: stop.signal }).catch(() => undefined);
  let held = 0;
  for (const end = performance.now() + 1500; performance.now() < end; ) {
    const { rows } = await client.query(
      `SELECT count(*)::int AS held FROM pg_locks JOIN pg_database ON pg_database.oid = database
       WHERE datname = current_database() AND locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = $1::bigint AND granted`,
      [LEAD_LOCK],
    );
    held += rows[0].held;
  }
  stop.abort();
  await waiting;
  expect(held).toBe(0);
});
