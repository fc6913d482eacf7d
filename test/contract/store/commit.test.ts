// What a commit promises: all or nothing, contiguous revisions, exact content, and a fence.
import { createHash, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { emptyAccount } from '../../../src/domain/account/account.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import type { CommitBatch } from '../../../src/store/types.js';
import { eventually } from '../../support/eventually.js';
import { plainTrades } from '../../support/packed-page.js';
import { execute } from '../../support/postgres.js';
import { runs } from '../../support/properties.js';
import { anyTrade, batchOf, EMPTY_BATCH, finite, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const instrument = {
  account: 'demo',
  symbol: 'EURUSDm',
  digits: 5,
  tickSize: 0.00001,
  volumeMin: 0.01,
  volumeStep: 0.01,
  volumeMax: 100,
  stopsLevel: 0,
  freezeLevel: 0,
  contractSize: 100_000,
  commissionPerLot: 0,
};

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

describe('revisions', () => {
  test('are contiguous over commits, from 1', async () => {
    const { store, term } = await fixture.lead();
    expect(await store.head()).toMatchObject({ revision: 0, compacted: 0 });
    expect(await term.writer.commit(batchOf([makeTrade(1), makeTrade(2)]))).toMatchObject({
      base: 0,
      head: 2,
    });
    expect(await term.writer.commit(EMPTY_BATCH)).toMatchObject({ base: 2, head: 2 });
    expect(await term.writer.commit(batchOf([makeTrade(3)]))).toMatchObject({ base: 2, head: 3 });
    const events = await store.readEvents(0, 10);
    expect(events.map(({ revision, ticket }) => [revision, ticket])).toEqual([
      [1, 1n],
      [2, 2n],
      [3, 3n],
    ]);
    expect(await store.head()).toMatchObject({ revision: 3 });
  });

  test('stay contiguous when a commit fails and is rolled back', async () => {
    const { store, term } = await fixture.lead();
    await term.writer.commit(batchOf([makeTrade(1)]));
    // Registered twice: its key refuses it, and with it everything else of the batch.
    await expect(term.writer.commit(batchOf([makeTrade(2), makeTrade(1)]))).rejects.toMatchObject({
      code: '23505',
    });
    expect(await store.head()).toMatchObject({ revision: 1 });
    expect(await store.findTrades([{ account: 'demo', ticket: 2n }])).toEqual([]);
    expect(await term.writer.commit(batchOf([makeTrade(2)]))).toMatchObject({ base: 1, head: 2 });
    expect((await store.readEvents(0, 10)).map(({ revision }) => revision)).toEqual([1, 2]);
  });

  test('readEvents pages through them', async () => {
    const { store, term } = await fixture.lead();
    await term.writer.commit(batchOf(Array.from({ length: 25 }, (_, i) => makeTrade(i + 1))));
    const seen: number[] = [];
    for (let after = 0; ; ) {
      const page = await store.readEvents(after, 10);
      if (page.length === 0) break;
      seen.push(...page.map(({ revision }) => revision));
      after = seen.at(-1) ?? 0;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });
});

describe('content', () => {
  test('an event comes back as it was written, with the time it was recorded', async () => {
    const { store, term } = await fixture.lead();
    const before = Date.now();
    const batch = batchOf([makeTrade(2n ** 63n - 1n)]);
    await term.writer.commit(batch);
    const [event] = await store.readEvents(0, 1);
    const [first] = batch.events;
    if (first === undefined) throw new Error('there is no event');
    const { previousState, brief, ...written } = first;
    expect([previousState, brief]).toEqual([null, written.payload]);
    expect(event).toMatchObject({ ...written, revision: 1 });
    expect(event?.recordedAt).toBeGreaterThanOrEqual(before - 1000);
    expect(event?.recordedAt).toBeLessThanOrEqual(Date.now() + 1000);
  });

  test('any trade comes back exactly, and so does its next version', async () => {
    const { store, term } = await fixture.lead();
    let revision = 0;
    await fc.assert(
      fc.asyncProperty(anyTrade, async (arbitrary) => {
        const trade: Trade = { ...arbitrary, version: 1, closedAt: arbitrary.state === 'CLOSED' ? 5 : null };
        const key = { account: trade.spec.account, ticket: trade.spec.ticket };
        fc.pre((await store.findTrades([key])).length === 0);
        await term.writer.commit(batchOf([trade]));
        revision += 1;
        expect(await store.findTrades([key])).toEqual([{ trade, registeredRevision: revision, revision }]);
        const next = { ...trade, version: 2 };
        await term.writer.commit(batchOf([next]));
        revision += 1;
        expect(await store.findTrades([key])).toEqual([
          { trade: next, registeredRevision: revision - 1, revision },
        ]);
      }),
      { numRuns: runs(30) },
    );
  });

  test('every float of a bar comes back bit by bit', async () => {
    const { term } = await fixture.lead();
    const values = fc.sample(finite, { numRuns: 495, seed: 7 });
    values.push(Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2, 1e-320, 2 ** 53 + 2);
    const bars = Array.from({ length: 100 }, (_, i) => {
      const [open = 0, high = 0, low = 0, close = 0, volume = 0] = values.slice(i * 5, i * 5 + 5);
      return { time: i * 60_000, open, high, low, close, volume };
    });
    await term.writer.commit({
      ...EMPTY_BATCH,
      views: [{ feed: 'f', instrument: 'EURUSD', symbol: 'EURUSDm', snapshot: '{}' }],
      bars: bars.map((bar) => ({ feed: 'f', instrument: 'EURUSD', timeframe: 'M1', bar })),
    });
    const [view] = (await term.restore()).views;
    expect(view?.bars).toStrictEqual({ M1: bars, M5: [], M15: [] });
  });

  test('a bar or an instrument that comes twice in a batch is kept as it was last', async () => {
    const { term } = await fixture.lead();
    const bar = { time: 0, open: 1, high: 2, low: 1, close: 2, volume: 3 };
    const view = { feed: 'f', instrument: 'EURUSD', symbol: 'EURUSDm', snapshot: '{"n":1}' };
    const place = { feed: 'f', instrument: 'EURUSD', timeframe: 'M5' as const };
    const news = { eventId: 'e', currency: 'USD', time: 0, impact: 'HIGH' as const, title: 'NFP' };
    await term.writer.commit({
      ...EMPTY_BATCH,
      views: [view, { ...view, snapshot: '{"n":2}' }],
      bars: [
        { ...place, bar },
        { ...place, bar: { ...bar, close: 1.5 } },
      ],
      instruments: [instrument, { ...instrument, digits: 3 }],
      news: [news, { ...news, time: 9, title: 'NFP, moved' }],
    });
    const restored = await term.restore();
    expect(restored.views).toEqual([
      { ...view, snapshot: '{"n":2}', bars: { M1: [], M5: [{ ...bar, close: 1.5 }], M15: [] } },
    ]);
    expect(restored.instruments).toEqual([{ ...instrument, digits: 3 }]);
    expect(restored.news).toEqual([{ ...news, time: 9, title: 'NFP, moved' }]);
  });

  test('batches that touch almost the same tables are told apart', async () => {
    const { store, term } = await fixture.lead();
    const market = { feed: 'f', instrument: 'EURUSD' };
    const bar = { time: 0, open: 1, high: 2, low: 1, close: 2, volume: 3 };
    const batch = (ticket: number): CommitBatch => ({
      ...batchOf([makeTrade(ticket)]),
      views: [{ ...market, symbol: 'EURUSDm', snapshot: '{}' }],
      bars: [{ ...market, timeframe: 'M5', bar }],
      marketEvaluations: [{ ...market, number: ticket, at: ticket, body: Buffer.from([ticket]) }],
      instruments: [instrument],
      news: [{ eventId: 'e', currency: 'USD', time: 0, impact: 'HIGH', title: 'NFP' }],
    });
    const audit = { actor: 'a', actorId: 'k1', method: 'm', account: 'demo', ticket: 2n, detail: {} };
    // Named by their tables these statements differ after 63 characters, and Postgres looks at no more.
    await term.writer.commit({ ...batch(1), accounts: [emptyAccount('demo')] });
    await term.writer.commit({ ...batch(2), audits: [audit] });
    expect(await store.head()).toMatchObject({ revision: 2 });
    expect((await term.restore()).accounts).toEqual([emptyAccount('demo')]);
  });

  test('SQL and JSON in texts are stored literally', async () => {
    const { store, term } = await fixture.lead();
    const label = `'; DROP TABLE trades; -- {"a": "\\u0001 \\\\"} \u2028 €`;
    const trade = makeTrade(1);
    await term.writer.commit(batchOf([{ ...trade, spec: { ...trade.spec, label, symbol: `a"b'c\\` } }]));
    const [found] = await store.findTrades([{ account: 'demo', ticket: 1n }]);
    expect(found?.trade.spec).toMatchObject({ label, symbol: `a"b'c\\` });
  });

  test('a trade whose number is not finite is refused, and the next commit works', async () => {
    const { term } = await fixture.lead();
    await expect(term.writer.commit(batchOf([makeTrade(1, { volume: Number.NaN })]))).rejects.toThrow(
      RangeError,
    );
    expect(await term.writer.commit(batchOf([makeTrade(1)]))).toMatchObject({ base: 0, head: 1 });
  });
});

describe('answers', () => {
  const answer = (requestId: string) => ({
    requestId,
    method: '/dtms.v1.TradeService/CloseTrade',
    bodyHash: createHash('sha256').update(requestId).digest(),
    response: Buffer.from([0, 255, 10]),
  });

  test('are found again', async () => {
    const { store, term } = await fixture.lead();
    const [a, b] = [answer(randomUUID()), answer(randomUUID())];
    await term.writer.commit({ ...EMPTY_BATCH, answers: [a, b] });
    expect(await store.findAnswers([b.requestId, randomUUID()])).toEqual([b]);
    expect(await store.findAnswers([])).toEqual([]);
  });

  test('a second one to the same request fails loudly and writes nothing', async () => {
    const { store, term } = await fixture.lead();
    const given = answer(randomUUID());
    await term.writer.commit({ ...EMPTY_BATCH, answers: [given] });
    await expect(term.writer.commit(batchOf([makeTrade(1)], { answers: [given] }))).rejects.toMatchObject({
      code: '23505',
    });
    expect(await store.head()).toMatchObject({ revision: 0 });
  });
});

describe('trade versions', () => {
  const refused = /not stored, or not in an older version/;

  test('a change of a trade that is not stored is refused', async () => {
    const { store, term } = await fixture.lead();
    await expect(term.writer.commit(batchOf([makeTrade(1, { version: 2 })]))).rejects.toThrow(refused);
    expect(await store.head()).toMatchObject({ revision: 0 });
  });

  test('a version that is stored already is refused', async () => {
    const { store, term } = await fixture.lead();
    const second = moved(makeTrade(1), 'WARNING_L1');
    await term.writer.commit(batchOf([makeTrade(1)]));
    await term.writer.commit(batchOf([second]));
    await expect(term.writer.commit(batchOf([second]))).rejects.toThrow(refused);
    expect(await store.head()).toMatchObject({ revision: 2 });
  });
});

describe('the fence', () => {
  const stale = async (batch: CommitBatch) => {
    const { store, term } = await fixture.lead();
    await term.writer.commit(batchOf([makeTrade(1)]));
    // What the next leader does first; the old one does not know yet.
    await execute(fixture.database.url, 'UPDATE log_head SET evaluator_epoch = evaluator_epoch + 1');
    await expect(term.writer.commit(batch)).rejects.toBeInstanceOf(FencedError);
    expect(await store.head()).toMatchObject({ revision: 1 });
    return { store, term };
  };

  test('rejects events of a stale leader', async () => {
    const { store, term } = await stale(batchOf([makeTrade(2)]));
    expect(await store.findTrades([{ account: 'demo', ticket: 2n }])).toEqual([]);
    // And for good: its memory and the log have parted.
    await execute(fixture.database.url, 'UPDATE log_head SET evaluator_epoch = evaluator_epoch - 1');
    await expect(term.writer.commit(batchOf([makeTrade(3)]))).rejects.toBeInstanceOf(FencedError);
  });

  test('rejects a batch without events as well', async () => {
    const { term } = await stale({
      ...EMPTY_BATCH,
      views: [{ feed: 'f', instrument: 'EURUSD', symbol: 'EURUSD', snapshot: '{}' }],
    });
    expect((await term.restore()).views).toEqual([]);
  });

  test('rejects a head that moved under the same epoch', async () => {
    const { term } = await fixture.lead();
    await execute(fixture.database.url, 'UPDATE log_head SET revision = 5');
    await expect(term.writer.commit(batchOf([makeTrade(1)]))).rejects.toBeInstanceOf(FencedError);
  });
});

describe('a connection that is lost', () => {
  const pidOfWriter = `SELECT pid FROM pg_stat_activity
    WHERE application_name = 'dtms-writer' AND datname = current_database()`;

  test('while a commit is under way: the outcome is unknown, and nothing else is written', async () => {
    const { url } = fixture.database;
    const lost: Error[] = [];
    const { store, term } = await fixture.lead((reason) => lost.push(reason));
    await term.writer.commit(batchOf([makeTrade(1)]));
    const pid = (await execute(url, pidOfWriter)).rows[0].pid;
    // Hold the head's row, so that the commit is in the middle when its backend goes.
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('UPDATE log_head SET revision = revision');
    const commit = term.writer.commit(batchOf([makeTrade(2)]));
    const outcome = expect(commit).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      outcome: 'unknown',
    });
    const waits = `SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'`;
    await eventually(async () => expect((await holder.query(waits, [pid])).rowCount).toBe(1));
    await holder.query('SELECT pg_terminate_backend($1)', [pid]);
    await outcome;
    await holder.query('ROLLBACK');
    await holder.end();
    await expect(term.writer.commit(batchOf([makeTrade(3)]))).rejects.toBeInstanceOf(Error);
    await eventually(() => expect(lost).toHaveLength(1));
    expect(await store.head()).toMatchObject({ revision: 1 });
    // The next term goes on from what is there.
    const next = await fixture.lead();
    expect(await next.term.writer.commit(batchOf([makeTrade(2)]))).toMatchObject({ base: 1, head: 2 });
    expect(await plainTrades(next.term.trades())).toHaveLength(2);
  });

  test('StoreUnavailableError from a read when nobody can connect', async () => {
    const store = await fixture.open();
    await store.close();
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
