// Owns the lines of an export: a row of a table as JSON that people and programs read, and back. What has a message in the
// proto is in the proto's JSON; what the engine keeps is as it is stored; everything else is text as Postgres writes it.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { MarketEvaluation } from '../../gen/ts/dtms/v1/market_data_service.js';
import type { BackupRow } from '../store/backup/file.js';
import { UnreadableBodyError } from '../store/bodies/body.js';
import type { PackedBody } from '../store/bodies/packed-body.js';
import { PACKED_ACTION, PACKED_TRADE } from '../store/bodies/packed-trade.js';
import { decodeAction, decodeTrade, encodeAction, encodeTrade } from '../store/bodies/trade.js';

/** What is exported, in the order in which it is imported. */
export const EXPORTED: readonly string[] = [
  ...['accounts', 'instruments', 'feeds', 'news_events', 'engine_settings', 'market_views', 'bars'],
  ...['market_evaluations', 'trades', 'actions', 'events', 'realised_results'],
];

type Json = Readonly<Record<string, unknown>>;

interface Codec {
  /** Undefined where the text would not come back the same. */
  toJson(text: string): unknown;
  toText(json: unknown): string;
}

const JSON_TEXT: Codec = {
  toJson: (text) => JSON.parse(text),
  toText: (json) => JSON.stringify(json),
};

/** Bytes as Postgres writes them, and back. */
export const bytesOf = (text: string): Buffer => Buffer.from(text.slice(2), 'hex');
export const textOf = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

function message<M>(type: {
  decode(bytes: Uint8Array): M;
  encode(message: M): { finish(): Uint8Array };
  toJSON(message: M): unknown;
  fromJSON(json: unknown): M;
}): Codec {
  return {
    toJson: (text) => type.toJSON(type.decode(bytesOf(text))),
    toText: (json) => textOf(Buffer.from(type.encode(type.fromJSON(json)).finish())),
  };
}

/** A packed body as the JSON it would have been. */
function packed<T>(
  { pack, unpack }: PackedBody<T>,
  encode: (value: T) => string,
  decode: (text: string) => T,
): Codec {
  return {
    toJson: (text) => {
      try {
        return JSON.parse(encode(unpack(bytesOf(text))));
      } catch (error) {
        if (error instanceof UnreadableBodyError) return undefined;
        throw error;
      }
    },
    toText: (json) => textOf(pack(decode(JSON.stringify(json)))),
  };
}

/** Columns that are more than text, by table and column. */
const CODECS: Readonly<Record<string, Codec>> = {
  'accounts.body': JSON_TEXT,
  'instruments.body': JSON_TEXT,
  'feeds.body': JSON_TEXT,
  'news_events.body': JSON_TEXT,
  'engine_settings.body': JSON_TEXT,
  'trades.body': JSON_TEXT,
  'trades.packed': packed(PACKED_TRADE, encodeTrade, decodeTrade),
  'actions.body': JSON_TEXT,
  'actions.packed': packed(PACKED_ACTION, encodeAction, decodeAction),
  'market_evaluations.body': message(MarketEvaluation),
  'realised_results.body': JSON_TEXT,
  'events.payload': message(TradeEvent),
};

/** A row as a line. A value that its form would not give back exactly stays text. */
export function lineOf(table: string, columns: readonly string[], row: BackupRow): string {
  const values = columns.map((column, index) => {
    const text = row[index] ?? null;
    const codec = CODECS[`${table}.${column}`];
    if (codec === undefined || text === null) return [column, text];
    const json = codec.toJson(text);
    return [column, json !== undefined && codec.toText(json) === text ? json : text];
  });
  return JSON.stringify({ kind: table, ...Object.fromEntries(values) });
}

/** The row of a line. */
export function rowOf(table: string, columns: readonly string[], line: Json): BackupRow {
  return columns.map((column) => {
    const value = line[column];
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') return value;
    const codec = CODECS[`${table}.${column}`];
    if (codec === undefined) throw new TypeError(`${table}.${column} is no text`);
    return codec.toText(value);
  });
}
