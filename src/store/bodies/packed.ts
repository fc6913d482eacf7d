// Owns values as bytes: by a shape that both sides know, so nothing but the values is stored. Fields stand in the order of
// their shape, and each record begins with how many it has: fields that are added at its end are read as absent in what
// was stored before. Numbers and texts come back exactly; -0 becomes 0.
import { type ByteReader, type ByteWriter, NULL } from './bytes.js';

/** How values of one type are stored. No value begins with the byte of null. */
export interface Packed<T> {
  /** @throws RangeError when a number is not finite */
  readonly write: (to: ByteWriter, value: T) => void;
  /** @throws TypeError, RangeError when something else is stored */
  readonly read: (from: ByteReader) => T;
  /** Goes past one, with less work. @throws what read throws where a newer program wrote it */
  readonly skip: (from: ByteReader) => void;
  /** How many fields its records have, also within each other: fields are only added. */
  readonly fields: number;
}

/** A field of a record. */
export interface PackedField<T> extends Packed<T> {
  /** What it is in records that were stored before there was the field; without it those are refused. */
  readonly before?: T;
}

/** The fields of a record, in the order in which they are stored. New ones are added at the end, with `since`. */
export type PackedFields<T> = { readonly [K in keyof T]-?: PackedField<T[K]> };

export const number: Packed<number> = {
  fields: 0,
  write: (to, value) => to.number(value),
  read: (from) => from.number(),
  skip: (from) => from.skipNumber(),
};

/** As orNull(number) has them: most fields are numbers. */
export const numberOrNull: Packed<number | null> = {
  fields: 0,
  write: (to, value) => {
    if (value === null) to.byte(NULL);
    else to.number(value);
  },
  read: (from) => (from.takeNull() ? null : from.number()),
  skip: (from) => {
    if (!from.takeNull()) from.skipNumber();
  },
};

/** An integer of up to 64 bits, with a sign or without one. */
export const int64: Packed<bigint> = {
  fields: 0,
  write: (to, value) => to.int64(value),
  read: (from) => from.int64(),
  skip: (from) => from.skipInt64(),
};

export const text: Packed<string> = {
  fields: 0,
  write: (to, value) => to.text(value),
  read: (from) => from.text(),
  skip: (from) => from.skipText(),
};

/** A text that many values have, such as the name of an account: kept once in memory. */
export const name: Packed<string> = {
  fields: 0,
  write: (to, value) => to.text(value),
  read: (from) => from.name(),
  skip: (from) => from.skipText(),
};

export const flag: Packed<boolean> = {
  fields: 0,
  write: (to, value) => to.byte(value ? 1 : 0),
  read: (from) => from.byte() === 1,
  skip: (from) => {
    from.byte();
  },
};

/**
 * One of these words.
 *
 * @param numbers - by which words are stored; the others are stored as texts. Words are only ever added to its end.
 */
export function word<const Words extends readonly string[]>(
  words: Words,
  numbers: readonly string[],
): Packed<Words[number]> {
  const known: ReadonlySet<string> = new Set(words);
  const numbered = new Map(numbers.map((each, index) => [each, index + 1]));
  const read = (from: ByteReader): Words[number] => {
    const found = from.number();
    const value = found === 0 ? from.text() : numbers[found - 1];
    if (value === undefined || !known.has(value))
      throw new TypeError(`it has a word that this program does not know: ${value ?? `number ${found}`}`);
    return value as Words[number];
  };
  return {
    fields: 0,
    write: (to, value) => {
      const found = numbered.get(value) ?? 0;
      to.number(found);
      if (found === 0) to.text(value);
    },
    read,
    skip: read,
  };
}

export function orNull<T>({ write, read, skip, fields }: Packed<T>): Packed<T | null> {
  return {
    fields,
    write: (to, value) => {
      if (value === null) to.byte(NULL);
      else write(to, value);
    },
    read: (from) => (from.takeNull() ? null : read(from)),
    skip: (from) => {
      if (!from.takeNull()) skip(from);
    },
  };
}

/** A field that some records do not have. */
export function optional<T>({ write, read, skip, fields }: Packed<T>): PackedField<T | undefined> {
  return {
    fields,
    before: undefined,
    write: (to, value) => {
      if (value === undefined) to.byte(NULL);
      else write(to, value);
    },
    read: (from) => (from.takeNull() ? undefined : read(from)),
    skip: (from) => {
      if (!from.takeNull()) skip(from);
    },
  };
}

/** A field that is younger than what is stored: there it is `before`. */
export function since<T>(before: T, field: Packed<T>): PackedField<T> {
  return { ...field, before };
}

/** Most lists are empty: one in memory for all of them. */
const EMPTY: readonly never[] = Object.freeze([]);

export function list<T>({ write, read, skip, fields }: Packed<T>): Packed<readonly T[]> {
  return {
    fields,
    write: (to, values) => {
      to.number(values.length);
      for (const value of values) write(to, value);
    },
    read: (from) => {
      const length = from.number();
      if (length === 0) return EMPTY;
      const values: T[] = [];
      for (let left = length; left > 0; left -= 1) values.push(read(from));
      return values;
    },
    skip: (from) => {
      for (let left = from.number(); left > 0; left -= 1) skip(from);
    },
  };
}

/** Values by their keys; keys without a value are left out. */
export function map<K extends string, V>(
  key: Packed<K>,
  value: Packed<V>,
): Packed<Readonly<Partial<Record<K, V>>>> {
  return {
    fields: key.fields + value.fields,
    write: (to, values) => {
      const entries = (Object.entries(values) as [K, V | undefined][]).filter(
        ([, each]) => each !== undefined,
      );
      to.number(entries.length);
      for (const [each, held] of entries) {
        key.write(to, each);
        value.write(to, held as V);
      }
    },
    read: (from) => {
      const values: Partial<Record<K, V>> = {};
      for (let left = from.number(); left > 0; left -= 1) values[key.read(from)] = value.read(from);
      return values;
    },
    skip: (from) => {
      for (let left = from.number(); left > 0; left -= 1) {
        key.skip(from);
        value.skip(from);
      }
    },
  };
}

/** More would look like null. */
const MOST_FIELDS = 127;

export interface PackedRecord<T> extends Packed<T> {
  /** Reads these fields alone, each whole or by a reader of its own, and goes past the others. */
  readonly pick: <Some extends object>(chosen: Choice<Some, T>) => (from: ByteReader) => Some;
}

type Choice<Some, T> = {
  readonly [K in keyof Some]-?: K extends keyof T
    ? (T[K] extends Some[K] ? 'whole' : never) | ((from: ByteReader) => Some[K])
    : never;
};

export function record<T extends object>(fields: PackedFields<T>): PackedRecord<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const each = names.map((field) => fields[field] as PackedField<T[keyof T]>);
  if (names.length > MOST_FIELDS) throw new RangeError(`a record has at most ${MOST_FIELDS} fields`);
  // Copied for each record: one with room for all fields is smaller than one that grows.
  const empty = Object.fromEntries(
    names.filter((field) => !isOptional(fields[field])).map((field) => [field, null]),
  );
  const countOf = (from: ByteReader): number => {
    const stored = from.byte();
    if (stored <= names.length) return stored;
    throw new TypeError(`it has ${stored} fields, and this program knows ${names.length}`);
  };
  return {
    fields: each.reduce((sum, field) => sum + field.fields, names.length),
    write: (to, value) => {
      to.byte(names.length);
      for (let i = 0; i < names.length; i += 1) each[i]?.write(to, value[names[i] as keyof T]);
    },
    read: (from) => {
      const stored = countOf(from);
      const value: Record<string, unknown> = { ...empty };
      for (let i = 0; i < names.length; i += 1) {
        const field = each[i] as PackedField<T[keyof T]>;
        const held = i < stored ? field.read(from) : before(field, String(names[i]));
        if (held !== undefined) value[names[i] as string] = held;
      }
      return value as T;
    },
    skip: (from) => {
      const stored = countOf(from);
      for (const [i, field] of each.entries())
        if (i < stored) field.skip(from);
        else before(field, String(names[i]));
    },
    pick: (chosen) => {
      const readers = names.map((field, i) => {
        const choice = (chosen as Choices)[field];
        return choice === 'whole' ? each[i]?.read : choice;
      });
      const begun = Object.fromEntries(
        names.filter((_, i) => readers[i] !== undefined).map((field) => [field, null]),
      );
      return (from) => {
        const stored = countOf(from);
        const value: Record<string, unknown> = { ...begun };
        for (let i = 0; i < names.length; i += 1) {
          const [field, read] = [each[i] as PackedField<T[keyof T]>, readers[i]];
          const held = i < stored ? (read ?? field.skip)(from) : before(field, String(names[i]));
          if (read !== undefined) value[names[i] as string] = held;
        }
        return value as never;
      };
    },
  };
}

type Choices = Readonly<Partial<Record<string, 'whole' | ((from: ByteReader) => unknown)>>>;

function isOptional<T>(field: PackedField<T>): boolean {
  return 'before' in field && field.before === undefined;
}

function before<T>(field: PackedField<T>, named: string): T | undefined {
  if ('before' in field) return field.before;
  throw new TypeError(`${named} is missing`);
}
