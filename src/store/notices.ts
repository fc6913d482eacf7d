// Owns notices in the database: what happened, each once by its key, what lasts, and how far the log was read for them. Any
// server may add one; what moves a cursor is fenced by where it was.
import type pg from 'pg';
import {
  NOTICE_KINDS,
  type Notice,
  type NoticeKind,
  PHASES,
  type Phase,
  SEVERITIES,
  type Severity,
} from '../domain/notices/notice.js';
import { textArray, timestamptzArray } from './binary-arrays.js';
import { type Fields, int8, json, select, text, time, timeOrNull, word } from './columns.js';
import { query } from './pool.js';
import { inTransaction } from './transaction.js';

/** A notice as it stands in the database. */
export interface StoredNotice extends Notice {
  readonly noticeId: number;
  /** Database time, UTC ms. */
  readonly recordedAt: number;
  /** When its deliveries were made; null while they are to be. */
  readonly routedAt: number | null;
}

/** Null admits all. */
export interface NoticeFilter {
  readonly account: string | null;
  readonly kinds: readonly NoticeKind[];
}

/** How far a reader has come in the log. */
export interface LogCursor {
  readonly epoch: string;
  readonly revision: number;
}

/** Something that lasts, as it was found. */
export interface Lasting {
  readonly key: string;
  /** As it began. UTC ms. */
  readonly begunAt: number;
  readonly notice: Notice;
}

/** What of a notice has no column of its own. */
type Body = Pick<Notice, 'feed' | 'label' | 'text' | 'advice' | 'command'> & { readonly magicNumber: string };

interface NoticeRow {
  noticeId: number;
  key: string;
  kind: NoticeKind;
  phase: Phase;
  severity: Severity;
  account: string;
  symbol: string;
  ticket: bigint | null;
  lasting: string;
  body: Body;
  at: number;
  recordedAt: number;
  routedAt: number | null;
}

const ticketOrNull = { read: (value: unknown) => (value === null ? null : BigInt(String(value))) };
const FIELDS: Fields<NoticeRow> = {
  noticeId: int8,
  key: text,
  kind: word(NOTICE_KINDS),
  phase: word(PHASES),
  severity: word(SEVERITIES),
  account: text,
  symbol: text,
  ticket: ticketOrNull,
  lasting: text,
  body: json<Body>(JSON.stringify, JSON.parse),
  at: time,
  recordedAt: time,
  routedAt: timeOrNull,
};
const ROW = select(FIELDS);

export const NOTICE_LIST = ROW.list;

/** A notice of a row with NOTICE_LIST. */
export function noticeOf(row: pg.QueryResultRow): StoredNotice {
  const { body, ...read } = ROW.read(row);
  return { ...read, ...body, magicNumber: BigInt(body.magicNumber) };
}

type Queryable = pg.Pool | pg.ClientBase;

/**
 * Writes down what happened; what has the key of something that is there already is that. This is the outbox: rules make
 * deliveries of each, on the server that does so. Also for what is no event of the log, such as a step of a rollout.
 *
 * @returns how many were new.
 * @throws StoreUnavailableError
 */
export async function addNotices(on: Queryable, notices: readonly Notice[]): Promise<number> {
  if (notices.length === 0) return 0;
  const bodyOf = ({ feed, label, magicNumber, text: said, advice, command }: Notice): string =>
    JSON.stringify({ feed, label, magicNumber: String(magicNumber), text: said, advice, command });
  const column = (of: (notice: Notice) => string) => textArray(notices.map(of));
  const { rowCount } = await query(
    on,
    `INSERT INTO notices (key, kind, phase, severity, account, symbol, ticket, lasting, body, at)
     SELECT key, kind, phase, severity, account, symbol, nullif(ticket, '')::int8, lasting, body::json, at
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
       AS n(key, kind, phase, severity, account, symbol, ticket, lasting, body, at)
     ON CONFLICT (key) DO NOTHING`,
    [
      column(({ key }) => key),
      column(({ kind }) => kind),
      column(({ phase }) => phase),
      column(({ severity }) => severity),
      column(({ account }) => account),
      column(({ symbol }) => symbol),
      column(({ ticket }) => (ticket === null ? '' : String(ticket))),
      column(({ lasting }) => lasting),
      column(bodyOf),
      timestamptzArray(notices.map(({ at }) => at)),
    ],
  );
  return rowCount ?? 0;
}

/** Moves a reader on; false where somebody else has moved it. @param on - inside a transaction */
export async function moveCursor(
  on: pg.PoolClient,
  reader: string,
  from: LogCursor,
  to: LogCursor,
): Promise<boolean> {
  const { rowCount } = await query(
    on,
    `UPDATE notice_cursors SET log_epoch = $4, revision = $5, moved_at = clock_timestamp()
     WHERE reader = $1 AND log_epoch = $2 AND revision = $3`,
    [reader, from.epoch, from.revision, to.epoch, to.revision],
  );
  return rowCount === 1;
}

export class NoticeTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** See addNotices(). */
  add(notices: readonly Notice[]): Promise<number> {
    return addNotices(this.#pool, notices);
  }

  /** Notices that the filter admits, the newest first, those before a number. */
  async list({ account, kinds }: NoticeFilter, before: number, limit: number): Promise<StoredNotice[]> {
    const values: unknown[] = [before, limit];
    const terms = ['notice_id < $1'];
    if (account !== null) terms.push(`account = $${values.push(account)}`);
    if (kinds.length > 0) terms.push(`kind = ANY($${values.push(textArray([...kinds]))}::text[])`);
    const { rows } = await query(
      this.#pool,
      `SELECT ${NOTICE_LIST} FROM notices WHERE ${terms.join(' AND ')} ORDER BY notice_id DESC LIMIT $2`,
      values,
    );
    return rows.map(noticeOf);
  }

  /** Writes down the steps of rollouts of the last hour, each once; those of a way back are warnings. @returns how many were new. */
  async addRolloutSteps(): Promise<number> {
    const { rowCount } = await query(
      this.#pool,
      `INSERT INTO notices (key, kind, phase, severity, account, symbol, lasting, body, at)
       SELECT format('rollout:%s:%s', rollout_id, number), 'ROLLOUT_STEP', 'EVENT',
         CASE WHEN state->>'status' IN ('ROLLING_BACK', 'ROLLED_BACK') THEN 'WARNING' ELSE 'INFO' END, '', '', '',
         json_build_object('feed', '', 'label', '', 'magicNumber', '0', 'advice', '', 'command', 'dtms rollout status',
           'text', format('rollout %s, step %s: %s (%s)', rollout_id, number, what, by)), at
       FROM rollout_steps WHERE at > clock_timestamp() - interval '1 hour' ORDER BY at
       ON CONFLICT (key) DO NOTHING`,
    );
    return rowCount ?? 0;
  }

  /** How far a reader has come; undefined before it began. */
  async cursor(reader: string): Promise<LogCursor | undefined> {
    const { rows } = await query(
      this.#pool,
      'SELECT log_epoch, revision FROM notice_cursors WHERE reader = $1',
      [reader],
    );
    const [row] = rows;
    return row === undefined ? undefined : { epoch: String(row.log_epoch), revision: Number(row.revision) };
  }

  /** A reader begins here, unless it has begun. */
  async beginAt(reader: string, { epoch, revision }: LogCursor): Promise<void> {
    await query(
      this.#pool,
      'INSERT INTO notice_cursors (reader, log_epoch, revision) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [reader, epoch, revision],
    );
  }

  /**
   * Moves a reader on, and writes down what it found on the way: both or neither.
   *
   * @returns false where somebody else has moved it: then nothing is written.
   */
  move(reader: string, from: LogCursor, to: LogCursor, found: readonly Notice[]): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      if (!(await moveCursor(client, reader, from, to))) return false;
      await addNotices(client, found);
      return true;
    });
  }

  /** What lasts of what a source finds. */
  async lasting(source: string): Promise<Lasting[]> {
    const { rows } = await query(
      this.#pool,
      'SELECT key, begun_at, body::text AS body FROM notice_lasting WHERE source = $1 ORDER BY key',
      [source],
    );
    return rows.map(({ key, begun_at, body }) => ({
      key: String(key),
      begunAt: new Date(begun_at).getTime(),
      notice: noticeIn(String(body)),
    }));
  }

  /** Writes down what began and what is over, with a notice of each; what began already did not begin again. */
  turn(source: string, begun: readonly Lasting[], over: readonly Notice[]): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      for (const { key, begunAt, notice } of begun) {
        const { rowCount } = await query(
          client,
          `INSERT INTO notice_lasting (key, source, begun_at, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
          [key, source, new Date(begunAt), textOf(notice)],
        );
        if (rowCount === 1) await addNotices(client, [notice]);
      }
      for (const notice of over) {
        const { rowCount } = await query(
          client,
          'DELETE FROM notice_lasting WHERE key = $1 AND source = $2',
          [keyOfLasting(notice.lasting), source],
        );
        if (rowCount === 1) await addNotices(client, [notice]);
      }
    });
  }

  /** Takes out what is older than so many days and was told, or given up. */
  async compact(days: number): Promise<void> {
    await query(
      this.#pool,
      `DELETE FROM notice_deliveries
       WHERE status <> 'PENDING' AND done_at < clock_timestamp() - make_interval(days => $1)`,
      [days],
    );
    await query(
      this.#pool,
      `DELETE FROM notices n WHERE recorded_at < clock_timestamp() - make_interval(days => $1) AND routed_at IS NOT NULL
         AND NOT EXISTS (SELECT FROM notice_delivery_items i WHERE i.notice_id = n.notice_id)`,
      [days],
    );
  }
}

/** The name under which something lasts: its key, and when it began. */
export function lastingName(key: string, begunAt: number): string {
  return `${key}@${begunAt}`;
}

function keyOfLasting(name: string): string {
  return name.slice(0, name.lastIndexOf('@'));
}

const textOf = (notice: Notice): string =>
  JSON.stringify(notice, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

function noticeIn(body: string): Notice {
  const { ticket, magicNumber, ...read } = JSON.parse(body);
  return { ...read, ticket: ticket === null ? null : BigInt(ticket), magicNumber: BigInt(magicNumber) };
}
