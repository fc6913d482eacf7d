// Owns a server's metrics: what its parts tell as it happens, what is asked of them when somebody looks,
// and the scrape that shows all of it. Each server has its own; nothing is global but the process.
import { Registry } from 'prom-client';
import type { Term } from '../engine/term.js';
import { errorLines } from '../observability/error-lines.js';
import { CallMetrics } from '../observability/metrics/calls.js';
import { EventLoop } from '../observability/metrics/event-loop.js';
import { exposition, type Format } from '../observability/metrics/exposition.js';
import { counter, type Family, gauge } from '../observability/metrics/families.js';
import { PerformanceLog } from '../observability/metrics/performance-log.js';
import { processRegistry } from '../observability/metrics/process.js';
import { registryFamilies } from '../observability/metrics/registry-families.js';
import type { JournalStanding } from '../store/journal.js';
import { type KnownServer, SERVER_ROLES } from '../store/servers.js';
import type { PoolStanding } from '../store/store.js';
import type { WatchStanding } from '../watch/watch.js';
import { engineFamilies } from './engine-state.js';
import { NoticeMetrics } from './notices.js';
import { WorkMetrics } from './work.js';

/** What is asked when somebody looks. */
export interface Standing {
  /** The running term; null while this server does not lead. */
  readonly term: Term | null;
  readonly watches: WatchStanding;
  readonly pool: PoolStanding;
  /** Connections to the gRPC port. */
  readonly connections: number;
  readonly peers: PeersStanding;
}

/** How a server stands among those of its database. */
export interface PeersStanding {
  /** 1 where callers can be served here. */
  readonly serving: 0 | 1;
  /** The servers that told of themselves lately. */
  readonly servers: readonly Pick<KnownServer, 'role' | 'version' | 'silentMs'>[];
  /** Calls that were passed on to the leader. */
  readonly passedOn: number;
  /** How far what a standby shows is behind. */
  readonly lag: { readonly revisions: number; readonly ms: number };
}

export interface Identity {
  readonly version: string;
  readonly databaseVersion: string;
  /** Things that may wait to become durable before commands are refused. */
  readonly maxPending: number;
}

export class Metrics {
  readonly calls = new CallMetrics();
  readonly work: WorkMetrics;
  readonly performance: PerformanceLog;
  readonly notices = new NoticeMetrics();
  readonly #registry = new Registry();
  readonly #eventLoop = new EventLoop();
  readonly #identity: Identity;
  readonly #standing: () => Standing;
  #terms = 0;
  #journal: JournalStanding | null = null;

  /**
   * @param standing - called at each scrape and each sample
   * @param wallClock - UTC ms
   */
  constructor(identity: Identity, standing: () => Standing, wallClock: () => number) {
    this.#identity = identity;
    this.#standing = standing;
    this.work = new WorkMetrics(this.#registry);
    this.performance = new PerformanceLog(() => {
      const { term, watches } = standing();
      return {
        ...this.work.totals,
        calls: this.calls.totals(),
        watchers: watches.watchers,
        activeTrades: term?.engine.activeTrades ?? 0,
        eventLoopDelayP99Ms: this.#eventLoop.sample().p99Ms,
        residentBytes: process.memoryUsage.rss(),
      };
    }, wallClock);
  }

  /** This server leads from now on. */
  led(): void {
    this.#terms += 1;
  }

  /** The journal was looked at, which is done when the store is compacted. */
  lookedAtJournal(standing: JournalStanding): void {
    this.#journal = standing;
  }

  start(): void {
    this.performance.start();
  }

  stop(): void {
    this.performance.stop();
    this.#eventLoop.stop();
  }

  /** Everything as it is now. */
  async families(): Promise<Family[]> {
    const standing = this.#standing();
    return [
      gauge('dtms_info', 'Which version runs, on which database; always 1.', [
        [{ version: this.#identity.version, database: this.#identity.databaseVersion }, 1],
      ]),
      gauge('dtms_leader', '1 on the server that leads.', standing.term === null ? 0 : 1),
      ...peerFamilies(standing.peers),
      counter('dtms_terms_total', 'How often this server took the lead.', this.#terms),
      ...this.calls.families(),
      ...(await registryFamilies(this.#registry)),
      ...engineFamilies(standing.term),
      gauge(
        'dtms_pending_writes_limit',
        'Above this many pending writes commands are refused.',
        this.#identity.maxPending,
      ),
      ...logFamilies(standing.watches),
      ...poolFamilies(standing.pool),
      gauge('dtms_grpc_connections', 'Connections to the gRPC port.', standing.connections),
      ...this.#journalFamilies(),
      ...this.notices.families(),
      ...this.#eventLoop.families(),
      counter(
        'dtms_log_errors_total',
        'Error lines of the log, by message and type of error; after 100 kinds the rest are other.',
        [...errorLines()].map(([kind, times]) => [{ kind }, times]),
      ),
      ...(await registryFamilies(processRegistry())),
    ];
  }

  #journalFamilies(): Family[] {
    const { oldestAt = null, bytes = 0, checkpointAt = null, now = 0 } = this.#journal ?? {};
    return [
      gauge(
        'dtms_journal_disk_bytes',
        'What the journal and its checkpoints take; looked at with each compaction.',
        bytes,
      ),
      gauge(
        'dtms_journal_oldest_seconds',
        'How far back the journal went then; 0 when it was empty.',
        secondsSince(oldestAt, now),
      ),
      gauge(
        'dtms_journal_checkpoint_age_seconds',
        'How old its newest checkpoint was then; 0 without one.',
        secondsSince(checkpointAt, now),
      ),
    ];
  }

  /** The text of a scrape. */
  async scrape(format: Format): Promise<string> {
    return exposition(await this.families(), format);
  }
}

function secondsSince(at: number | null, now: number): number {
  return at === null ? 0 : Math.max(0, (now - at) / 1000);
}

function logFamilies({ watchers, fellBehind, seen, ringHead, ringBytes }: WatchStanding): Family[] {
  const head = seen?.head.revision ?? 0;
  return [
    gauge('dtms_log_head_revision', "The log's newest revision when it was last looked at.", head),
    gauge(
      'dtms_log_compacted_revision',
      'Events up to this revision are gone; none can be resumed at it.',
      seen?.head.compacted ?? 0,
    ),
    gauge(
      'dtms_log_look_age_seconds',
      "Since the log's head was last read; above a few seconds the database does not answer.",
      seen === null ? 0 : (performance.now() - seen.at) / 1000,
    ),
    gauge(
      'dtms_tailer_lag_revisions',
      'Events of the log that watches have not been shown yet; 0 while nobody watches.',
      watchers === 0 ? 0 : Math.max(0, head - ringHead),
    ),
    gauge('dtms_watch_ring_bytes', 'Recent events in memory for all watches.', ringBytes),
    gauge('dtms_watchers', 'Open watches.', watchers),
    counter('dtms_watchers_fell_behind_total', 'Live watches that fell out of the ring.', fellBehind),
  ];
}

function peerFamilies({ serving, servers, passedOn, lag }: PeersStanding): Family[] {
  return [
    gauge('dtms_serving', '1 on a server that leads, or reaches the server that does.', serving),
    gauge(
      'dtms_servers',
      'Servers on the database that told of themselves lately, by role; every server tells of all.',
      SERVER_ROLES.map((role) => [{ role }, servers.filter((server) => server.role === role).length]),
    ),
    gauge(
      'dtms_follower_lag_seconds',
      'Since the state that a server shows was seen to be the newest; 0 on the one that leads and on one that passes all reads on.',
      lag.ms / 1000,
    ),
    gauge(
      'dtms_servers_silent_seconds',
      'The longest time one of them has not told of itself.',
      Math.max(0, ...servers.map(({ silentMs }) => silentMs)) / 1000,
    ),
    gauge(
      'dtms_servers_versions',
      'How many versions they run; above 1 while a new one is rolled out.',
      new Set(servers.map(({ version }) => version)).size,
    ),
    counter('dtms_calls_passed_on_total', 'Calls that this server had the leader do.', passedOn),
  ];
}

function poolFamilies({ open, idle, waiting }: PoolStanding): Family[] {
  return [
    gauge('dtms_database_connections', 'Connections of the pool for reading.', [
      [{ state: 'busy' }, open - idle],
      [{ state: 'idle' }, idle],
    ]),
    gauge('dtms_database_queries_waiting', 'Queries that wait for a connection of the pool.', waiting),
  ];
}
