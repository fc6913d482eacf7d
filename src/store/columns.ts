// Owns what a column of a table holds: how its values are sent as one array of a whole batch, and how one is
// read. A table is a record of columns, from which its statements and the reading of its rows are made.
import type pg from 'pg';
import {
  byteaArray,
  float8Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
} from './binary-arrays.js';
import type { PackedBody } from './bodies/packed-body.js';

/** How a body is stored: as JSON text, or packed. */
export type Notation = 'text' | 'packed';

/** What is read of a row. */
export interface Field<T> {
  /** Its name in the database, where that is not the property's own in snake case. */
  readonly name?: string;
  /** What to select for it, where that is not its name alone. */
  readonly selected?: (name: string) => string;
  /** @throws TypeError when the database holds something else. */
  read(value: unknown): T;
}

export interface Column<T> extends Field<T> {
  /** The element type of the arrays it is sent as. */
  readonly sent: 'text' | 'int4' | 'int8' | 'float8' | 'timestamptz' | 'bytea';
  /** The type in the database, where it is another one. */
  readonly cast?: 'json' | 'uuid';
  array(values: readonly T[]): Buffer;
}

/** The fields of a table by the properties of its rows. */
export type Fields<Row> = { readonly [K in keyof Row]-?: Field<Row[K]> };
/** The same where rows are written as well. */
export type TableColumns<Row> = { readonly [K in keyof Row]-?: Column<Row[K]> };

export const named = <T>(name: string, column: Column<T>): Column<T> => ({ ...column, name });

function unreadable(value: unknown, type: string): TypeError {
  return new TypeError(`a column holds ${typeof value} where ${type} was expected`);
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw unreadable(value, 'a text');
  return value;
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw unreadable(value, 'a number');
  return value;
}

function asTime(value: unknown): number {
  if (!(value instanceof Date)) throw unreadable(value, 'a time');
  return value.getTime();
}

function asBytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw unreadable(value, 'bytes');
  return value;
}

function asTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) throw unreadable(value, 'texts');
  return value.map(asText);
}

function orNull<T>(read: (value: unknown) => T): (value: unknown) => T | null {
  return (value) => (value === null ? null : read(value));
}

export const text: Column<string> = { sent: 'text', array: textArray, read: asText };
export const uuid: Column<string> = { ...text, cast: 'uuid' };
export const int4: Column<number> = { sent: 'int4', array: int4Array, read: asNumber };
/** A whole number that stays below 2^53, such as a revision. */
export const int8: Column<number> = {
  sent: 'int8',
  array: int8Array,
  read: (value) => Number(asText(value)),
};
/** A number of the broker's, which may have all 64 bits. */
export const int64: Column<bigint> = {
  sent: 'int8',
  array: int8Array,
  read: (value) => BigInt(asText(value)),
};
export const float8: Column<number> = { sent: 'float8', array: float8Array, read: asNumber };
export const bytea: Column<Uint8Array> = { sent: 'bytea', array: byteaArray, read: asBytes };
/** UTC ms. */
export const time: Column<number> = { sent: 'timestamptz', array: timestamptzArray, read: asTime };
export const timeOrNull: Column<number | null> = {
  sent: 'timestamptz',
  array: timestamptzArray,
  read: orNull(asTime),
};
export const int4OrNull: Field<number | null> = { read: orNull(asNumber) };
export const textOrNull: Field<string | null> = { read: orNull(asText) };
export const texts: Field<readonly string[]> = { read: asTexts };
export const textsOrNull: Field<readonly string[] | null> = { read: orNull(asTexts) };

/** One of these words. */
export function word<const Words extends readonly string[]>(words: Words): Column<Words[number]> {
  const known = (value: unknown): value is Words[number] => words.some((each) => each === value);
  return {
    sent: 'text',
    array: textArray,
    read: (value) => {
      if (!known(value)) throw unreadable(value, `one of ${words.join(', ')}`);
      return value;
    },
  };
}

/** A value kept as JSON text. */
export function json<T>(encode: (value: T) => string, decode: (body: string) => T): Column<T> {
  return {
    sent: 'text',
    cast: 'json',
    selected: (name) => `${name}::text`,
    array: (values) => textArray(values.map(encode)),
    read: (value) => decode(asText(value)),
  };
}

/**
 * A value that stands in one of two columns: as JSON text in `text`, which every program reads, or packed in `packed`. It is
 * read from whichever has it; this column writes the one of its notation.
 */
export function stored<T>(
  { text: inText, packed }: Readonly<Record<Notation, string>>,
  notation: Notation,
  encode: (value: T) => string,
  { pack, unpack }: PackedBody<T>,
): Column<T> {
  const field: Field<T> = {
    selected: () => `coalesce(${packed}, convert_to(${inText}::text, 'UTF8'))`,
    read: (value) => unpack(asBytes(value)),
  };
  return notation === 'packed'
    ? { ...bytea, ...field, name: packed, array: (values) => byteaArray(values.map(pack)) }
    : { ...text, ...field, name: inText, cast: 'json', array: (values) => textArray(values.map(encode)) };
}

/** The name of a property's column in the database. */
export function nameOf<Row>(fields: Fields<Row>, property: keyof Row & string): string {
  return fields[property].name ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function propertiesOf<Row>(fields: Fields<Row>): (keyof Row & string)[] {
  return Object.keys(fields) as (keyof Row & string)[];
}

/** Some fields of a table: what to select, and how a row of the answer is read. */
export interface Selection<T> {
  /** The list of a SELECT. */
  readonly list: string;
  readonly read: (row: pg.QueryResultRow) => T;
}

/** The selection of these fields. */
export function select<Row>(fields: Fields<Row>): Selection<Row> {
  const chosen = propertiesOf(fields).map((property) => {
    const field = fields[property];
    const name = nameOf(fields, property);
    const list = field.selected === undefined ? name : `${field.selected(name)} AS ${name}`;
    return { property, name, field, list };
  });
  return {
    list: chosen.map(({ list }) => list).join(', '),
    read: (row) => {
      const read: Partial<Row> = {};
      for (const { property, name, field } of chosen) read[property] = field.read(row[name]);
      return read as Row;
    },
  };
}
