// Packed bodies as the JSON text they would have been, for tests that look into them, or change them, in SQL.
import { PACKED_ACTION, PACKED_TRADE } from '../../src/store/bodies/packed-trade.js';
import { encodeAction, encodeTrade } from '../../src/store/bodies/trade.js';
import { execute } from './postgres.js';

const TEXTS: Readonly<Record<string, (packed: Buffer) => string>> = {
  trades: (packed) => encodeTrade(PACKED_TRADE.unpack(packed)),
  actions: (packed) => encodeAction(PACKED_ACTION.unpack(packed)),
};

/** Stores every body of trades and actions as an older program would have. */
export async function bodiesAsText(url: string): Promise<void> {
  for (const [table, textOf] of Object.entries(TEXTS)) {
    const { rows } = await execute(
      url,
      `SELECT ctid::text AS place, packed FROM ${table} WHERE packed IS NOT NULL`,
    );
    await execute(
      url,
      `UPDATE ${table} t SET body = x.body::json, packed = NULL
       FROM unnest($1::text[], $2::text[]) AS x(place, body) WHERE t.ctid = x.place::tid`,
      [rows.map(({ place }) => place), rows.map(({ packed }) => textOf(packed))],
    );
  }
}
