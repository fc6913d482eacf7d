// Makes pages of stored trades as the database does, of trades that are at hand.
import { PACKED_TRADE } from '../../src/store/bodies/packed-trade.js';
import { type PackedStoredTrade, tradesOfPage } from '../../src/store/packed-stored-trade.js';
import type { StoredTrade } from '../../src/store/types.js';

/** A row of a page. */
export function rowOf({ trade, registeredRevision, revision }: StoredTrade, body?: Uint8Array): Buffer {
  const stored = body ?? PACKED_TRADE.pack(trade);
  const head = Buffer.alloc(20);
  head.writeBigInt64BE(BigInt(registeredRevision));
  head.writeBigInt64BE(BigInt(revision), 8);
  head.writeInt32BE(stored.length, 16);
  return Buffer.concat([head, stored]);
}

/** The trades as they come of one page. */
export function packedTrades(stored: readonly StoredTrade[]): PackedStoredTrade[] {
  return tradesOfPage(Buffer.concat(stored.map((each) => rowOf(each))));
}

/** All of these pages, as plain data. */
export async function plainTrades(pages: AsyncIterable<readonly StoredTrade[]>): Promise<StoredTrade[]> {
  const all: StoredTrade[] = [];
  for await (const page of pages)
    for (const { trade, registeredRevision, revision } of page)
      all.push({ trade, registeredRevision, revision });
  return all;
}
