// Owns composing what decides and what reads: the authority, the commands and queries over it, the watches,
// and the metrics of all of them.
import { CommandRunner } from '../commands/runner.js';
import { type Config, ConfigError } from '../config/config.js';
import { readFlagFile } from '../config/flags.js';
import { Authority } from '../engine/authority.js';
import { DatabaseClock } from '../engine/database-clock.js';
import { EdgeFlags } from '../engine/edge-flags.js';
import { Follower } from '../engine/follower.js';
import type { Reach } from '../interceptors/min-revision.js';
import { PastRevisions } from '../journal/past.js';
import { Metrics, type PeersStanding } from '../metrics/metrics.js';
import type { Logger } from '../observability/logger.js';
import type { Tracing } from '../observability/tracing.js';
import { packageVersion } from '../package-files.js';
import type { Sources } from '../queries/sources.js';
import { tradeSnapshots } from '../rpc/trade-watch.js';
import { WorkHints } from '../rpc/work-hints.js';
import type { Store } from '../store/store.js';
import { WatchHub } from '../watch/watch.js';

/** What everything is built on. */
export interface Ground {
  readonly config: Config;
  readonly logger: Logger;
  readonly store: Store;
  readonly tracing: Tracing | undefined;
  /** Time that passes on this machine, UTC ms; it never goes back. */
  readonly processClock: () => number;
}

export interface Core {
  readonly authority: Authority;
  readonly follower: Follower;
  /** What is switched off before anything reaches the engine. */
  readonly flags: EdgeFlags;
  readonly commands: CommandRunner;
  readonly sources: Sources;
  /** Waits until this server knows a revision. */
  readonly reach: Reach;
  readonly watches: WatchHub;
  readonly hints: WorkHints;
  readonly metrics: Metrics;
}

/** What is outside the core, and not there yet when it is made. */
export interface Outside {
  /** This server leads from now on, or does not any more. */
  leads(leading: 'yes' | 'no'): void;
  /** Connections to the gRPC port. */
  connections(): number;
  /** How this server stands among those of its database. */
  peers(): PeersStanding;
}

export function coreOf(ground: Ground, outside: Outside): Core {
  const { config, logger, store, tracing, processClock } = ground;
  const { maxPending } = config.writer;
  const hints = new WorkHints();
  const metrics: Metrics = new Metrics(
    { version: packageVersion(), databaseVersion: store.serverVersion, maxPending },
    () => ({
      term: authority.term,
      watches: watches.standing,
      pool: store.connections,
      connections: outside.connections(),
      peers: outside.peers(),
    }),
    processClock,
  );
  const own = { build: packageVersion(), definitions: ownDefinitions(config) };
  const journal = config.journal.days > 0 ? 'kept' : 'off';
  const { maxLagMs } = config.cluster;
  const turns = { rules: config.rules, processClock, journal, databaseClock: new DatabaseClock() } as const;
  const follower = new Follower(store, { ...turns, maxLagMs }, logger);
  const authority: Authority = new Authority(
    store,
    {
      ...turns,
      maxPending,
      checkpointMs: config.journal.checkpointMs,
      tracing,
      flags: () => own,
    },
    {
      leads: (leading) => {
        if (leading === 'yes') metrics.led();
        outside.leads(leading);
      },
      written: (written, now) => metrics.work.written(written, now),
      planned: () => hints.hint(),
      advanced: () => {
        watches.hint();
        hints.hint();
      },
    },
    logger,
    follower,
  );
  const followed = () => (authority.role === 'STANDBY' ? follower.state : undefined);
  const reach: Reach = (revision, signal) =>
    followed() === undefined ? authority.requireTerm().reach(revision) : follower.reach(revision, signal);
  const sources: Sources = {
    state: () => followed() ?? authority.requireTerm(),
    leading: () => authority.requireTerm(),
    store,
    rules: config.rules,
    past: new PastRevisions(store),
  };
  const flags = new EdgeFlags(own, () => (followed() ?? authority.term)?.engine.flags);
  const watches = new WatchHub(store, tradeSnapshots(sources), config.watch, logger);
  const commands = new CommandRunner(authority, store, tracing);
  return { authority, follower, flags, commands, sources, reach, watches, hints, metrics };
}

/** Checked with the configuration: a file that was damaged since must not count as one where every flag is on. */
function ownDefinitions({ flags }: Config) {
  const { definitions, problems } = readFlagFile(flags);
  if (problems.length > 0) throw new ConfigError(problems);
  return definitions;
}
