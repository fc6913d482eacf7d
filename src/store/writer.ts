// Owns the single writer. A batch is one statement, so it is one transaction in one round trip: the log's
// head moves only if this leader's epoch still stands and the head is where we left it, and everything else
// in the statement takes its rows from that move. A fenced writer therefore writes nothing.
import type pg from 'pg';

import { toldElsewhere } from '../observability/background.js';
import { type Part, partsOf } from './batch-parts.js';
import type { Notation } from './columns.js';
import { FencedError, StoreUnavailableError, storeError } from './errors.js';
import type { LogWriter } from './log-writer.js';
import type { PartitionKeeper } from './partitions.js';
import { answered, disconnect } from './pool.js';
import type { CommitBatch, CommitResult } from './types.js';

/** A commit that takes longer may or may not have been made: the connection may be dead in one direction. */
const PATIENCE_MS = 5000;
/** What an event adds to that, with its trade and action: a bar on 100,000 trades may take a slow disk 20 s. */
const PATIENCE_PER_EVENT_MS = 0.2;

/**
 * The statement for a batch with these parts. Its first parameters are the evaluator's epoch, the
 * expected head and the number of events.
 */
function statement(parts: readonly Part[]): string {
  let next = 4;
  const ctes = parts.map(({ name, sql, columns }) => {
    const parameters = columns.map(({ type }) => `$${next++}::${type}[]`).join(', ');
    const names = columns.map((column) => column.name).join(', ');
    return `${name} AS (${sql(`unnest(${parameters}) WITH ORDINALITY AS x(${names}, ord)`)})`;
  });
  const checks = parts
    .filter(({ complaint }) => complaint !== undefined)
    .map(({ name, complaint }) => {
      const expected = `cardinality($${parameterOf(parts, name)}::text[])`;
      return ` AND dtms_require((SELECT count(*) FROM ${name}) = ${expected}, '${complaint}')`;
    });
  return `WITH head AS (
      UPDATE log_head SET revision = revision + $3, commits = commits + 1
      WHERE evaluator_epoch = $1 AND revision = $2
      RETURNING revision - $3 AS base, commits)${ctes.map((cte) => `,\n${cte}`).join('')}
    SELECT base, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now FROM head WHERE true${checks.join('')}`;
}

/** The number of a part's first parameter, which is a text array. */
function parameterOf(parts: readonly Part[], name: string): number {
  let at = 4;
  for (const part of parts) {
    if (part.name === name) return at;
    at += part.columns.length;
  }
  throw new Error(`no part ${name}`);
}

/** A prepared statement of the writer's connection. */
interface NamedStatement {
  readonly name: string;
  readonly text: string;
}

/** A batch as the parameters of its statement. */
interface Encoded {
  readonly batch: CommitBatch;
  readonly base: number;
  readonly notation: Notation;
  readonly parts: readonly Part[];
  readonly values: unknown[];
}

export class Writer implements LogWriter {
  readonly #client: pg.Client;
  readonly #evaluatorEpoch: number;
  readonly #partitions: PartitionKeeper;
  readonly #notation: () => Notation;
  readonly #committed: () => void;
  readonly #statements = new Map<string, NamedStatement>();
  #head: number;
  #busy = false;
  #prepared: { readonly batch: CommitBatch; readonly encoded: Promise<Encoded> } | null = null;
  /** Why nothing can be written any more: after it the head is not known. */
  #ended: Error | null = null;

  /**
   * @param client - a connection of its own.
   * @param head - the log's head when the epoch was taken.
   * @param notation - how bodies are to be stored now.
   * @param committed - called after each commit.
   */
  constructor(
    client: pg.Client,
    evaluatorEpoch: number,
    head: number,
    partitions: PartitionKeeper,
    notation: () => Notation,
    committed: () => void,
  ) {
    this.#client = client;
    this.#evaluatorEpoch = evaluatorEpoch;
    this.#head = head;
    this.#partitions = partitions;
    this.#notation = notation;
    this.#committed = committed;
  }

  /** The log's newest revision. */
  get head(): number {
    return this.#head;
  }

  async commit(batch: CommitBatch): Promise<CommitResult> {
    if (this.#ended !== null) throw this.#ended;
    if (this.#busy) throw new Error('commit() was called while another commit is under way');
    this.#busy = true;
    try {
      const base = this.#head;
      const head = base + batch.events.length;
      if (!this.#partitions.covers(head)) await this.#cover(head);
      const now = await this.#write(batch, base);
      this.#head = head;
      this.#partitions.coverAhead(head);
      this.#committed();
      return { base, head, now };
    } finally {
      this.#busy = false;
    }
  }

  prepare(batch: CommitBatch, base: number): void {
    const encoded = this.#encode(batch, base);
    // Told by the commit of it, if there is one.
    toldElsewhere(encoded);
    this.#prepared = { batch, encoded };
  }

  /** Nothing can be written after this. */
  end(reason: Error): void {
    this.#ended ??= reason;
  }

  async close(): Promise<void> {
    this.end(new FencedError('This server gave up the lead'));
    await disconnect(this.#client);
  }

  async #cover(head: number): Promise<void> {
    try {
      await this.#partitions.cover(head);
    } catch (error) {
      // Nothing of the batch was sent, whatever became of the partition.
      if (!(error instanceof StoreUnavailableError)) throw error;
      throw new StoreUnavailableError(error.message, 'not_written', { cause: error });
    }
  }

  async #encode(batch: CommitBatch, base: number): Promise<Encoded> {
    const parts: Part[] = [];
    const values: unknown[] = [this.#evaluatorEpoch, base, batch.events.length];
    const notation = this.#notation();
    const head = base + batch.events.length;
    const events = this.#partitions.isWithinOne(base + 1, head) ? 'brief' : 'whole';
    for (const part of partsOf(notation, events)) {
      const made = part.arrays(batch, base);
      const arrays = made instanceof Promise ? await made : made;
      if (arrays.length === 0) continue;
      parts.push(part);
      values.push(...arrays);
    }
    return { batch, base, notation, parts, values };
  }

  /** What was prepared of a batch, where that is still how it is to be stored; else it is encoded now. */
  async #encoded(batch: CommitBatch, base: number): Promise<Encoded> {
    const prepared = this.#prepared;
    this.#prepared = null;
    if (prepared?.batch !== batch) return this.#encode(batch, base);
    const encoded = await prepared.encoded;
    const isSame = encoded.base === base && encoded.notation === this.#notation();
    return isSame ? encoded : this.#encode(batch, base);
  }

  /** Returns the database's time, UTC ms. */
  async #write(batch: CommitBatch, base: number): Promise<number> {
    const { notation, parts, values } = await this.#encoded(batch, base);
    // The lead may have been lost while a large batch was encoded.
    if (this.#ended !== null) throw this.#ended;
    let result: pg.QueryResult;
    try {
      result = await answered(
        this.#client.query({ ...this.#statement(notation, parts), values }),
        PATIENCE_MS + batch.events.length * PATIENCE_PER_EVENT_MS,
      );
    } catch (cause) {
      const error = storeError(cause);
      // The connection is gone with the answer; only the next leader can see what became of it.
      if (error instanceof StoreUnavailableError && error.outcome === 'unknown') this.#ended = error;
      throw error;
    }
    if (result.rows.length === 0) {
      this.#ended = new FencedError(
        `The log moved without us (epoch ${this.#evaluatorEpoch}, head ${base}): another server leads`,
      );
      throw this.#ended;
    }
    return Number(result.rows[0]?.now);
  }

  /** The statement of these parts, under a number of its own: Postgres tells names apart by 63 characters only. */
  #statement(notation: Notation, parts: readonly Part[]): NamedStatement {
    const key = [notation, ...parts.map((part) => part.name)].join(' ');
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const made = { name: `commit_${this.#statements.size}`, text: statement(parts) };
    this.#statements.set(key, made);
    return made;
  }
}
