// What a part of a commit's statement is made of: columns as binary arrays.
import {
  byteaArray,
  float8Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
} from './binary-arrays.js';

export interface Column {
  readonly name: string;
  readonly type: 'text' | 'int4' | 'int8' | 'float8' | 'timestamptz' | 'bytea';
  /** The array in its binary format. */
  readonly values: Buffer;
}

export interface Part {
  readonly name: string;
  /** The first one is of type text. */
  readonly columns: readonly Column[];
  /** The insert; `rows` is the expression that yields the columns as x, with their order as x.ord. */
  readonly sql: (rows: string) => string;
  /** Set when each row must come out of it; says what is wrong otherwise. */
  readonly complaint?: string;
}

export const text = (name: string, values: readonly string[]): Column => ({
  name,
  type: 'text',
  values: textArray(values),
});
export const int8 = (name: string, values: readonly (bigint | number)[]): Column => ({
  name,
  type: 'int8',
  values: int8Array(values),
});
export const int4 = (name: string, values: readonly number[]): Column => ({
  name,
  type: 'int4',
  values: int4Array(values),
});
export const float8 = (name: string, values: readonly number[]): Column => ({
  name,
  type: 'float8',
  values: float8Array(values),
});
export const bytea = (name: string, values: readonly Uint8Array[]): Column => ({
  name,
  type: 'bytea',
  values: byteaArray(values),
});
export const time = (name: string, values: readonly (number | null)[]): Column => ({
  name,
  type: 'timestamptz',
  values: timestamptzArray(values),
});

/** The last of the rows that share a key: ON CONFLICT cannot touch a row twice in one statement. */
export function latest<T>(rows: readonly T[], key: (row: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const row of rows) byKey.set(key(row), row);
  return byKey.size === rows.length ? [...rows] : [...byKey.values()];
}
