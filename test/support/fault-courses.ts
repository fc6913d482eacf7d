// Small courses that come to what the course of everything does not: several servers and hand-overs, keys and audits, an
// embedded database that dies, compaction. Each has the same oracle: nothing lost or doubled, no gap, no silence, only
// typed errors, and a next server that knows all of it.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import type { App } from '../../src/app.js';
import { Direction, type DtmsClient, isCompacted, LogLevel } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import { isAlive } from '../../src/store/embedded/process-identity.js';
import { StoreUnavailableError } from '../../src/store/errors.js';
import { Store } from '../../src/store/store.js';
import { SILENT } from '../contract/store/fixtures.js';
import { CALL_MS, Journal } from './course-journal.js';
import { until } from './eventually.js';
import { type CourseOutcome, changes, everything, judged, playCourse, serveOn } from './fault-course.js';
import { walk } from './market-data.js';
import { createDatabase, execute } from './postgres.js';

/** Plays on a database of its own. @param url - as the servers under test reach it. */
type Play = (url: string, directUrl: string, tamper?: () => Promise<unknown>) => Promise<CourseOutcome>;

/** Tries what goes past the program's clients, until it works. */
async function insist<T>(step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

/** Two servers, everything by way of the one that does not lead, and the lead handed over and back. */
const inCluster: Play = async (url, directUrl) => {
  const journal = new Journal();
  const first = await serveOn({ url });
  await first.leading;
  const second = await serveOn({ url });
  const [one, two] = [journal.client(first), journal.client(second)];
  const stop = new AbortController();
  const watched = journal.watch(two, stop.signal);
  try {
    const { serverId } = await two.getStatus({});
    await changes(two, 'passed');
    await stream(two);
    await stream(one);
    for await (const { $case } of two.watchTrades({ sendInitialState: true, retryMs: CALL_MS }))
      if ($case === 'snapshotEnd') break;
    await strangeCaller(two);
    // Handed over with a write under way.
    await Promise.all([
      changes(one, 'meanwhile'),
      journal.repeat(() => two.moveLeader({ serverId, by: 'test' })),
    ]);
    await changes(one, 'handed');
    await journal.repeat(() => two.moveLeader({ serverId: '', by: 'test' }));
    await changes(two, 'back');
    await until('both know all servers', async () => (await two.listServers({})).servers.length === 2);
    const known = await everything(two);
    await journal.watchReached(known.head);
    stop.abort();
    await watched;
    await first.stop();
    await changes(two, 'alone');
    const last = await everything(two);
    await second.stop();
    journal.seen.push(...last.events.map(({ revision }) => revision).filter((at) => at > known.head));
    return await judged(journal, last, () => serveOn({ url: directUrl }));
  } finally {
    stop.abort();
    for (const each of [one, two]) each.close();
    for (const each of [first, second]) await each.stop();
  }
};

/** Somebody without the cluster's key connects where servers talk to each other. */
async function strangeCaller(client: DtmsClient): Promise<void> {
  const { servers } = await client.listServers({});
  const [host = '', port = ''] = (servers[0]?.peerAddress ?? '').split(':');
  const socket = connect(Number(port), host, () => socket.end('nonsense'));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
}

/** Market data over a stream, until it is applied: a stream that broke is begun anew. */
async function stream(client: DtmsClient): Promise<void> {
  const items = walk('EURUSD', 'M5', new Date(Date.UTC(2020, 0, 6)), 3, 1);
  await until('a stream is applied', async () => {
    const call = client.raw.marketData.streamMarketData();
    call.on('error', () => undefined);
    try {
      call.write({ sequence: 1n, feed: 'streamed', items: items as never });
      call.end();
      for await (const { sequence } of call) if (sequence === 1n) return true;
    } catch {
      // Its end is told by the next one.
    } finally {
      call.cancel();
    }
    return false;
  });
}

/** Keys from their making to their end, an action's look-ups, and the record of all that. */
const withKeys: Play = async (url, directUrl) => {
  const journal = new Journal();
  const app = await serveOn({ url });
  const open = journal.client(app);
  let client = open;
  try {
    await app.leading;
    const { consoleToken = '' } = app;
    const made = await named((name) =>
      open.createApiKey({
        name,
        scopes: [Scope.ADMIN, Scope.MANAGE, Scope.REGISTER, Scope.BRIDGE],
        consoleToken,
      }),
    );
    client = journal.client(app, made.secret);
    const { key } = await named((name) => client.createApiKey({ name, scopes: [Scope.READ] }));
    const { key: fresh } = await journal
      .repeat(() => client.rotateApiKey({ keyId: key?.keyId ?? '', overlapSeconds: 60 }))
      .catch(() => ({ key }));
    await journal.repeat(() => client.revokeApiKey({ keyId: fresh?.keyId ?? '' }));
    await client.listApiKeys({});
    await changes(client);
    await client.setLogLevel({ level: LogLevel.ERROR });
    const position = {
      ...{
        identifier: 5n,
        ticket: 5n,
        symbol: 'EURUSD',
        direction: Direction.BUY,
        volume: 1,
        entryPrice: 1.1,
      },
      comment: tagOf('5-1-1'),
    };
    const snapshot = { account: 'apart', bridgeId: 'b', takenAt: new Date(), complete: true };
    // Nobody knows these: the store is asked.
    await client.reconcilePositions({ ...snapshot, positions: [position] }).catch(() => undefined);
    await client.replayAction({ actionId: '7-1-1', by: 'test', reason: 'test' }).catch(() => undefined);
    const known = await everything(client);
    journal.seen.push(...known.events.map(({ revision }) => revision));
    await app.stop();
    expectRecord(await insist(() => verified(url)));
    return await judged(journal, known, () => serveOn({ url: directUrl }), undefined, made.secret);
  } finally {
    for (const each of new Set([open, client])) each.close();
    await app.stop();
  }
};

/** Makes a key: one whose making was not answered may be there, so each attempt has a name of its own. */
async function named<T>(make: (name: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make(`key-${attempt}`);
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

/** Reads what only the command line reads: the record, from its beginning to its end, and the journal. */
async function verified(url: string): Promise<string | null> {
  const store = await Store.open(url, loadConfig({ env: {} }), SILENT);
  try {
    const { fault, rows, end } = await store.audits.verify();
    const there = await store.audits.chained(end.id);
    for (const checkpoint of await store.journal.checkpoints())
      for await (const _ of store.journal.parts(checkpoint));
    await store.journal.rows(1, 10);
    await store.journal.standing();
    return fault ?? (rows > 0 && there?.id === end.id ? null : 'the record is empty');
  } finally {
    await store.close();
  }
}

function expectRecord(fault: string | null): void {
  if (fault !== null) throw new Error(fault);
}

/** An embedded database that is made, shared, dies under its servers, is stopped, and started again. */
const embedded: Play = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'dtms-course-'));
  // Run as root, Postgres has another user, who must reach it.
  chmodSync(dataDir, 0o755);
  const journal = new Journal();
  // A start that fails says why and leaves nothing behind that another start would stumble over.
  const start = () => insist(() => serveOn({ dataDir }));
  const postmaster = () =>
    Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  let app: App | undefined;
  let guest: App | undefined;
  let client: DtmsClient | undefined;
  try {
    // A start that was cut short leaves its draft behind.
    mkdirSync(join(dataDir, 'postgres.init-2000000000'));
    app = await start();
    client = journal.client(app);
    await changes(client, 'before');
    guest = await start();
    process.kill(postmaster(), 'SIGKILL');
    await changes(client, 'after');
    const known = await everything(client);
    journal.seen.push(...known.events.map(({ revision }) => revision));
    const pid = postmaster();
    await guest.stop();
    await app.stop();
    if (isAlive(pid)) throw new Error('the embedded database was left behind');
    return await judged(journal, known, start);
  } finally {
    client?.close();
    await guest?.stop();
    await app?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

/** The log's beginning is dropped under a watch that knows it, and under one that does not. */
const compacted: Play = async (url, directUrl) => {
  const journal = new Journal();
  const app = await serveOn({ url });
  const client = journal.client(app);
  try {
    await app.leading;
    for (let account = 0; account < 8; account += 1) await changes(client, `old${account}`);
    const { logEpoch } = await client.getStatus({});
    await execute(
      directUrl,
      `SET session_replication_role = replica; UPDATE events SET recorded_at = recorded_at - interval '400 days'`,
    );
    await until('the log has no beginning any more', async () => {
      try {
        const from = { resumeAfter: { logEpoch, revision: 0n }, retryMs: 10_000 };
        for await (const message of client.watchTrades(from)) if (message.$case === 'events') return false;
        return false;
      } catch (error) {
        return isCompacted(error);
      }
    });
    const known = await everything(client);
    await app.stop();
    // What is dropped is in no log: the revisions that are left must be there, without a gap.
    const first = known.events[0]?.revision ?? 0n;
    for (const revision of journal.acknowledged) if (revision < first) journal.acknowledged.delete(revision);
    journal.firstRevision = first;
    journal.seen.push(...known.events.map(({ revision }) => revision));
    return await judged(journal, known, () => serveOn({ url: directUrl }));
  } finally {
    client.close();
    await app.stop();
  }
};

/** By name, the richest first. */
export const COURSES: Readonly<Record<string, Play>> = {
  everything: playCourse,
  inCluster,
  withKeys,
  compacted,
  embedded,
};

/** Plays one on an empty database, reached by two hosts of which the first is away. */
export async function playOn(
  course: Play,
  during: (playing: () => Promise<CourseOutcome>) => Promise<CourseOutcome>,
) {
  const database = await createDatabase();
  const url = new URL(database.url);
  const away = `${url.hostname}:1`;
  const hosts = database.url.replace(url.host, `${away},${url.host}`);
  try {
    return await during(() =>
      course(`${hosts}${url.search === '' ? '?' : '&'}target_session_attrs=read-write`, database.url),
    );
  } finally {
    await database.drop();
  }
}
