// Owns following the chain of audits: whether each row is the one that was written and none is missing. The
// database computes the same when a row is inserted (migration 0014). Of an erased account's rows the links are left.
import { createHash } from 'node:crypto';
import { type PlaceSet, placesIn } from './places.js';

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

/** The method of the audit that an erasure writes. */
export const ERASURE = 'EraseAccount';
/** The detail of an audit whose words were erased, as it is stored. */
export const ERASED = '{"erased":true}';

/** What an erasure says of itself: nothing of whom it was. */
export interface ErasureDetail {
  readonly by: string;
  readonly reason: string;
  /** Rows that are gone, by table. */
  readonly gone: Readonly<Record<string, number>>;
  /** Revisions and numbers of audits of which nothing but the place is left, such as 3-5,9. */
  readonly events: string;
  readonly audits: string;
  readonly epoch: string;
  readonly epochBefore: string;
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
  /** Rows without words that no erasure has named yet. */
  readonly #unnamed = new Set<string>();
  readonly #erasures: ErasurePlaces[] = [];

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

  /** What the erasures in it say of the log. */
  get erasures(): readonly ErasurePlaces[] {
    return this.#erasures;
  }

  /** Takes the next row. Returns what is wrong with it; null when it is the one that was written. */
  take(row: ChainedAudit): string | null {
    const after = this.#end.id === '0' ? 'the beginning' : `audit ${this.#end.id}`;
    if (BigInt(row.id) <= BigInt(this.#end.id)) return `audit ${row.id} stands after audit ${this.#end.id}`;
    if (row.previousHash !== this.#end.hash)
      return `audit ${row.id} does not follow ${after}: audits between them are missing, or one was changed`;
    if (chainHash(row) !== row.hash) {
      if (!isErased(row)) return `audit ${row.id} is not as it was written`;
      // Its hash is what the next row follows; that it was erased, a later row must say.
      this.#unnamed.add(row.id);
    } else if (row.method === ERASURE && !this.#named(row))
      return `what audit ${row.id} erased cannot be read`;
    this.#end = { id: row.id, hash: row.hash };
    this.#rows += 1;
    return null;
  }

  /** Ends the walk. Returns what is missing; null when the chain ends where it should. */
  finish(head: ChainEnd): string | null {
    if (head.id !== this.#end.id || head.hash !== this.#end.hash)
      return `the chain ends with audit ${this.#end.id}, but audit ${head.id} was the last one written`;
    const [unnamed] = this.#unnamed;
    return unnamed === undefined ? null : `audit ${unnamed} has no words, and no erasure names it`;
  }

  #named({ id, detail }: ChainedAudit): boolean {
    const places = erasedPlaces(detail);
    if (places === undefined) return false;
    for (const each of this.#unnamed) if (places.audits.has(Number(each))) this.#unnamed.delete(each);
    this.#erasures.push({ audit: id, events: places.events });
    return true;
  }
}

function erasedPlaces(detail: string): { readonly audits: PlaceSet; readonly events: PlaceSet } | undefined {
  try {
    const { audits, events } = JSON.parse(detail) as ErasureDetail;
    return { audits: placesIn(audits), events: placesIn(events) };
  } catch {
    return undefined;
  }
}

/** What an erasure took the words of. */
export interface ErasurePlaces {
  /** The number of its audit. */
  readonly audit: string;
  readonly events: PlaceSet;
}

function isErased({ actor, actorId, account, ticket, detail }: ChainedAudit): boolean {
  return `${actor}${actorId}${account}` === '' && ticket === '0' && detail === ERASED;
}
