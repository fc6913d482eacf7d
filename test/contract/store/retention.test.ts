// The log's partitions come in time and go whole.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { partitionsOf } from '../../../src/store/partitions.js';
import { execute } from '../../support/postgres.js';
import { batchOf, EMPTY_BATCH, makeTrade } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const DAY = 86_400_000;

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create({ retention: { partitionRevisions: 10 } });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fixture.close();
});

async function partitions(): Promise<string[]> {
  const { rows } = await execute(
    fixture.database.url,
    `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'events'::regclass ORDER BY length(c.relname), c.relname`,
  );
  return rows.map((row) => row.relname);
}

/** Makes the log's events a year old. It is append-only to everybody who does not say so. */
const age = () =>
  execute(
    fixture.database.url,
    `SET session_replication_role = replica; UPDATE events SET recorded_at = now() - interval '365 days'`,
  );

const many = (first: number, count: number) =>
  batchOf(Array.from({ length: count }, (_, i) => makeTrade(first + i)));

test('commits never fail for want of a partition, however small they are', async () => {
  const { store, term } = await fixture.lead();
  let next = 1;
  for (const count of [1, 9, 1, 25, 3, 100, 10, 10]) {
    await term.writer.commit(many(next, count));
    next += count;
  }
  const events = await store.readEvents(0, 1000);
  expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 159 }, (_, i) => i + 1));
});

test('a partition that is being dropped has no bounds in the catalogue any more, and is none', () => {
  const rows = [
    { name: 'events_11', bounds: "FOR VALUES FROM ('11') TO ('21')" },
    { name: 'events_1', bounds: null },
  ];
  expect(partitionsOf(rows)).toEqual([{ name: 'events_11', first: 11, end: 21 }]);
});

test('the next partition is there before it is needed', async () => {
  const { term } = await fixture.lead();
  expect(await partitions()).toEqual(['events_1']);
  await term.writer.commit(many(1, 6));
  for (let i = 0; i < 200 && (await partitions()).length < 2; i += 1);
  expect(await partitions()).toEqual(['events_1', 'events_11']);
});

test('another leader goes on with the partitions that are there, whatever their size', async () => {
  const { term } = await fixture.lead();
  await term.writer.commit(many(1, 25));
  await term.release();
  const store = await fixture.open({ retention: { partitionRevisions: 7 } });
  const next = await store.lead({ onLost: () => undefined });
  await next.writer.commit(many(26, 40));
  expect(await store.readEvents(60, 10)).toHaveLength(5);
  await next.release();
});

test('compaction drops what is older than the retention, and moves the revision with it', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(many(1, 35));
  expect(await store.compact()).toBe(0);
  // By their age partitions 1-10 and 11-20 may go; the newest event of 21-30 is too young.
  await execute(
    fixture.database.url,
    // The log is append-only to everybody who does not say so.
    `SET session_replication_role = replica; UPDATE events SET recorded_at = now() - interval '31 days' WHERE revision <= 29`,
  );
  expect(await store.compact()).toBe(20);
  expect(await store.head()).toMatchObject({ revision: 35, compacted: 20 });
  expect((await store.readEvents(0, 100)).map(({ revision }) => revision)).toEqual(
    Array.from({ length: 15 }, (_, i) => 21 + i),
  );
  expect(await store.compact()).toBe(20);
  // The trades themselves stay, and writing goes on.
  expect(await store.findTrades([{ account: 'demo', ticket: 1n }])).toHaveLength(1);
  expect(await term.writer.commit(many(36, 30))).toMatchObject({ base: 35, head: 65 });
});

test.each([
  ['ahead of', 1],
  ['behind', -1],
] as const)(
  'a server whose date is far %s the database drops nothing early and nothing late',
  async (_, sign) => {
    const { store, term } = await fixture.lead();
    const requestId = '0b0e7f0c-0000-4000-8000-000000000003';
    const answer = { requestId, method: '/m', bodyHash: Buffer.alloc(32), response: Buffer.alloc(0) };
    await term.writer.commit({ ...many(1, 20), answers: [answer] });
    // A day for what is kept for hours, two months for what is kept for days.
    const trueNow = Date.now;
    for (const off of [DAY + 1000, 60 * DAY]) {
      vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + sign * off);
      expect(await store.compact()).toBe(0);
      expect(await store.findAnswers([requestId])).toHaveLength(1);
    }
    await age();
    expect(await store.compact()).toBe(20);
  },
);

test('a partition that is not full stays, however old', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(many(1, 15));
  await age();
  expect(await store.compact()).toBe(10);
  expect(await store.head()).toMatchObject({ revision: 15, compacted: 10 });
  expect(await store.readEvents(10, 100)).toHaveLength(5);
});

test('everything old may go, and the next leader still writes', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(many(1, 20));
  await age();
  expect(await store.compact()).toBe(20);
  expect(await store.readEvents(0, 100)).toEqual([]);
  await term.release();
  const next = await fixture.lead();
  expect(await next.term.writer.commit(many(21, 5))).toMatchObject({ base: 20, head: 25 });
});

test('commits and readers run while it is compacted', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(many(1, 200));
  const compacting = (async () => {
    for (let i = 0; i < 5; i += 1) {
      await age();
      await store.compact();
    }
  })();
  for (let i = 0; i < 40; i += 1) {
    await term.writer.commit(many(201 + i * 5, 5));
    const { revision, compacted } = await store.head();
    // What the head said is kept may be gone by now, never the other way round.
    const events = await store.readEvents(compacted, 1000);
    expect(events.at(-1)?.revision).toBe(revision);
  }
  await compacting;
  expect(await store.head()).toMatchObject({ revision: 400 });
});

test('answers, news, bars and evaluations go when nothing needs them any more', async () => {
  const { store, term } = await fixture.lead();
  const bars = Array.from({ length: 1010 }, (_, i) => ({
    feed: 'f',
    instrument: 'EURUSD',
    timeframe: 'M5' as const,
    bar: { time: i * 300_000, open: 1, high: 1, low: 1, close: 1, volume: i },
  }));
  const answers = ['0b0e7f0c-0000-4000-8000-000000000001', '0b0e7f0c-0000-4000-8000-000000000002'].map(
    (requestId) => ({ requestId, method: '/m', bodyHash: Buffer.alloc(32), response: Buffer.alloc(0) }),
  );
  const news = [Date.now() - 31 * DAY, Date.now()].map((time, i) => ({
    eventId: `e${i}`,
    currency: 'USD',
    time,
    impact: 'HIGH' as const,
    title: 'NFP',
  }));
  const market = { feed: 'f', instrument: 'EURUSD' };
  await term.writer.commit({
    ...EMPTY_BATCH,
    views: [{ feed: 'f', instrument: 'EURUSD', symbol: 'EURUSD', snapshot: '{}' }],
    bars,
    answers,
    news,
    marketEvaluations: [1, 2, 3].map((number) => ({ ...market, number, at: 5, body: Buffer.from([number]) })),
  });
  await execute(
    fixture.database.url,
    `UPDATE answers SET created_at = now() - interval '25 hours' WHERE request_id = $1`,
    [answers[0]?.requestId],
  );
  await execute(
    fixture.database.url,
    `UPDATE market_evaluations SET recorded_at = now() - interval '31 days' WHERE number = 1`,
  );
  await store.compact();
  const kept = await store.listEvaluations({ ...market, from: null, until: null }, null, 10);
  expect(kept.map(({ number, body }) => [number, ...body])).toEqual([
    [3, 3],
    [2, 2],
  ]);
  expect(await store.findAnswers(answers.map(({ requestId }) => requestId))).toEqual([answers[1]]);
  const restored = await term.restore();
  expect(restored.news).toEqual([news[1]]);
  expect(restored.views[0]?.bars.M5).toEqual(bars.slice(10).map(({ bar }) => bar));
  const { rows } = await execute(fixture.database.url, 'SELECT count(*)::int AS n FROM bars');
  expect(rows[0].n).toBe(1000);
});
