// Owns which column of a file of ticks is what, under the names that terminals and exchanges use, and which side a tick's
// volume was traded on.
import { columnKey, VOLUME_NAMES } from './column-names.js';
import { type TimeColumns, timeColumns } from './columns.js';
import { ImportError, type Table } from './table.js';

export interface TickColumns extends TimeColumns {
  readonly bid: number | null;
  readonly ask: number | null;
  /** Of a trade, where quotes and trades share a file, or there are trades alone. */
  readonly last: number | null;
  readonly volume: number | null;
  readonly side: SideColumn | null;
}

interface SideColumn {
  readonly index: number;
  /** The side of a cell; null where it says none. */
  readonly sideOf: (text: string) => TradeSide | null;
}

export type TradeSide = 'bought' | 'sold';

const BID = ['bid', 'bid_price', 'bidprice'];
const ASK = ['ask', 'ask_price', 'askprice'];
const LAST = ['last', 'last_price', 'price', 'trade_price', 'p'];
const VOLUMES = [...VOLUME_NAMES, 'quantity', 'amount', 'size', 'base_qty'];

/** Bits of a terminal's flags: the tick is a trade at the ask, or at the bid. */
const BOUGHT = 32;
const SOLD = 64;

const SIDES: Readonly<Record<string, SideColumn['sideOf']>> = {
  flags: (text) => {
    const bits = Number(text) & (BOUGHT | SOLD);
    return bits === BOUGHT ? 'bought' : bits === SOLD ? 'sold' : null;
  },
  side: wordSide,
  taker_side: wordSide,
  aggressor: wordSide,
  // Who waited in the book was the other side.
  is_buyer_maker: makerSide,
  buyer_maker: makerSide,
};

/** @throws ImportError naming what is missing and what is there. */
export function findTickColumns(table: Table): TickColumns {
  const keys = table.header.map(columnKey);
  const indexOf = (names: readonly string[]) => {
    const found = names.map((name) => keys.indexOf(name)).find((index) => index >= 0);
    return found ?? null;
  };
  const time = timeColumns(table, keys);
  const [bid, ask, last] = [indexOf(BID), indexOf(ASK), indexOf(LAST)];
  if (time === null || (bid === null && last === null)) {
    const missing = time === null ? 'time' : 'bid or price';
    const there = table.header.length === 0 ? 'no header' : table.header.join(', ').slice(0, 300);
    throw new ImportError(`${table.file}: no column for ${missing}; it has ${there}`);
  }
  const name = Object.keys(SIDES).find((key) => keys.includes(key));
  const sideOf = name === undefined ? undefined : SIDES[name];
  const side = sideOf === undefined || name === undefined ? null : { index: keys.indexOf(name), sideOf };
  return { ...time, bid, ask, last, volume: indexOf(VOLUMES), side };
}

function wordSide(text: string): TradeSide | null {
  if (/^(?:b|buy|bid_?taker|bought)$/i.test(text)) return 'bought';
  return /^(?:s|sell|sold)$/i.test(text) ? 'sold' : null;
}

function makerSide(text: string): TradeSide | null {
  if (/^(?:true|1|t)$/i.test(text)) return 'sold';
  return /^(?:false|0|f)$/i.test(text) ? 'bought' : null;
}
