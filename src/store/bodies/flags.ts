// Owns the feature flags in force as JSON text and back.
import Type from 'typebox';
import { storedDefinitions } from '../../domain/flags/definition.js';
import { isFlagName } from '../../domain/flags/flag.js';
import type { FlagBook } from '../../domain/flags/flag-book.js';
import { bodyReader, flag, format, number, numberOrNull, text } from './body.js';

const flags1 = Type.Object({
  revision: number,
  build: text,
  // As flagd's file has them.
  definitions: Type.Record(Type.String(), Type.Unknown()),
  settings: Type.Array(
    Type.Object({
      flag: text,
      value: flag,
      account: text,
      symbol: text,
      percent: number,
      by: text,
      reason: text,
      at: number,
      endsAt: numberOrNull,
    }),
  ),
});

/** A flag that this program does not know is another build's: it switches nothing here. @throws UnreadableBodyError */
export const decodeFlags = bodyReader<FlagBook>('set of flags', [
  format(flags1, ({ definitions: told, settings, ...book }) => {
    const definitions = storedDefinitions(told);
    const known = settings.flatMap(({ flag: name, ...setting }) =>
      isFlagName(name) ? [{ flag: name, ...setting }] : [],
    );
    return { ...book, definitions, settings: known };
  }),
]);
