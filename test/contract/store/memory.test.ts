// The database in memory that simulations run on keeps what Postgres keeps, by the same rules: what simulated servers
// wrote is written into both, and both are asked for everything.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { DecisionStore, Leadership } from '../../../src/store/store.js';
import type { CommitBatch, LogReader } from '../../../src/store/types.js';
import { MemoryDatabase } from '../../simulation/memory-database.js';
import { MemoryStore } from '../../simulation/memory-store.js';
import { simulate } from '../../simulation/world.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

type Both = DecisionStore & LogReader;

interface Opened {
  /** Another way to the same database. */
  open(): Promise<Both>;
  close(): Promise<void>;
}

async function inPostgres(): Promise<Opened> {
  const fixture = await StoreFixture.create({ rules: { retainedBars: DEFAULT_RULES.retainedBars } });
  return { open: () => fixture.open(), close: () => fixture.close() };
}

function inMemory(): Promise<Opened> {
  const database = new MemoryDatabase(Date.now);
  const line = { pass: <T>(_: unknown, act: () => T) => sleep(0).then(act) };
  const open = () => Promise.resolve(new MemoryStore(database, line, DEFAULT_RULES.retainedBars));
  return Promise.resolve({ open, close: () => Promise.resolve() });
}

const NEVER = { onLost: () => undefined };

describe.each([
  ['in memory', inMemory],
  ['in Postgres', inPostgres],
])('a database %s', (_, make) => {
  let opened: Opened;
  const terms: Leadership[] = [];
  beforeEach(async () => {
    opened = await make();
  });
  afterEach(async () => {
    for (const term of terms.splice(0)) await term.release();
    await opened.close();
  });
  const lead = async (store: Both) => {
    const term = await store.lead(NEVER);
    terms.push(term);
    return term;
  };

  test('has one leader, each of the next epoch, and refuses the one before', async () => {
    const [first, second] = [await opened.open(), await opened.open()];
    const term = await lead(first);
    await term.writer.commit(batchOf([makeTrade(1)]));
    const told: string[] = [];
    const waiting = second.lead({ ...NEVER, onOther: (address) => told.push(address) });
    while (told.length === 0) await sleep(5);
    await term.release();
    const next = await waiting;
    terms.push(next);
    expect(next.evaluatorEpoch).toBe(term.evaluatorEpoch + 1);
    await expect(term.writer.commit(batchOf([makeTrade(2)]))).rejects.toMatchObject({ name: 'FencedError' });
    expect(await next.writer.commit(batchOf([makeTrade(2)]))).toMatchObject({ base: 1, head: 2 });
  });

  test.each([
    ['a trade that is there', batchOf([makeTrade(3), makeTrade(1)])],
    ['a change of a trade that is not there', batchOf([makeTrade(3), moved(makeTrade(9), 'WARNING_L1')])],
    ['an old version of a trade', batchOf([makeTrade(3), { ...makeTrade(2), version: 2 }])],
    ['an answer that was given', batchOf([makeTrade(3)], { answers: [answerOf(1)] })],
  ])('takes nothing of a batch with %s', async (_what, batch) => {
    const store = await opened.open();
    const term = await lead(store);
    await term.writer.commit(batchOf([makeTrade(1), makeTrade(2)], { answers: [answerOf(1)] }));
    await term.writer.commit(batchOf([{ ...makeTrade(2), version: 2 }]));
    const before = await contents(store, term, [batchOf([makeTrade(1), makeTrade(2), makeTrade(3)])]);
    await expect(term.writer.commit(batch)).rejects.toThrow();
    expect(await contents(store, term, [batchOf([makeTrade(1), makeTrade(2), makeTrade(3)])])).toEqual(
      before,
    );
  });
});

test('what simulated servers wrote is the same in both', async () => {
  const batches: CommitBatch[] = [];
  const { events } = await simulate(3, null, (batch) => batches.push(copyOf(batch)));
  expect(events).toBeGreaterThan(50);
  const found = [];
  for (const make of [inMemory, inPostgres]) {
    const opened = await make();
    const store = await opened.open();
    const term = await store.lead(NEVER);
    for (const batch of batches) await term.writer.commit(batch);
    found.push(await contents(store, term, batches));
    await term.release();
    await opened.close();
  }
  expect(found[0]).toEqual(found[1]);
});

function answerOf(number: number) {
  const requestId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { requestId, method: 'm', bodyHash: new Uint8Array(32), response: new Uint8Array([number]) };
}

/** What is read later is made when it is asked for: it is asked for now. */
function copyOf(batch: CommitBatch): CommitBatch {
  const { events, realised, trades, bars, marketEvaluations, instruments, news, feeds, endedFeeds } = batch;
  const {
    endedInstruments,
    endedNews,
    forgotten,
    answers,
    actions,
    accounts,
    audits,
    journal,
    flags,
    policies,
  } = batch;
  return {
    ...{ trades, bars, instruments, news, feeds, endedFeeds, endedInstruments, endedNews, forgotten },
    ...{ answers, actions, accounts, audits, journal, flags, policies, realised },
    booked: batch.booked,
    takenBack: batch.takenBack,
    events: events.map((event) => ({ ...event, payload: event.payload })),
    views: batch.views.map(({ feed, instrument, symbol, snapshot }) => ({
      feed,
      instrument,
      symbol,
      snapshot,
    })),
    marketEvaluations: marketEvaluations.map((each) => ({ ...each, body: each.body })),
  };
}

/** Everything that can be read of what these batches name, but for when and as which commits it was written. */
async function contents(store: Both, term: Leadership, batches: readonly CommitBatch[]) {
  const { now: _now, place: _place, head, ...restored } = await term.restore();
  const trades = [];
  for await (const page of term.trades()) trades.push(...page);
  const keys = new Map(
    batches.flatMap(({ trades }) =>
      trades.map(({ trade: { spec } }) => [`${spec.account} ${spec.ticket}`, spec]),
    ),
  );
  const ids = [...new Set(batches.flatMap(({ actions }) => actions.map(({ action }) => action.actionId)))];
  const tags = ids.map(tagOf);
  const events = await store.readEvents(-1, 10_000);
  const bytes = (value: Uint8Array) => Buffer.from(value).toString('hex');
  return {
    restored,
    trades,
    head: head.revision,
    events: events.map(({ epoch: _epoch, recordedAt: _at, payload, ...event }) => [event, bytes(payload)]),
    found: ordered(
      await store.findTrades([...keys.values()]),
      ({ trade }) => `${trade.spec.account} ${trade.spec.ticket}`,
    ),
    actions: await Promise.all(ids.map((id) => store.findAction(id))),
    tagged: ordered(await store.findActionsByTag('sim', tags), ({ action }) => action.actionId),
    answers: (
      await store.findAnswers(batches.flatMap(({ answers }) => answers.map(({ requestId }) => requestId)))
    )
      .map(({ requestId, response, bodyHash }) => [requestId, bytes(response), bytes(bodyHash)].join(' '))
      .sort(),
  };
}

/** In one order. */
function ordered<V>(values: readonly V[], key: (value: V) => string): V[] {
  return values.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
}
