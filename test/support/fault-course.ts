// A small course of everything through one server, with its oracle: trades are registered, the market turns on them, a
// bridge leases, begins and reports, a watch follows. Whatever happens on the way, in the end nothing may be lost or
// doubled, every refusal is typed, and the next server must know exactly what this one did.
import { expect } from 'vitest';
import { WatchTradesRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { type App, startApp } from '../../src/app.js';
import { Bridge } from '../../src/bridge/bridge.js';
import { Direction, DtmsClient, type TradeEvent, TradeState } from '../../src/client/index.js';
import { type Config, type DeepPartial, loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { CALL_MS, Journal } from './course-journal.js';
import { until } from './eventually.js';
import { judge, LogAccount, type Verdict } from './fault-oracle.js';
import { EAGER_RULES, LiveAccount, TERMINAL_STATUSES } from './live-account.js';
import { NOTHING_WRONG } from './rig.js';

const ACCOUNT = 'course';
const TRADES = 2;
const VOLUME_STEP = 0.01;

const SETTINGS: DeepPartial<Config> = {
  rules: { ...EAGER_RULES, actions: { ...EAGER_RULES.actions, leaseMs: 700, doubtQuietMs: 300 } },
  // Its time-outs are part of the course.
  database: { statementTimeoutMs: 1000, poolSize: 4 },
  // So short a memory that a watch from the beginning reads the log, and partitions so small that several are made.
  watch: { bookmarkMs: 1000, ringEvents: 16 },
  retention: { intervalMs: 500, partitionRevisions: 20 },
};

/** What must be empty in the end, and what a reader may want to know. */
export interface CourseOutcome {
  readonly verdict: Verdict;
  /** Answers that are no errors of the contract, or are INTERNAL. */
  readonly untyped: readonly string[];
  /** Revisions that were acknowledged and are not in the log. */
  readonly lost: readonly bigint[];
  /** Where the log's revisions, or what the watch saw of them, are not contiguous. */
  readonly gaps: readonly string[];
  /** Times the watch's stream was silent for longer than allowed, ms. */
  readonly silences: readonly number[];
  /** What the running server and the next one told of everything. */
  readonly known: unknown;
  readonly restored: unknown;
  readonly attempts: number;
  readonly refused: number;
  readonly events: number;
}

/** Whatever befell the course: nothing of it is lost or wrong. */
export function expectWhole({
  verdict,
  untyped,
  lost,
  gaps,
  silences,
  known,
  restored,
}: CourseOutcome): void {
  expect(untyped.join('\n')).toBe('');
  expect(verdict).toMatchObject(NOTHING_WRONG);
  expect(JSON.stringify({ lost: lost.map(String), gaps, silences })).toBe(
    '{"lost":[],"gaps":[],"silences":[]}',
  );
  expect(restored).toEqual(known);
}

/**
 * Plays the course on an empty database, and reads what became of it by a server that came after.
 *
 * @param url - as the server under test reaches the database; the next one reaches it directly.
 * @param tamper - done to the database between the two: a control.
 */
export async function playCourse(
  url: string,
  directUrl: string,
  tamper: () => Promise<unknown> = () => Promise.resolve(),
): Promise<CourseOutcome> {
  const journal = new Journal();
  const app = await started(url, journal);
  const client = journal.client(app);
  const stopWatch = new AbortController();
  const watched = journal.watch(client, stopWatch.signal);
  const live = new LiveAccount(client, ACCOUNT, TRADES);
  const bridge = new Bridge(live.leases('bridge'), live.terminal());
  try {
    await live.plan();
    await journal.repeat(() => bridge.heartbeat());
    await until('every action is settled', async () => {
      await journal.repeat(() => bridge.reconcile());
      await journal.repeat(() => bridge.drain());
      return (await live.actions()).every(({ status }) => TERMINAL_STATUSES.has(status));
    });
    await changes(client);
    await reads(client);
    await watches(client);
    const known = await everything(client);
    await journal.watchReached(known.head);
    stopWatch.abort();
    await watched;
    await app.stop();
    await tamper();
    return await judged(
      journal,
      known,
      () => serve(directUrl),
      (events) => {
        const log = new LogAccount();
        for (const event of events) if (event.account === ACCOUNT) log.take(event);
        return judge(live.broker, log, VOLUME_STEP);
      },
    );
  } finally {
    stopWatch.abort();
    client.close();
    await app.stop();
  }
}

/**
 * What became of a course, by a server that comes after it.
 *
 * @param known - what the server before told of everything.
 * @param next - starts that server.
 */
export async function judged(
  journal: Journal,
  known: Everything,
  next: () => Promise<App>,
  verdictOf: (events: readonly TradeEvent[]) => Verdict = () => ({ ...NOTHING_WRONG, executedUnknown: [] }),
  apiKey?: string,
): Promise<CourseOutcome> {
  const app = await next();
  const client = new DtmsClient({
    address: app.grpcAddress,
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  try {
    await app.leading;
    const restored = await everything(client);
    const revisions = new Set(restored.events.map(({ revision }) => revision));
    return {
      verdict: verdictOf(restored.events),
      untyped: journal.untyped,
      lost: [...journal.acknowledged].filter((revision) => revision > 0n && !revisions.has(revision)),
      gaps: gapsOf(restored.events, journal),
      silences: journal.silences,
      known,
      restored,
      attempts: journal.attempts,
      refused: journal.refused,
      events: revisions.size,
    };
  } finally {
    client.close();
    await app.stop();
  }
}

function gapsOf(log: readonly TradeEvent[], { seen, firstRevision }: Journal): string[] {
  const revisions = log.map(({ revision }) => revision);
  const gaps = revisions
    .filter((revision, index) => revision !== firstRevision + BigInt(index))
    .map((at) => `log ${at}`);
  if (String(seen) !== String(revisions)) gaps.push(`the watch saw ${seen} of ${revisions}`);
  return gaps;
}

/** A server of a course. @param database - of the settings. */
export const serveOn = (database: DeepPartial<Config['database']>): Promise<App> =>
  startApp(
    loadConfig({
      env: {},
      overrides: {
        ...SETTINGS,
        grpc: { port: 0 },
        http: { port: 0 },
        database: { ...SETTINGS.database, ...database },
      },
    }),
    createLogger('silent'),
  );

const serve = (url: string): Promise<App> => serveOn({ url });

/** A server that was started as often as it took. */
async function started(url: string, journal: Journal): Promise<App> {
  // A port that cannot be had ends a start, and says so; a database that is away does not.
  return journal.repeat(
    () => serve(url),
    (error) => String(error).includes('.listen()'),
  );
}

/** What a server tells of everything a course touches, without what depends on the moment. */
export async function everything(client: DtmsClient) {
  const { trades } = await client.listTrades({ pageSize: 1000 });
  const { actions } = await client.listActions({ pageSize: 1000 });
  const { events } = await client.listTradeEvents({ pageSize: 1000 });
  const { headRevision: head } = await client.getStatus({});
  return { trades, actions, events, head };
}

export type Everything = Awaited<ReturnType<typeof everything>>;

/** A trade of another account, from its registration to its close. */
export async function changes(client: DtmsClient, account = 'apart'): Promise<void> {
  const trade = { account, ticket: 1n };
  const spec = { symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1, stopLoss: 1 };
  await client.registerTrade({ trade: { ...trade, ...spec } });
  await client.updateTrade({ ...trade, stopLoss: 1.05 });
  await client.closeTrade(trade);
  // Read while it is being written.
  const writing = client.updateTrade({ account, ticket: 2n, stopLoss: 1.06 }).catch(() => undefined);
  await client.registerTrade({ trade: { account, ticket: 2n, ...spec } });
  await writing;
  await Promise.all([
    client.closeTrade({ account, ticket: 2n }),
    client.getTrade({ account, ticket: 2n }),
    client.batchGetTrades({ account, tickets: [1n, 2n] }),
    client.registerTrade({ trade: { account, ticket: 2n, ...spec } }),
    client.listTrades({ filter: { account } }),
  ]);
  await client.getTrade(trade);
  await client.registerTrade({ trade: { ...trade, ...spec } });
}

/** What else reads the store. */
async function reads(client: DtmsClient): Promise<void> {
  await client.listTrades({ filter: { account: ACCOUNT } });
  await client.listTrades({ filter: { states: [TradeState.CLOSED] } });
  await client.listTradeEvents({ filter: { account: ACCOUNT } });
  await client.listStateHistory({ account: ACCOUNT });
  await client.getEffect({ filter: { account: ACCOUNT } });
  await client.listTradeEffects({ filter: { account: ACCOUNT } });
  await client.listEvaluations({ feed: ACCOUNT, symbol: 'BTCUSD' });
  await client.listAuditEvents({});
  await client.getRisk({ account: ACCOUNT });
}

/** A watch that begins where the log is now, until it has begun once. */
async function fromNow(client: DtmsClient): Promise<void> {
  await until('a watch begins now', async () => {
    const stream = client.raw.trades.watchTrades(WatchTradesRequest.fromPartial({}));
    stream.on('error', () => undefined);
    try {
      for await (const _ of stream) return true;
      return false;
    } catch {
      return false;
    } finally {
      stream.cancel();
    }
  });
}

/** Watches from the beginning of the log, and from the state as it is. */
async function watches(client: DtmsClient): Promise<void> {
  const { logEpoch, headRevision } = await client.getStatus({});
  const { events } = await client.listTradeEvents({ pageSize: 1 });
  const [known] = events;
  if (known !== undefined) {
    const { revision, recordedAt } = known;
    const after = client.watchTrades({ resumeAfter: { logEpoch, revision, recordedAt }, retryMs: CALL_MS });
    for await (const { $case } of after) if ($case === 'events') break;
  }
  await fromNow(client);
  const resumed = client.watchTrades({ resumeAfter: { logEpoch, revision: 0n }, retryMs: CALL_MS });
  for await (const message of resumed)
    if (message.$case === 'events' && message.value.events.some(({ revision }) => revision >= headRevision))
      break;
  for await (const { $case } of client.watchTrades({ sendInitialState: true, retryMs: CALL_MS }))
    if ($case === 'snapshotEnd') break;
}
