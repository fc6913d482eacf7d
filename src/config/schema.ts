// Owns the configuration as data: every setting with its default, its environment variable and its limits.
import type convict from 'convict';

import type { TraceSettings } from '../observability/tracing.js';
import { LIMITS_SCHEMA, type LimitSettings, TLS_SCHEMA, type TlsSettings } from './edge.js';
import { FLAGS_SCHEMA, type FlagSettings } from './flags.js';
import { DAY, flag, MINUTE, optionalText, setting, text, whole } from './formats.js';
import { HTTP_SCHEMA, type HttpSettings } from './http.js';
import { NOTICES_SCHEMA, type NoticeSettings } from './notices.js';
import { LOG_SCHEMA, type LogSettings, TRACES_SCHEMA } from './observability.js';

export const ENVIRONMENTS = ['development', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Whether calls need an API key; auto: unless only this machine can call and there never was one. */
const ACCESS_MODES = ['auto', 'required', 'open'] as const;
export type AccessMode = (typeof ACCESS_MODES)[number];

/** Every section but the rules. Names ending in Ms are milliseconds, in Bytes bytes. */
export interface Settings {
  readonly environment: Environment;
  readonly grpc: {
    readonly host: string;
    /** 0 means any free port. */
    readonly port: number;
    /** host:port by which others reach this server, told to callers of a standby while it leads; empty: as it listens. */
    readonly advertise: string;
    readonly maxMessageBytes: number;
    /** Per connection. */
    readonly maxConcurrentStreams: number;
    readonly reflection: boolean;
    /** How long a stopping server waits for its calls. */
    readonly drainMs: number;
    readonly keepaliveMs: number;
    readonly keepaliveTimeoutMs: number;
    readonly maxConnectionAgeMs: number;
    readonly maxConnectionAgeGraceMs: number;
    readonly maxConnectionIdleMs: number;
    /** Open at a time. */
    readonly maxConnections: number;
    /** Open at a time from one address, or one /64 network of IPv6. */
    readonly maxConnectionsPerAddress: number;
    /** How long a connection may take to begin to speak. */
    readonly handshakeMs: number;
    /** What HTTP/2 may hold of one connection, in millions of bytes. */
    readonly maxSessionMemoryMb: number;
  };
  readonly cluster: {
    /** Where the listener for other servers listens; empty: where gRPC does. */
    readonly host: string;
    /** 0 means any free port: servers tell each other which. */
    readonly port: number;
    /** host:port by which other servers reach it; empty: as it listens. */
    readonly advertise: string;
    /** How long a call waits for a leader, and a server without one says that it serves. */
    readonly leaderlessMs: number;
    /** Servers that were silent for longer are forgotten. */
    readonly goneMs: number;
    /** A server that is further behind the log shows nothing of its own and says that it does not serve. */
    readonly maxLagMs: number;
    /** For so long after a rotation two secrets of the cluster count, in ms. */
    readonly secretOverlapMs: number;
  };
  readonly http: HttpSettings;
  readonly tls: TlsSettings;
  readonly limits: LimitSettings;
  readonly access: {
    /** Whether calls need an API key; auto: unless there is none and only this machine can call. */
    readonly mode: AccessMode;
  };
  readonly database: {
    /** postgres:// of a server of one's own; empty starts an embedded one under dataDir. Secret. */
    readonly url: string;
    /** The same as the owner of the schema, who migrates; empty when url's role is the owner. Secret. */
    readonly ownerUrl: string;
    readonly dataDir: string;
    readonly poolSize: number;
    readonly statementTimeoutMs: number;
    /** 0 means any free port. */
    readonly embeddedPort: number;
  };
  readonly nats: {
    /** nats:// or tls:// of servers with commas between; empty: hints go by the database alone. Secret. */
    readonly url: string;
    /** Under which the servers of one database tell each other that the log moved. */
    readonly subject: string;
  };
  readonly writer: {
    /** Changes that may wait before requests are refused. */
    readonly maxPending: number;
  };
  readonly retention: {
    /** Events older than this go, a whole partition at a time. */
    readonly days: number;
    /** Revisions per partition of the log. */
    readonly partitionRevisions: number;
    /** How long the answer to a request_id is kept. */
    readonly answerHours: number;
    /** How often the store is compacted. */
    readonly intervalMs: number;
  };
  readonly journal: {
    /** What reached the engine is kept so long; 0 keeps none of it. */
    readonly days: number;
    /** Between two checkpoints, from which what happened can be repeated. */
    readonly checkpointMs: number;
  };
  readonly watch: {
    /** Recent events kept in memory for watchers. */
    readonly ringEvents: number;
    readonly bookmarkMs: number;
    /** The longest time between two looks at the log. */
    readonly pollMs: number;
    readonly maxWatchers: number;
  };
  readonly reload: {
    /** Between two looks at whether the file that DTMS_CONFIG names changed; 0: it is not looked at. */
    readonly watchMs: number;
  };
  readonly flags: FlagSettings;
  readonly notices: NoticeSettings;
  readonly log: LogSettings;
  readonly traces: TraceSettings;
}

export const SCHEMA: convict.Schema<Settings> = {
  environment: {
    format: [...ENVIRONMENTS],
    env: 'DTMS_ENV',
    default: 'development',
    doc: 'Which of config/<environment>.json applies',
  },
  grpc: {
    host: text('DTMS_GRPC_HOST', '127.0.0.1', 'Address to listen on'),
    port: whole('DTMS_GRPC_PORT', 50_051, 'Port to listen on; 0 means any free one', 0, 65_535),
    advertise: optionalText('DTMS_GRPC_ADVERTISE', 'host:port others reach it by; empty: as it listens'),
    maxMessageBytes: whole(
      'DTMS_GRPC_MAX_MESSAGE_BYTES',
      2 * 1024 * 1024,
      'Largest request',
      1024,
      64 * 1024 * 1024,
    ),
    maxConcurrentStreams: whole('DTMS_GRPC_MAX_CONCURRENT_STREAMS', 100, 'Calls per connection', 1, 10_000),
    reflection: flag('DTMS_GRPC_REFLECTION', true, 'Whether grpcurl may list the services'),
    drainMs: whole('DTMS_GRPC_DRAIN_MS', 10_000, 'Wait for open calls when stopping', 0, 10 * MINUTE),
    keepaliveMs: whole('DTMS_GRPC_KEEPALIVE_MS', 30_000, 'Between two pings', 1000, DAY),
    keepaliveTimeoutMs: whole('DTMS_GRPC_KEEPALIVE_TIMEOUT_MS', 10_000, 'Wait for a ping', 100, DAY),
    maxConnectionAgeMs: whole('DTMS_GRPC_MAX_CONNECTION_AGE_MS', 60 * MINUTE, 'Then it is closed', 1000, DAY),
    maxConnectionAgeGraceMs: whole(
      'DTMS_GRPC_MAX_CONNECTION_AGE_GRACE_MS',
      MINUTE,
      'For the calls of a connection that is closed for its age',
      0,
      DAY,
    ),
    maxConnectionIdleMs: whole('DTMS_GRPC_MAX_CONNECTION_IDLE_MS', 15 * MINUTE, 'Without a call', 1000, DAY),
    maxConnections: whole('DTMS_GRPC_MAX_CONNECTIONS', 5000, 'Open connections', 1, 1_000_000),
    maxConnectionsPerAddress: whole(
      'DTMS_GRPC_MAX_CONNECTIONS_PER_ADDRESS',
      1000,
      'Open connections from one address',
      1,
      1_000_000,
    ),
    handshakeMs: whole('DTMS_GRPC_HANDSHAKE_MS', 10_000, 'For a connection to begin to speak', 100, DAY),
    maxSessionMemoryMb: whole('DTMS_GRPC_MAX_SESSION_MEMORY_MB', 64, 'Per connection', 1, 10_000),
  },
  cluster: {
    host: optionalText('DTMS_CLUSTER_HOST', 'Address to listen on for other servers; empty: as gRPC'),
    port: whole('DTMS_CLUSTER_PORT', 0, 'Port for other servers; 0 means any free one', 0, 65_535),
    advertise: optionalText(
      'DTMS_CLUSTER_ADVERTISE',
      'host:port other servers reach it by; empty: as it listens',
    ),
    leaderlessMs: whole('DTMS_CLUSTER_LEADERLESS_MS', 10_000, 'Wait for a leader', 100, MINUTE),
    goneMs: whole('DTMS_CLUSTER_GONE_MS', MINUTE, 'After this silence a server is forgotten', 5000, DAY),
    maxLagMs: whole('DTMS_CLUSTER_MAX_LAG_MS', 5000, 'Further behind a server does not serve', 500, MINUTE),
    secretOverlapMs: whole('DTMS_CLUSTER_SECRET_OVERLAP_MS', MINUTE, 'Two secrets count so long', 2000, DAY),
  },
  http: HTTP_SCHEMA,
  tls: TLS_SCHEMA,
  limits: LIMITS_SCHEMA,
  access: {
    mode: {
      format: [...ACCESS_MODES],
      env: 'DTMS_ACCESS_MODE',
      default: 'auto',
      doc: 'Whether calls need an API key: required, open, or auto (open on loopback without keys)',
    },
  },
  database: {
    url: setting({
      format: 'database-url',
      env: 'DTMS_DATABASE_URL',
      default: '',
      sensitive: true,
      doc: 'Postgres 15 or newer; empty starts an embedded one',
    }),
    ownerUrl: setting({
      format: 'database-url',
      env: 'DTMS_DATABASE_OWNER_URL',
      default: '',
      sensitive: true,
      doc: "As the schema's owner, who migrates; then url's role can alter neither log nor audits",
    }),
    dataDir: text('DTMS_DATA_DIR', '.dtms', 'Where the embedded Postgres lives'),
    poolSize: whole('DTMS_DATABASE_POOL_SIZE', 8, 'Connections for reading', 1, 200),
    statementTimeoutMs: whole('DTMS_DATABASE_STATEMENT_TIMEOUT_MS', 30_000, 'Per statement', 100, DAY),
    embeddedPort: whole('DTMS_DATABASE_EMBEDDED_PORT', 0, 'Of the embedded one; 0 means any free', 0, 65_535),
  },
  nats: {
    url: setting({
      format: 'nats-url',
      env: 'DTMS_NATS_URL',
      default: '',
      sensitive: true,
      doc: 'NATS by which servers tell each other that the log moved, beside the database; empty: none',
    }),
    subject: setting({
      format: 'nats-subject',
      env: 'DTMS_NATS_SUBJECT',
      default: 'dtms.hints',
      doc: 'Of the hints; another one for each database',
    }),
  },
  writer: {
    maxPending: whole('DTMS_WRITER_MAX_PENDING', 200_000, 'Changes that may wait', 1, 10_000_000),
  },
  retention: {
    days: whole('DTMS_RETENTION_DAYS', 30, 'Days events are kept', 1, 36_500),
    partitionRevisions: whole(
      'DTMS_RETENTION_PARTITION_REVISIONS',
      1_000_000,
      'Revisions per partition',
      1,
      1_000_000_000,
    ),
    answerHours: whole('DTMS_RETENTION_ANSWER_HOURS', 24, 'Hours answers are kept', 1, 24 * 365),
    intervalMs: whole('DTMS_RETENTION_INTERVAL_MS', 15 * MINUTE, 'Between two compactions', 10, DAY),
  },
  journal: {
    days: whole('DTMS_JOURNAL_DAYS', 3, 'Days what reached the engine is kept; 0 keeps none of it', 0, 3650),
    checkpointMs: whole('DTMS_JOURNAL_CHECKPOINT_MS', 240 * MINUTE, 'Between two checkpoints', 1000, DAY),
  },
  watch: {
    ringEvents: whole('DTMS_WATCH_RING_EVENTS', 65_536, 'Recent events in memory', 16, 10_000_000),
    bookmarkMs: whole('DTMS_WATCH_BOOKMARK_MS', 5000, 'Longest silence of a watch', 10, 5000),
    pollMs: whole('DTMS_WATCH_POLL_MS', 1000, 'Longest time between two looks at the log', 1, 1000),
    maxWatchers: whole('DTMS_WATCH_MAX_WATCHERS', 1000, 'Open watches', 1, 1_000_000),
  },
  reload: {
    watchMs: whole('DTMS_RELOAD_WATCH_MS', 2000, 'Between two looks at the own file; 0: none', 0, DAY),
  },
  flags: FLAGS_SCHEMA,
  notices: NOTICES_SCHEMA,
  log: LOG_SCHEMA,
  traces: TRACES_SCHEMA,
};

/** Settings that are never shown. */
export const SECRETS: readonly string[] = ['database.url', 'database.ownerUrl', 'nats.url'];
