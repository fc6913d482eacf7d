// Owns reading of feature flags: each with what it is for an account and a symbol, and all that makes it so.

import { FLAG_NAMES } from '../domain/flags/flag.js';
import { type FlagBook, type ShownFlag, shownFlag } from '../domain/flags/flag-book.js';
import type { Sources } from './sources.js';

export interface ListedFlags {
  readonly flags: readonly ShownFlag[];
  readonly book: FlagBook;
}

/** @param account - for whom they are evaluated; empty is an account without a name, and so of the symbol. */
export function listFlags(sources: Pick<Sources, 'state'>, account: string, symbol: string): ListedFlags {
  const { book } = sources.state().engine.flags;
  const context = { account, symbol, build: book.build };
  return { book, flags: FLAG_NAMES.map((flag) => shownFlag(book, flag, context)) };
}
