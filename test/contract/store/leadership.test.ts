// One server leads; a new leader finds everything the one before had made durable.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { STATES } from '../../../src/domain/trade/state.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import { Store } from '../../../src/store/store.js';
import { IS_SYNCHRONOUS } from '../../../src/store/succession.js';
import type { TradeFilter } from '../../../src/store/types.js';
import { plainTrades } from '../../support/packed-page.js';
import { execute } from '../../support/postgres.js';
import { PostgresProxy } from '../../support/postgres-proxy.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { strayFailures } from '../../support/stray-failures.js';
import { SILENT, StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

const ALL: TradeFilter = { account: null, symbols: [], states: [], tickets: [] };

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1200 && !condition(); i += 1) await sleep(25);
  expect(condition()).toBe(true);
}

test('only one server leads; the next one does when it lets go', async () => {
  const first = await fixture.lead();
  const second = await fixture.open();
  const options = { onLost: () => undefined };
  expect(await second.tryLead(options)).toBeUndefined();
  const waiting = second.lead(options);
  await first.term.release();
  const next = await waiting;
  expect(next.evaluatorEpoch).toBe(first.term.evaluatorEpoch + 1);
  await expect(first.term.writer.commit(batchOf([makeTrade(1)]))).rejects.toBeInstanceOf(FencedError);
  expect(await next.writer.commit(batchOf([makeTrade(1)]))).toMatchObject({ base: 0, head: 1 });
  await next.release();
});

test('a connection that ends between two statements of a read fails the read, and not the process', async () => {
  const stray = strayFailures();
  const { term } = await fixture.lead();
  await term.writer.commit(batchOf([makeTrade(1)]));
  const pages = term.trades()[Symbol.asyncIterator]();
  expect((await pages.next()).value).toHaveLength(1);
  await execute(
    fixture.database.url,
    `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'idle in transaction'`,
  );
  // Its end has arrived here when another connection, asked later, has answered.
  await fixture.open();
  await expect(pages.next()).rejects.toBeInstanceOf(StoreUnavailableError);
  expect(stray).toEqual([]);
});

test('a leader that waits can be told to stop', async () => {
  await fixture.lead();
  const second = await fixture.open();
  const stop = new AbortController();
  const waiting = second.lead({ onLost: () => undefined, signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('the loss of the lock is noticed, the writer stops, and another server takes over', async () => {
  const lost: Error[] = [];
  const first = await fixture.lead((reason) => lost.push(reason));
  await first.term.writer.commit(batchOf([makeTrade(1)]));
  await execute(
    fixture.database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'dtms-leader' AND datname = current_database()`,
  );
  await until(() => lost.length > 0);
  await expect(first.term.writer.commit(batchOf([makeTrade(2)]))).rejects.toBeInstanceOf(FencedError);
  const second = await fixture.lead();
  expect(await second.term.writer.commit(batchOf([makeTrade(2)]))).toMatchObject({ base: 1, head: 2 });
  expect(lost).toHaveLength(1);
});

/** Stops the server's side of a connection without ending it, as a network does that loses everything. */
async function silence(role: string): Promise<() => void> {
  const { rows } = await execute(
    fixture.database.url,
    `SELECT pid FROM pg_stat_activity WHERE application_name = '${role}' AND datname = current_database()`,
  );
  const pid = Number(rows[0].pid);
  process.kill(pid, 'SIGSTOP');
  return () => process.kill(pid, 'SIGCONT');
}

describe.skipIf(process.env.DTMS_TEST_DATABASE_URL)('a connection that falls silent', () => {
  test('of the writer: the commit is unknown, and the next leader finds what became of it', async () => {
    const first = await fixture.lead();
    const revive = await silence('dtms-writer');
    try {
      const error = await first.term.writer.commit(batchOf([makeTrade(1)])).catch((refusal) => refusal);
      expect(error).toMatchObject({ name: 'StoreUnavailableError', outcome: 'unknown' });
    } finally {
      revive();
    }
    await first.term.release();
    const next = await fixture.lead();
    expect([0, 1]).toContain((await next.term.restore()).head.revision);
  });

  test('of the lock: the leader doubts itself, then gives the lead up', async () => {
    const lost: Error[] = [];
    const { term } = await fixture.lead((reason) => lost.push(reason));
    expect(term.doubt).toBeNull();
    const revive = await silence('dtms-leader');
    try {
      await until(() => lost.length > 0);
      await until(() => term.doubt !== null);
    } finally {
      revive();
    }
  });
});

test('a leader asks nothing on a connection that has not answered yet, however slow it is', async () => {
  const proxy = await PostgresProxy.open(fixture.database.url);
  const warnings: Error[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  const store = await Store.open(proxy.url, fixture.config, SILENT);
  try {
    const term = await store.lead({ onLost: () => undefined });
    let probes = 0;
    proxy.harming = ({ role, text }) => {
      if (role === 'dtms-leader' && text.includes(IS_SYNCHRONOUS)) probes += 1;
      return null;
    };
    // Longer than what is between two probes.
    proxy.delayMs = 400;
    await until(() => probes > 2);
    proxy.delayMs = 0;
    await term.release();
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', warned);
    await store.close();
    await proxy.close();
  }
});

test('one that falls silent right after it took the lock keeps it from nobody', async () => {
  const proxy = await PostgresProxy.open(fixture.database.url);
  const silent = await Store.open(proxy.url, fixture.config, SILENT);
  const other = await fixture.open();
  let [asked, locked] = [false, false];
  proxy.harming = ({ role, text }) => {
    if (role !== 'dtms-leader') return null;
    locked = asked;
    asked ||= text.includes('pg_try_advisory_lock');
    return locked ? 'silent' : null;
  };
  try {
    const first = silent.tryLead({ onLost: () => undefined }).then(String, () => 'gave up');
    await until(() => locked);
    const second = await other.lead({ onLost: () => undefined, signal: AbortSignal.timeout(10_000) });
    await second.release();
    proxy.cut();
    expect(await first).toBe('gave up');
  } finally {
    await silent.close();
    await proxy.close();
  }
});

test('a stale leader that noticed nothing is fenced by the epoch alone', async () => {
  const first = await fixture.lead();
  await first.term.writer.commit(batchOf([makeTrade(1)]));
  // As when it is frozen: its lock is free although its writer would still go on.
  const { rows } = await execute(
    fixture.database.url,
    'UPDATE log_head SET evaluator_epoch = evaluator_epoch + 1 RETURNING evaluator_epoch',
  );
  expect(Number(rows[0].evaluator_epoch)).toBe(first.term.evaluatorEpoch + 1);
  await expect(first.term.writer.commit(batchOf([makeTrade(2)]))).rejects.toBeInstanceOf(FencedError);
  expect(await first.store.head()).toMatchObject({ revision: 1 });
});

test('a new leader finds every trade, view, bar, instrument, news event and the largest tickets', async () => {
  const { term } = await fixture.lead();
  const trades = [makeTrade(5), makeTrade(3), makeTrade(9, {}, 'other'), makeTrade(7)];
  const [five, three, nine, seven] = trades as [Trade, Trade, Trade, Trade];
  await term.writer.commit(batchOf(trades));
  const closed = moved(seven, 'CLOSED');
  const warned = moved(five, 'WARNING_L1');
  const view = { feed: 'default', instrument: 'EURUSD', symbol: 'EURUSDm', snapshot: '{"atr":0.1}' };
  const bars = [0, 1, 2].map((i) => ({
    time: i * 900_000,
    open: 1,
    high: 2,
    low: 0.5,
    close: 1.5,
    volume: i,
  }));
  await term.writer.commit(
    batchOf([closed, warned], {
      views: [view],
      bars: bars.map((bar) => ({ feed: 'default', instrument: 'EURUSD', timeframe: 'M15', bar })),
    }),
  );
  const before = await term.restore();
  await term.release();
  const next = await fixture.lead();
  const restored = await next.term.restore();
  expect({ ...restored, now: 0 }).toEqual({ ...before, now: 0 });
  expect(restored.now).toBeGreaterThanOrEqual(before.now);
  expect(restored.head).toMatchObject({ revision: 6 });
  expect(restored.views).toEqual([{ ...view, bars: { M1: [], M5: [], M15: bars } }]);
  expect(restored.maximumTickets).toEqual(
    new Map([
      ['demo', 7n],
      ['other', 9n],
    ]),
  );
  expect(await plainTrades(next.term.trades())).toEqual([
    { trade: warned, registeredRevision: 1, revision: 6 },
    { trade: three, registeredRevision: 2, revision: 2 },
    { trade: nine, registeredRevision: 3, revision: 3 },
  ]);
  // Closed ones are gone from memory and still known.
  expect(await next.store.findTrades([{ account: 'demo', ticket: 7n }])).toEqual([
    { trade: closed, registeredRevision: 4, revision: 5 },
  ]);
});

test('an empty database restores to nothing', async () => {
  const { term } = await fixture.lead();
  expect(await term.restore()).toMatchObject({
    head: { revision: 0, compacted: 0 },
    views: [],
    instruments: [],
    news: [],
    maximumTickets: new Map(),
  });
  expect(await plainTrades(term.trades())).toEqual([]);
});

test('many active trades come in pages, in the order of registration', async () => {
  const { term } = await fixture.lead();
  const trades = Array.from({ length: 4500 }, (_, i) => makeTrade(10_000 - i));
  await term.writer.commit(batchOf(trades));
  const sizes: number[] = [];
  const tickets: bigint[] = [];
  for await (const page of term.trades()) {
    sizes.push(page.length);
    tickets.push(...page.map(({ trade }) => trade.spec.ticket));
  }
  expect(sizes.length).toBeGreaterThan(2);
  expect(tickets).toEqual(trades.map(({ spec }) => spec.ticket));
  // Given up in the middle, the connection is still good for others.
  for await (const page of term.trades()) {
    expect(page.length).toBeGreaterThan(0);
    break;
  }
  expect((await term.restore()).head.revision).toBe(4500);
  // None is left out that has the number of others, as somebody may have repaired it.
  await execute(fixture.database.url, 'UPDATE trades SET registered_revision = registered_revision / 1500');
  const left = new Set((await plainTrades(term.trades())).map(({ trade }) => trade.spec.ticket));
  expect(left).toEqual(new Set(tickets));
});

test('lists keep to their filter, order and limit', async () => {
  const { store, term } = await fixture.lead();
  const trades = Array.from({ length: 60 }, (_, i) => {
    const trade = makeTrade((i * 37) % 61, {}, i % 3 === 0 ? 'a' : 'b');
    return { ...trade, spec: { ...trade.spec, symbol: i % 2 === 0 ? 'EURUSD' : 'XAUUSDc' } };
  });
  await term.writer.commit(batchOf(trades));
  const now = trades.map((trade, i) => moved(trade, STATES[i % STATES.length] ?? 'HEALTHY'));
  await term.writer.commit(batchOf(now));
  const filters: TradeFilter[] = [
    ALL,
    { ...ALL, account: 'a' },
    { ...ALL, account: 'nobody' },
    { ...ALL, symbols: ['XAUUSDc'] },
    { ...ALL, states: ['CLOSED'] },
    { ...ALL, account: 'b', states: ['CLOSED'] },
    { ...ALL, states: ['HEALTHY', 'CLOSED'], symbols: ['EURUSD', 'XAUUSDc'] },
    { ...ALL, states: ['HEALTHY', 'HEDGED'] },
    { ...ALL, tickets: [37n, 13n, 999n] },
    { ...ALL, account: 'b', tickets: [37n, 13n], states: ['WARNING_L1', 'CLOSED'] },
  ];
  for (const filter of filters) {
    for (const [after, limit] of [
      [0, 100],
      [0, 7],
      [20, 5],
    ] as const) {
      const expected = now
        .map((trade, i) => ({ trade, registeredRevision: i + 1, revision: 61 + i }))
        .filter(
          ({ trade, registeredRevision }) =>
            registeredRevision > after &&
            (filter.account === null || filter.account === trade.spec.account) &&
            (filter.symbols.length === 0 || filter.symbols.includes(trade.spec.symbol)) &&
            (filter.states.length === 0 || filter.states.includes(trade.state)) &&
            (filter.tickets.length === 0 || filter.tickets.includes(trade.spec.ticket)),
        )
        .slice(0, limit);
      expect(await store.listTrades(filter, after, limit)).toEqual(expected);
      const newest = await store.listTrades(filter, Number.MAX_SAFE_INTEGER, 100, 'NEWEST_FIRST');
      const all = await store.listTrades(filter, 0, 100);
      expect(newest).toEqual([...all].reverse());
      const [first] = newest;
      if (first !== undefined)
        expect(await store.listTrades(filter, first.registeredRevision, 5, 'NEWEST_FIRST')).toEqual(
          newest.slice(1, 6),
        );
    }
  }
  const events = await store.listEvents({ ...ALL, account: 'a', states: ['HEDGED'] }, 60, 3);
  expect(events.map(({ revision, state, account }) => [revision, state, account])).toEqual(
    now
      .map((trade, i) => [61 + i, trade.state, trade.spec.account] as const)
      .filter(([, state, account]) => state === 'HEDGED' && account === 'a')
      .slice(0, 3),
  );
  const history = await store.listEvents({ ...ALL, account: 'b', tickets: [37n] }, 0, 10);
  expect(history.map(({ tradeVersion }) => tradeVersion)).toEqual([1, 2]);
});

test('a hint reaches another server after a commit, and after its connection was cut', async () => {
  const { term } = await fixture.lead();
  const other = await fixture.open();
  let hints = 0;
  const stop = other.onHint(() => {
    hints += 1;
  });
  await until(() => hints === 1);
  await term.writer.commit(batchOf([makeTrade(1)]));
  await until(() => hints >= 2);
  // Before the cut: the next hint may come before it is told.
  const cut = hints;
  await execute(
    fixture.database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'dtms-listen' AND datname = current_database()`,
  );
  await until(() => hints > cut);
  stop();
  const silent = hints;
  await term.writer.commit(batchOf([makeTrade(2)]));
  await sleep(200);
  expect(hints).toBe(silent);
});

test('a database restored elsewhere begins a new epoch, once', async () => {
  const { store, term } = await fixture.lead();
  await term.writer.commit(batchOf([makeTrade(1)]));
  const { epoch } = await store.head();
  expect((await (await fixture.open()).head()).epoch).toBe(epoch);
  // What a dump brings along: the identity of the database it was taken from.
  await execute(fixture.database.url, `UPDATE log_head SET identity = '7000/00000001/1'`);
  await term.release();
  const epochs = new Set<string>();
  for (const each of [await fixture.open(), await fixture.open(), store]) {
    const next = await each.lead({ onLost: () => undefined });
    epochs.add((await each.head()).epoch);
    await next.release();
  }
  expect(epochs.size).toBe(1);
  expect(epochs.has(epoch)).toBe(false);
  expect(await store.head()).toMatchObject({ revision: 1 });
});

test('a failover that only the next leader sees begins a new epoch as well', async () => {
  const { store, term } = await fixture.lead();
  const { epoch } = await store.head();
  await term.release();
  await execute(
    fixture.database.url,
    `UPDATE log_head SET identity = regexp_replace(identity, '/[0-9A-F]{8}/', '/0000FFFF/')`,
  );
  const again = await store.lead({ onLost: () => undefined });
  const head = (await again.restore()).head;
  expect(head.epoch).not.toBe(epoch);
  await again.release();
});

test('a second commit while one is under way is refused: its revisions would be guesses', async () => {
  const { store, term } = await fixture.lead();
  const commits = [term.writer.commit(batchOf([makeTrade(1)])), term.writer.commit(batchOf([makeTrade(2)]))];
  const [first, second] = await Promise.allSettled(commits);
  expect(first).toMatchObject({ status: 'fulfilled', value: { base: 0, head: 1 } });
  expect(second).toMatchObject({ status: 'rejected' });
  expect(await store.head()).toMatchObject({ revision: 1 });
});
