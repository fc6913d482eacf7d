// Owns a stored trade that stays packed until somebody asks for it: most that a server restores are not asked for soon, and
// are a quarter as large as they are.
import type { Trade, TradeSketch } from '../domain/trade/trade.js';
import { PACKED_TRADE, sketchOfPacked } from './bodies/packed-trade.js';
import type { StoredTrade } from './types.js';

/** Bytes of a revision, and of all that stands before a body in a page: both revisions and its length. */
const REVISION = 8;
const HEAD = 2 * REVISION + 4;

/** What makes a page of rows: SQL, of those whose body this expression is. */
export const pageOf = (body: string): string =>
  `string_agg(int8send(registered_revision) || int8send(revision) || int4send(length(${body})) || ${body}, ''::bytea
    ORDER BY registered_revision)`;

/** The trades of a page, in its order. */
export function tradesOfPage(page: Buffer): PackedStoredTrade[] {
  const trades: PackedStoredTrade[] = [];
  for (let at = 0; at < page.length; ) {
    const trade = new PackedStoredTrade(page, at);
    trades.push(trade);
    at = trade.end;
  }
  return trades;
}

export class PackedStoredTrade implements StoredTrade {
  readonly registeredRevision: number;
  readonly revision: number;
  /** Where its body ends in its page. */
  readonly end: number;
  readonly #begin: number;
  /** The page as long as it is packed. */
  #held: Trade | Buffer;

  /** @param at - where it stands in the page. */
  constructor(page: Buffer, at: number) {
    this.registeredRevision = Number(page.readBigInt64BE(at));
    this.revision = Number(page.readBigInt64BE(at + REVISION));
    this.#begin = at + HEAD;
    this.end = this.#begin + page.readInt32BE(at + 2 * REVISION);
    this.#held = page;
  }

  /** @throws UnreadableBodyError, where its sketch was never asked for */
  get trade(): Trade {
    if (this.#held instanceof Uint8Array) this.#held = PACKED_TRADE.unpack(this.#body(this.#held));
    return this.#held;
  }

  /** Made each time; it stays packed where it can. @throws UnreadableBodyError */
  get sketch(): TradeSketch {
    if (!(this.#held instanceof Uint8Array)) return this.#held;
    return sketchOfPacked(this.#body(this.#held)) ?? this.trade;
  }

  /** Its body. */
  get packed(): Uint8Array {
    return this.#held instanceof Uint8Array ? this.#body(this.#held) : PACKED_TRADE.pack(this.#held);
  }

  #body(page: Buffer): Buffer {
    return page.subarray(this.#begin, this.end);
  }
}
