// A program that goes on while its server is killed and started again: calls and watches in a loop, a
// journal of what was asked and answered, and the log afterwards. Short here; DTMS_CLIENT_SOAK_SECONDS
// makes it as long as one likes.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Direction, DtmsClient, isTransient, type TradeEvent } from '../../../src/client/index.js';
import { eventually } from '../../support/eventually.js';
import { ServerProcess } from '../../support/server-process.js';

const SECONDS = Number(process.env.DTMS_CLIENT_SOAK_SECONDS ?? 6);
const ACCOUNT = 'soak';
const DEADLINE_MS = 2_000;
/** What a busy machine may add to a deadline before it counts as a hang. */
const SLACK_MS = 10_000;
const LEAST_KILLS = 2;
/** A kill with less before it proves nothing: a slow machine takes longer to make it. */
const LEAST_ANSWERS = 10;
const CALLERS = 4;

/** What callers saw. */
class Journal {
  /** Tickets whose registration was answered. */
  readonly registered = new Set<bigint>();
  readonly unexpected: unknown[] = [];
  calls = 0;
  failures = 0;
  slowestMs = 0;

  async record<T>(call: () => Promise<T>): Promise<T | undefined> {
    const began = performance.now();
    this.calls += 1;
    try {
      return await call();
    } catch (error) {
      this.failures += 1;
      if (!isTransient(error)) this.unexpected.push(error);
      return undefined;
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    }
  }
}

async function follow(client: DtmsClient, events: TradeEvent[], breaks: unknown[], signal: AbortSignal) {
  const watch = client.watchTrades({
    filter: { account: ACCOUNT },
    resumeAfter: { logEpoch: await epochOf(client), revision: 0n },
    signal,
    onBreak: (error) => breaks.push(error),
  });
  for await (const message of watch) if (message.$case === 'events') events.push(...message.value.events);
}

async function epochOf(client: DtmsClient): Promise<string> {
  return (await client.getStatus({}, { retryMs: 60_000 })).logEpoch;
}

/** Registers, reads and closes trades until the signal. */
async function work(client: DtmsClient, journal: Journal, caller: number, over: AbortSignal): Promise<void> {
  const once = { deadlineMs: DEADLINE_MS, retryMs: 0 };
  for (let count = 0; !over.aborted; count += 1) {
    const key = { account: ACCOUNT, ticket: BigInt(count * CALLERS + caller + 1) };
    const trade = { ...key, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100, volume: 1 };
    const answer = await journal.record(() => client.registerTrade({ trade }, once));
    if (answer !== undefined) journal.registered.add(key.ticket);
    await journal.record(() => client.listTrades({ filter: { account: ACCOUNT }, pageSize: 5 }, once));
    if (answer !== undefined) await journal.record(() => client.closeTrade(key, once));
    await sleep(answer === undefined ? 50 : 5);
  }
}

test(
  `calls and watches outlive a server that is killed again and again, for ${SECONDS} s`,
  async () => {
    const server = await ServerProcess.create();
    await server.start();
    const client = new DtmsClient({ address: server.address });
    const reader = new DtmsClient({ address: server.address, breaker: 'off' });
    const journal = new Journal();
    const [followed, breaks]: [TradeEvent[], unknown[]] = [[], []];
    const [over, stop] = [new AbortController(), new AbortController()];
    try {
      const watching = follow(client, followed, breaks, stop.signal);
      const until = performance.now() + SECONDS * 1000;
      const callers = Array.from({ length: CALLERS }, (_, caller) =>
        work(client, journal, caller, over.signal),
      );
      let kills = 0;
      while (performance.now() < until || kills < LEAST_KILLS) {
        const before = journal.registered.size;
        await eventually(() => expect(journal.registered.size).toBeGreaterThan(before + LEAST_ANSWERS));
        await sleep(1_000);
        await (kills % 3 === 2 ? server.stop() : server.kill());
        kills += 1;
        await server.start();
      }
      over.abort();
      await Promise.all(callers);

      // The callers' breaker may be open still: what there is to compare with is read past it.
      const { headRevision } = await reader.getStatus({}, { retryMs: 60_000 });
      const log: TradeEvent[] = [];
      for (let pageToken = ''; ; ) {
        const page = await reader.listTradeEvents({
          filter: { account: ACCOUNT },
          pageSize: 1000,
          pageToken,
        });
        log.push(...page.events);
        pageToken = page.nextPageToken;
        if (pageToken === '') break;
      }
      while ((followed.at(-1)?.revision ?? 0n) < headRevision) await sleep(20);
      stop.abort();
      await watching;

      const summary = `${kills} kills, ${journal.calls} calls, ${journal.failures} failed, slowest ${Math.round(journal.slowestMs)} ms, ${log.length} events, ${breaks.length} breaks of the watch`;
      console.log(summary);
      expect(journal.unexpected, summary).toEqual([]);
      expect(breaks.filter((error) => !isTransient(error))).toEqual([]);
      expect(followed.map(({ revision }) => revision)).toEqual(log.map(({ revision }) => revision));
      const known = new Set(
        log.flatMap(({ change, ticket }) => (change?.$case === 'registered' ? [ticket] : [])),
      );
      expect([...journal.registered].filter((ticket) => !known.has(ticket))).toEqual([]);
      expect(journal.slowestMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
      // With less than this the run proves nothing.
      expect(journal.registered.size).toBeGreaterThan(LEAST_KILLS * LEAST_ANSWERS);
      expect(journal.failures).toBeGreaterThan(0);
      expect(breaks.length).toBeGreaterThan(0);
    } finally {
      over.abort();
      stop.abort();
      client.close();
      reader.close();
      await server.remove();
    }
  },
  SECONDS * 1000 + 120_000,
);
