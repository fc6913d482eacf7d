// Owns the flags in force: the definitions that were told, and over them what people set, the newest word first. Immutable plain
// data that JSON can hold. Times are the database's, UTC ms.
import { shareOf } from './bucket.js';
import {
  evaluateDefinition,
  type FlagDefinition,
  type FlagDefinitions,
  isConstant,
  ON,
} from './definition.js';
import { FLAG_NAMES, FLAGS, type FlagContext, type FlagEvaluation, type FlagName } from './flag.js';

/** Whom what a person set is for. */
export interface FlagTarget {
  /** Empty: every account. */
  readonly account: string;
  /** Empty: every symbol. */
  readonly symbol: string;
  /** Of the accounts, by a stable hash: 1 to 100. */
  readonly percent: number;
}

/** What a person set. */
export interface FlagSetting extends FlagTarget {
  readonly flag: FlagName;
  readonly value: boolean;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** null: until it is cleared. */
  readonly endsAt: number | null;
}

export interface FlagBook {
  /** How often it changed. */
  readonly revision: number;
  /** The version of the server that leads. */
  readonly build: string;
  readonly definitions: FlagDefinitions;
  /** The newest first. */
  readonly settings: readonly FlagSetting[];
}

export const NO_FLAGS: FlagBook = { revision: 0, build: '', definitions: {}, settings: [] };

/** More than this one book does not hold. */
export const MOST_SETTINGS = 1000;

/** The book after a person set a flag: it counts before all that was set, and is instead of what was set for the same target. */
export function withSetting(book: FlagBook, setting: FlagSetting): FlagBook {
  const { flag, account, symbol } = setting;
  const isSame = (known: FlagSetting) =>
    known.flag === flag && known.account === account && known.symbol === symbol;
  const left = book.settings.filter((known) => !isSame(known));
  return { ...book, revision: book.revision + 1, settings: [setting, ...left] };
}

/** The book without what people set of a flag for a target; null: for any. */
export function withoutSettings(
  book: FlagBook,
  flag: FlagName,
  target: Pick<FlagTarget, 'account' | 'symbol'> | null,
): FlagBook {
  const isMeant = (known: FlagSetting) =>
    known.flag === flag &&
    (target === null || (known.account === target.account && known.symbol === target.symbol));
  const settings = book.settings.filter((known) => !isMeant(known));
  return settings.length === book.settings.length ? book : { ...book, revision: book.revision + 1, settings };
}

/** The book without what ended by `now`. */
export function withoutEnded(book: FlagBook, now: number): FlagBook {
  const settings = book.settings.filter(({ endsAt }) => endsAt === null || endsAt > now);
  return settings.length === book.settings.length ? book : { ...book, revision: book.revision + 1, settings };
}

/** The book with other definitions, or led by another build; the same where neither differs. */
export function withDefinitions(book: FlagBook, definitions: FlagDefinitions, build: string): FlagBook {
  if (build === book.build && JSON.stringify(definitions) === JSON.stringify(book.definitions)) return book;
  return { ...book, revision: book.revision + 1, build, definitions };
}

/** What a flag is in a context, of which only that counts which it may be targeted by. */
export function evaluateFlag(book: FlagBook, flag: FlagName, whole: FlagContext): FlagEvaluation {
  const context = relevantTo(flag, whole);
  const set = book.settings.find((setting) => setting.flag === flag && isFor(setting, context));
  if (set !== undefined) return evaluationOf(set);
  return evaluateDefinition(flag, book.definitions[flag] ?? ON, context);
}

function relevantTo(flag: FlagName, { build, ...context }: FlagContext): FlagContext {
  const named = FLAGS[flag].subjects.flatMap((subject) => {
    const name = context[subject] ?? '';
    return name === '' ? [] : [[subject, name] as const];
  });
  return { ...Object.fromEntries(named), build };
}

function evaluationOf({ flag, value, account, symbol, percent, by, reason }: FlagSetting): FlagEvaluation {
  const isTargeted = account !== '' || symbol !== '';
  const why = percent < 100 ? 'SPLIT' : isTargeted ? 'TARGETING_MATCH' : 'STATIC';
  return { flag, value, variant: value ? 'on' : 'off', reason: why, note: `set by ${by}: ${reason}` };
}

function isFor({ flag, account, symbol, percent }: FlagSetting, context: FlagContext): boolean {
  if (account !== '' && account !== context.account) return false;
  if (symbol !== '' && symbol !== context.symbol) return false;
  if (percent === 100) return true;
  const key = context.account ?? context.symbol ?? context.method ?? '';
  return shareOf(`${flag}${key}`, 100) < percent;
}

/** A flag as it is for an account and a symbol, with all that makes it so. */
export interface ShownFlag {
  readonly evaluation: FlagEvaluation;
  /** The newest first. */
  readonly settings: readonly FlagSetting[];
  /** null where none was told: it is on. */
  readonly definition: FlagDefinition | null;
}

/** @param context - whom it is shown for; what it does not name is not known. */
export function shownFlag(book: FlagBook, flag: FlagName, context: FlagContext): ShownFlag {
  return {
    evaluation: evaluateFlag(book, flag, context),
    settings: book.settings.filter((setting) => setting.flag === flag),
    definition: book.definitions[flag] ?? null,
  };
}

/** The flags that are off for somebody, or may be: all others are on for everybody. */
export function flagsInQuestion({ definitions, settings, build }: FlagBook): ReadonlySet<FlagName> {
  const named = new Set(settings.map(({ flag }) => flag));
  return new Set(
    FLAG_NAMES.filter((flag) => {
      const definition = definitions[flag] ?? ON;
      if (named.has(flag) || !isConstant(definition)) return true;
      return !evaluateDefinition(flag, definition, { build }).value;
    }),
  );
}
