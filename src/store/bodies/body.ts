// Owns a stored body: JSON text with the number of its format. One without a number is of format 1, as all
// were before there were others. Every format that was ever written keeps its reader, which makes of it what
// it is today; a format this program does not know is refused, as a newer program wrote it.
import Type, { type Static, type TSchema } from 'typebox';
// Not typebox/compile, which loads three times as much.
import { Compile } from 'typebox/schema';

/** What is stored cannot be read by this program. */
export class UnreadableBodyError extends Error {
  constructor(kind: string, text: string, cause: Error) {
    super(`a stored ${kind} cannot be read: ${cause.message}, in ${text.slice(0, 120)}`, { cause });
    this.name = 'UnreadableBodyError';
  }
}

/** Makes of a body of one format what it is today. @throws TypeError that says where it is of another shape. */
export type BodyFormat<T> = (body: unknown) => T;

/** The format of bodies of this shape. */
export function format<S extends TSchema, T>(shape: S, today: (body: Static<S>) => T): BodyFormat<T> {
  const validator = Compile(shape);
  return (body) => {
    if (validator.Check(body)) return today(body);
    const [, [error]] = validator.Errors(body);
    throw new TypeError(`${error?.instancePath || 'it'} ${error?.message ?? 'has another shape'}`);
  };
}

/** The format of these that a body has. */
function formatted<T>(formats: readonly BodyFormat<T>[], body: unknown): BodyFormat<T> {
  const number = typeof body === 'object' && body !== null && 'format' in body ? body.format : 1;
  const found = formats[Number(number) - 1];
  if (found !== undefined) return found;
  throw new TypeError(`its format is ${number}, and this program reads up to ${formats.length}`);
}

/**
 * Reads bodies of every format.
 *
 * @param formats - the first one is format 1, each next one more.
 * @returns throws UnreadableBodyError.
 */
export function bodyReader<T>(kind: string, formats: readonly BodyFormat<T>[]): (text: string) => T {
  return (text) => {
    try {
      const body: unknown = JSON.parse(text);
      return formatted(formats, body)(body);
    } catch (error) {
      if (error instanceof TypeError || error instanceof SyntaxError) {
        throw new UnreadableBodyError(kind, text, error);
      }
      throw error;
    }
  };
}

export const orNull = <S extends TSchema>(shape: S) => Type.Union([shape, Type.Null()]);
/** One of these words. */
export const oneOf = <const Words extends string[]>(words: readonly [...Words]) => Type.Enum<Words>(words);
/** A 64-bit integer as text. */
export const int64 = Type.String({ pattern: '^-?[0-9]+$' });
export const text = Type.String();
export const number = Type.Number();
export const flag = Type.Boolean();
export const numberOrNull = orNull(number);
export const int64OrNull = orNull(int64);
