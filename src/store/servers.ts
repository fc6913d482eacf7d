// Owns the servers on one database: what each tells of itself, who of them leads, and the secret by which they know each
// other. A row is true for seconds; what may be written never depends on it.
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { PACKED_LEVEL } from './bodies/packed-trade.js';
import { query } from './pool.js';

/** What a server is to its database. */
export const SERVER_ROLES = ['STANDBY', 'LEADER', 'STOPPING'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

/** What a server tells of itself. */
export interface ServerReport {
  readonly serverId: string;
  readonly version: string;
  /** host:port for callers; empty where that is not known. */
  readonly grpcAddress: string;
  /** host:port for other servers; empty where they cannot reach it. */
  readonly peerAddress: string;
  readonly role: ServerRole;
  /** Of the term it leads; 0 where it does not. */
  readonly evaluatorEpoch: number;
  /** How far what it knows of the log is behind: events, and ms since it last looked. */
  readonly lagRevisions: number;
  readonly lagMs: number;
  /** Whether it follows the log with the state of it, and could lead at once. */
  readonly hasState: boolean;
}

/** A server as the database knows it. Times are UTC ms by the database's clock. */
export interface KnownServer extends ServerReport {
  readonly startedAt: number;
  readonly seenAt: number;
  /** Since it last told of itself, in ms. */
  readonly silentMs: number;
}

/** All servers at one moment, and which history of the log they serve. */
export interface Roll {
  readonly logEpoch: string;
  /** The number of the cluster's secret; 0 before there is one. */
  readonly secretSerial: number;
  readonly servers: readonly KnownServer[];
}

/** The secrets of a cluster as they count now. */
export interface ClusterSecrets {
  /** Of `current`; the one before has the number before. */
  readonly serial: number;
  readonly current: Buffer;
  /** The one before; null where it counts no more. */
  readonly previous: Buffer | null;
  /** Since the rotation, in ms by the database's clock; Infinity where there was none. */
  readonly rotatedMs: number;
}

const SECRET_BYTES = 32;

/** What asks whether every server there is reads what this one packs. One of an older program tells less, or nothing. */
export const ALL_READ_PACKED = `NOT EXISTS (SELECT FROM servers WHERE reads_packed < ${PACKED_LEVEL})`;

export class ServerTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Tells of a server, and takes out those that were silent for longer than `goneMs`. */
  async report(server: ServerReport, goneMs: number): Promise<void> {
    await query(this.#pool, {
      name: 'report_server',
      text: `WITH gone AS (
          DELETE FROM servers WHERE server_id IN (
            SELECT server_id FROM servers
            WHERE server_id <> $1 AND seen_at < clock_timestamp() - $9::float8 * interval '1 millisecond'
            FOR UPDATE SKIP LOCKED)
        )
        INSERT INTO servers AS s
          (server_id, version, grpc_address, peer_address, role, evaluator_epoch, lag_revisions, lag_ms,
           has_state, reads_packed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, ${PACKED_LEVEL})
        ON CONFLICT (server_id) DO UPDATE SET grpc_address = $3, peer_address = $4, role = $5,
          evaluator_epoch = $6, lag_revisions = $7, lag_ms = $8, has_state = $10, seen_at = clock_timestamp()`,
      values: [
        server.serverId,
        server.version,
        server.grpcAddress,
        server.peerAddress,
        server.role,
        server.evaluatorEpoch,
        server.lagRevisions,
        Math.round(server.lagMs),
        goneMs,
        server.hasState,
      ],
    });
  }

  /** The servers in the order of their starts. */
  async list(): Promise<Roll> {
    const { rows } = await query(this.#pool, {
      name: 'list_servers',
      // Whoever led before the newest term leads no more, whatever it told last.
      text: `SELECT h.epoch AS log_epoch, coalesce((SELECT serial FROM cluster), 0) AS secret_serial, s.*,
          CASE WHEN s.role = 'LEADER' AND s.evaluator_epoch <> h.evaluator_epoch THEN 'STANDBY' ELSE s.role END AS role_now,
          extract(epoch FROM clock_timestamp() - s.seen_at) * 1000 AS silent_ms
        FROM log_head h LEFT JOIN servers s ON true ORDER BY s.started_at, s.server_id`,
    });
    const [first] = rows;
    if (first === undefined) throw new Error('the log has no head');
    return {
      logEpoch: String(first.log_epoch),
      secretSerial: Number(first.secret_serial),
      servers: rows.filter((row) => row.server_id !== null).map(read),
    };
  }

  /** A server ends: nobody waits for it any more. */
  async forget(serverId: string): Promise<void> {
    await query(this.#pool, 'DELETE FROM servers WHERE server_id = $1', [serverId]);
  }

  /** For so long nobody but this server takes the lead, once it is free. */
  async favour(serverId: string, ms: number): Promise<void> {
    await query(
      this.#pool,
      `UPDATE cluster SET successor = $1, successor_until = clock_timestamp() + $2::float8 * interval '1 millisecond'`,
      [serverId, ms],
    );
  }

  /**
   * What the servers of this database have in common; made by the first that asks.
   *
   * @param overlapMs - for so long after a rotation the secret before counts as well
   */
  async secrets(overlapMs: number): Promise<ClusterSecrets> {
    await query(this.#pool, 'INSERT INTO cluster (secret) VALUES ($1) ON CONFLICT DO NOTHING', [
      randomBytes(SECRET_BYTES),
    ]);
    const { rows } = await query(
      this.#pool,
      `SELECT serial, secret, previous, rotated_at = '-infinity' AS untouched,
        CASE WHEN rotated_at = '-infinity' THEN 0
          ELSE extract(epoch FROM clock_timestamp() - rotated_at) * 1000 END AS rotated_ms
      FROM cluster`,
    );
    const { serial, secret, previous, untouched, rotated_ms } = rows[0] ?? {};
    if (!Buffer.isBuffer(secret)) throw new Error('the cluster has no secret');
    const rotatedMs = untouched === true ? Number.POSITIVE_INFINITY : Number(rotated_ms);
    const counts = Buffer.isBuffer(previous) && rotatedMs < overlapMs;
    return { serial: Number(serial), current: secret, previous: counts ? previous : null, rotatedMs };
  }

  /**
   * Makes a new secret; the one before counts for a while.
   *
   * @returns its number; undefined while the last rotation is not over.
   */
  async rotateSecret(overlapMs: number): Promise<number | undefined> {
    const { rows } = await query(
      this.#pool,
      `UPDATE cluster SET previous = secret, secret = $1, serial = serial + 1, rotated_at = clock_timestamp()
      WHERE rotated_at < clock_timestamp() - $2::float8 * interval '1 millisecond' RETURNING serial`,
      [randomBytes(SECRET_BYTES), overlapMs],
    );
    const serial: unknown = rows[0]?.serial;
    return serial === undefined ? undefined : Number(serial);
  }

  /** The address by which the database sees this server; undefined of a socket without one. */
  async ownAddress(): Promise<string | undefined> {
    const { rows } = await query(this.#pool, 'SELECT host(inet_client_addr()) AS address');
    const address: unknown = rows[0]?.address;
    return typeof address === 'string' ? address : undefined;
  }
}

function read(row: Readonly<Record<string, unknown>>): KnownServer {
  return {
    serverId: String(row.server_id),
    version: String(row.version),
    grpcAddress: String(row.grpc_address),
    peerAddress: String(row.peer_address),
    role: row.role_now as ServerRole,
    evaluatorEpoch: Number(row.evaluator_epoch),
    lagRevisions: Number(row.lag_revisions),
    lagMs: Number(row.lag_ms),
    hasState: row.has_state === true,
    startedAt: timeOf(row.started_at),
    seenAt: timeOf(row.seen_at),
    silentMs: Math.max(0, Number(row.silent_ms)),
  };
}

function timeOf(value: unknown): number {
  if (!(value instanceof Date)) throw new TypeError('a server has no time');
  return value.getTime();
}
