// Owns messages to channels in the database: made of notices by the rules, claimed one try at a time, and settled. What one
// server does to them counts only while it holds the work.
import type pg from 'pg';
import {
  groupName,
  type NoticeRoute,
  type PlannedDelivery,
  type RoutingMemory,
  rateName,
} from '../domain/notices/routing.js';
import { type Fields, int4, int8, select, text, time, timeOrNull, word } from './columns.js';
import { FencedError } from './errors.js';
import { NOTICE_LIST, noticeOf, type StoredNotice } from './notices.js';
import { query } from './pool.js';
import { inTransaction } from './transaction.js';

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'DEAD', 'WITHDRAWN'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** A message as it stands in the database. Times are UTC ms. */
export interface StoredDelivery {
  readonly deliveryId: number;
  readonly channel: string;
  readonly rule: string;
  readonly status: DeliveryStatus;
  readonly plannedAt: number;
  readonly nextAt: number;
  readonly tries: number;
  /** Why the last try failed; empty where none did. */
  readonly reason: string;
  readonly doneAt: number | null;
}

/** A message to be tried, with the notices it is made of in their order. */
export interface DueDelivery extends StoredDelivery {
  readonly notices: readonly StoredNotice[];
}

/** How deliveries stand. */
export interface DeliveryStanding {
  readonly pending: number;
  readonly dead: number;
  /** When the oldest that is due and not delivered was planned, UTC ms; null without one. */
  readonly oldestDueAt: number | null;
  /** The database's clock, UTC ms. */
  readonly now: number;
}

/** Null admits all. */
export interface DeliveryFilter {
  readonly status: DeliveryStatus | null;
  readonly channel: string | null;
}

const FIELDS: Fields<StoredDelivery> = {
  deliveryId: int8,
  channel: text,
  rule: text,
  status: word(DELIVERY_STATUSES),
  plannedAt: time,
  nextAt: time,
  tries: int4,
  reason: text,
  doneAt: timeOrNull,
};
const ROW = select(FIELDS);

/** How a notice is routed: by its rules, from what is known of the messages so far, at a time of the database. */
export type NoticeRouter = (
  notice: StoredNotice,
  memory: RoutingMemory,
  now: number,
) => readonly NoticeRoute[];

/** Notices routed in one transaction. */
const ROUTED_AT_ONCE = 100;
/** Notices in one message. */
const MOST_JOINED = 50;

export class DeliveryTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Makes deliveries of the notices of which none were made yet, in their order.
   *
   * @param token - of the holder; with another's nothing is written.
   * @param longestRateMs - the longest window of a rate.
   * @returns how many notices there were.
   * @throws FencedError when another server does this now.
   */
  route(token: number, longestRateMs: number, router: NoticeRouter): Promise<number> {
    return inTransaction(this.#pool, async (client) => {
      const now = await fenced(client, token);
      const { rows } = await query(
        client,
        `SELECT ${NOTICE_LIST} FROM notices WHERE routed_at IS NULL ORDER BY notice_id LIMIT ${ROUTED_AT_ONCE}`,
      );
      const notices = rows.map(noticeOf);
      if (notices.length === 0) return 0;
      const memory = await memoryOf(client, longestRateMs);
      for (const notice of notices) {
        const told = notice.phase === 'RESOLVED' ? await toldOf(client, notice) : [];
        for (const route of router(notice, { ...memory, told }, now))
          await follow(client, notice.noticeId, route, memory);
      }
      await query(
        client,
        'UPDATE notices SET routed_at = clock_timestamp() WHERE notice_id = ANY($1::int8[])',
        [notices.map(({ noticeId }) => noticeId)],
      );
      return notices.length;
    });
  }

  /**
   * Begins a try of messages to a channel that are due: of each trade the first that is not settled.
   *
   * @param givenUpMs - a try that says nothing for so long is given up, and another may begin.
   * @throws FencedError when another server does this now.
   */
  claim(token: number, channel: string, limit: number, givenUpMs: number): Promise<DueDelivery[]> {
    return inTransaction(this.#pool, async (client) => {
      await fenced(client, token);
      const { rows } = await query(
        client,
        `UPDATE notice_deliveries SET tries = tries + 1,
           next_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
         WHERE delivery_id IN (
           SELECT d.delivery_id FROM notice_deliveries d
           WHERE d.channel = $1 AND d.status = 'PENDING' AND d.next_at <= clock_timestamp()
             AND NOT EXISTS (
               SELECT FROM notice_deliveries e
               WHERE e.channel = d.channel AND e.order_key = d.order_key AND e.status = 'PENDING'
                 AND (e.planned_at, e.delivery_id) < (d.planned_at, d.delivery_id))
           ORDER BY d.next_at, d.delivery_id LIMIT $2)
         RETURNING ${ROW.list}`,
        [channel, limit, givenUpMs],
      );
      const claimed = rows.map(ROW.read).sort((a, b) => a.deliveryId - b.deliveryId);
      const items = await itemsOf(client, claimed);
      return claimed.map((delivery) => ({ ...delivery, notices: items.get(delivery.deliveryId) ?? [] }));
    });
  }

  /** A try is over. @param nextMs - until the next; null: there is none, and it is a dead letter. */
  async settle(deliveryId: number, reason: string, nextMs: number | null): Promise<void> {
    await query(
      this.#pool,
      nextMs === null
        ? `UPDATE notice_deliveries SET status = 'DEAD', reason = $2, done_at = clock_timestamp()
           WHERE delivery_id = $1 AND status = 'PENDING' AND $3::float8 IS NULL`
        : `UPDATE notice_deliveries SET reason = $2, next_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
           WHERE delivery_id = $1 AND status = 'PENDING'`,
      [deliveryId, reason, nextMs],
    );
  }

  /**
   * Ends what waits for any other channel, as dead letters.
   *
   * @param token - of the holder; with another's nothing is written.
   * @param channels - those that there are.
   * @throws FencedError when another server does this now.
   */
  endOthers(token: number, channels: readonly string[], reason: string): Promise<StoredDelivery[]> {
    return inTransaction(this.#pool, async (client) => {
      await fenced(client, token);
      const { rows } = await query(
        client,
        `UPDATE notice_deliveries SET status = 'DEAD', reason = $2, done_at = clock_timestamp()
         WHERE status = 'PENDING' AND NOT channel = ANY($1::text[]) RETURNING ${ROW.list}`,
        [channels, reason],
      );
      return rows.map(ROW.read);
    });
  }

  /** It got through. */
  async delivered(deliveryId: number): Promise<void> {
    await query(
      this.#pool,
      `UPDATE notice_deliveries SET status = 'DELIVERED', reason = '', done_at = clock_timestamp()
       WHERE delivery_id = $1 AND status IN ('PENDING', 'WITHDRAWN')`,
      [deliveryId],
    );
  }

  /** Lets a dead letter be tried again from the beginning; one that waits goes on. @returns false where there is neither. */
  async retry(deliveryId: bigint): Promise<boolean> {
    const { rowCount } = await query(
      this.#pool,
      `UPDATE notice_deliveries SET status = 'PENDING', done_at = NULL,
         tries = CASE WHEN status = 'DEAD' THEN 0 ELSE tries END,
         next_at = CASE WHEN status = 'DEAD' THEN clock_timestamp() ELSE next_at END
       WHERE delivery_id = $1 AND status IN ('DEAD', 'PENDING')`,
      [String(deliveryId)],
    );
    return rowCount === 1;
  }

  /** Messages that the filter admits, the newest first, those before a number. */
  async list({ status, channel }: DeliveryFilter, before: number, limit: number): Promise<DueDelivery[]> {
    const values: unknown[] = [before, limit];
    const terms = ['delivery_id < $1'];
    if (status !== null) terms.push(`status = $${values.push(status)}`);
    if (channel !== null) terms.push(`channel = $${values.push(channel)}`);
    const { rows } = await query(
      this.#pool,
      `SELECT ${ROW.list} FROM notice_deliveries WHERE ${terms.join(' AND ')} ORDER BY delivery_id DESC LIMIT $2`,
      values,
    );
    const listed = rows.map(ROW.read);
    const items = await itemsOf(this.#pool, listed);
    return listed.map((delivery) => ({ ...delivery, notices: items.get(delivery.deliveryId) ?? [] }));
  }

  /** How they stand now. */
  async standing(): Promise<DeliveryStanding> {
    const { rows } = await query(
      this.#pool,
      `SELECT (SELECT count(*) FROM notice_deliveries WHERE status = 'PENDING')::float8 AS pending,
         (SELECT count(*) FROM notice_deliveries WHERE status = 'DEAD')::float8 AS dead,
         (SELECT min(planned_at) FROM notice_deliveries WHERE status = 'PENDING' AND planned_at <= clock_timestamp()) AS oldest,
         clock_timestamp() AS now`,
    );
    const [{ pending, dead, oldest, now } = {}] = rows as Record<string, unknown>[];
    return {
      pending: Number(pending),
      dead: Number(dead),
      oldestDueAt: timeOrNull.read(oldest),
      now: time.read(now),
    };
  }
}

/** The database's time, UTC ms; what follows in the transaction is the holder's. @throws FencedError */
async function fenced(client: pg.ClientBase, token: number): Promise<number> {
  const { rows } = await query(
    client,
    'SELECT clock_timestamp() AS now FROM notice_worker WHERE token = $1 FOR UPDATE',
    [token],
  );
  const [row] = rows;
  if (row === undefined) throw new FencedError('another server delivers notices');
  return time.read(row.now);
}

interface MutableMemory extends RoutingMemory {
  readonly waiting: Map<string, number>;
  readonly planned: Map<string, number[]>;
}

async function memoryOf(client: pg.ClientBase, longestRateMs: number): Promise<MutableMemory> {
  const waiting = new Map<string, number>();
  const planned = new Map<string, number[]>();
  const groups = await query(
    client,
    `SELECT rule, channel, group_key, planned_at FROM notice_deliveries d
     WHERE status = 'PENDING' AND group_key <> '' AND tries = 0 AND planned_at > clock_timestamp()
       AND (SELECT count(*) FROM notice_delivery_items i WHERE i.delivery_id = d.delivery_id) < ${MOST_JOINED}`,
  );
  for (const { rule, channel, group_key, planned_at } of groups.rows)
    waiting.set(groupName(rule, channel, group_key), time.read(planned_at));
  if (longestRateMs === 0) return { waiting, planned, told: [] };
  const rates = await query(
    client,
    `SELECT rule, channel, planned_at FROM notice_deliveries
     WHERE planned_at > clock_timestamp() - $1::float8 * interval '1 millisecond' AND while_lasting = ''`,
    [longestRateMs],
  );
  for (const { rule, channel, planned_at } of rates.rows)
    note(planned, rateName(rule, channel), time.read(planned_at));
  return { waiting, planned, told: [] };
}

function note(planned: Map<string, number[]>, name: string, at: number): void {
  planned.set(name, [...(planned.get(name) ?? []), at]);
}

/** Who was told that it began, or is about to be; what waited for it to last is withdrawn. */
async function toldOf(
  client: pg.ClientBase,
  { lasting }: StoredNotice,
): Promise<{ rule: string; channel: string }[]> {
  await query(
    client,
    `UPDATE notice_deliveries SET status = 'WITHDRAWN', done_at = clock_timestamp()
     WHERE status = 'PENDING' AND tries = 0 AND while_lasting = $1`,
    [lasting],
  );
  const { rows } = await query(
    client,
    `SELECT d.rule, d.channel, min(d.delivery_id) AS first FROM notices n
     JOIN notice_delivery_items i ON i.notice_id = n.notice_id
     JOIN notice_deliveries d ON d.delivery_id = i.delivery_id
     WHERE n.lasting = $1 AND n.phase = 'BEGUN' AND d.status <> 'WITHDRAWN'
     GROUP BY d.rule, d.channel ORDER BY first`,
    [lasting],
  );
  return rows.map(({ rule, channel }) => ({ rule: String(rule), channel: String(channel) }));
}

async function follow(
  client: pg.ClientBase,
  noticeId: number,
  route: NoticeRoute,
  memory: MutableMemory,
): Promise<void> {
  if (route.step === 'join') {
    await query(
      client,
      `INSERT INTO notice_delivery_items (delivery_id, notice_id)
       SELECT delivery_id, $4 FROM notice_deliveries
       WHERE rule = $1 AND channel = $2 AND group_key = $3 AND status = 'PENDING' AND tries = 0
       ORDER BY delivery_id DESC LIMIT 1`,
      [route.rule, route.channel, route.group, noticeId],
    );
    return;
  }
  const { delivery } = route;
  await insert(client, noticeId, delivery);
  const { rule, channel, group, dueAt, whileLasting } = delivery;
  if (group !== '') memory.waiting.set(groupName(rule, channel, group), dueAt);
  if (whileLasting === '') note(memory.planned, rateName(rule, channel), dueAt);
}

async function insert(client: pg.ClientBase, noticeId: number, delivery: PlannedDelivery): Promise<void> {
  const { channel, rule, orderKey, whileLasting, group, dueAt } = delivery;
  await query(
    client,
    `WITH made AS (
       INSERT INTO notice_deliveries (channel, rule, order_key, while_lasting, group_key, planned_at, next_at)
       VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING delivery_id)
     INSERT INTO notice_delivery_items (delivery_id, notice_id) SELECT delivery_id, $7 FROM made`,
    [channel, rule, orderKey, whileLasting, group, new Date(dueAt), noticeId],
  );
}

async function itemsOf(
  on: pg.Pool | pg.ClientBase,
  deliveries: readonly StoredDelivery[],
): Promise<Map<number, StoredNotice[]>> {
  const items = new Map<number, StoredNotice[]>();
  if (deliveries.length === 0) return items;
  const { rows } = await query(
    on,
    `SELECT i.delivery_id AS of, n.* FROM notice_delivery_items i
     JOIN LATERAL (SELECT ${NOTICE_LIST} FROM notices WHERE notice_id = i.notice_id) n ON true
     WHERE i.delivery_id = ANY($1::int8[]) ORDER BY i.delivery_id, i.notice_id`,
    [deliveries.map(({ deliveryId }) => deliveryId)],
  );
  for (const row of rows) {
    const of = Number(row.of);
    items.set(of, [...(items.get(of) ?? []), noticeOf(row)]);
  }
  return items;
}
