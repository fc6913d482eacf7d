// Owns following the chain of audits: whether each row is the one that was written and none is missing. The
// database computes the same when a row is inserted (migration 0014).
import { createHash } from 'node:crypto';

/** A row as it is hashed: every field as text. */
export interface ChainedAudit {
  readonly id: string;
  /** UTC to the microsecond, such as 2026-01-31T08:00:00.000000Z. */
  readonly at: string;
  readonly actor: string;
  readonly actorId: string;
  readonly method: string;
  readonly account: string;
  readonly ticket: string;
  /** JSON, exactly as it was written. */
  readonly detail: string;
  /** Hexadecimal SHA-256 of the row before; of the first row, zeros. */
  readonly previousHash: string;
  readonly hash: string;
}

/** Where a chain ends. */
export interface ChainEnd {
  readonly id: string;
  readonly hash: string;
}

/** The end of a chain without rows. */
export const CHAIN_START: ChainEnd = { id: '0', hash: '00'.repeat(32) };

const HASHED = ['id', 'at', 'actor', 'actorId', 'method', 'account', 'ticket', 'detail'] as const;

/** SHA-256 of the hash before and the fields, each with its length in bytes before it. */
function chainHash(row: Omit<ChainedAudit, 'hash'>): string {
  const hash = createHash('sha256').update(Buffer.from(row.previousHash, 'hex'));
  for (const field of HASHED) hash.update(`${Buffer.byteLength(row[field])}:${row[field]}`);
  return hash.digest('hex');
}

/** Follows a chain row by row. */
export class ChainWalk {
  #end: ChainEnd;
  #rows = 0;

  /** @param after - the row before the first; by default a chain is followed from its beginning. */
  constructor(after: ChainEnd = CHAIN_START) {
    this.#end = after;
  }

  /** The last row that was right. */
  get end(): ChainEnd {
    return this.#end;
  }

  /** Rows that were right. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes the next row. Returns what is wrong with it; null when it is the one that was written. */
  take(row: ChainedAudit): string | null {
    const after = this.#end.id === '0' ? 'the beginning' : `audit ${this.#end.id}`;
    if (BigInt(row.id) <= BigInt(this.#end.id)) return `audit ${row.id} stands after audit ${this.#end.id}`;
    if (row.previousHash !== this.#end.hash)
      return `audit ${row.id} does not follow ${after}: audits between them are missing, or one was changed`;
    if (chainHash(row) !== row.hash) return `audit ${row.id} is not as it was written`;
    this.#end = { id: row.id, hash: row.hash };
    this.#rows += 1;
    return null;
  }

  /** Ends the walk. Returns what is missing; null when the chain ends where it should. */
  finish(head: ChainEnd): string | null {
    if (head.id === this.#end.id && head.hash === this.#end.hash) return null;
    return `the chain ends with audit ${this.#end.id}, but audit ${head.id} was the last one written`;
  }
}
