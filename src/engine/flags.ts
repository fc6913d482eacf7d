// Owns the feature flags of the engine: the book in force, whether it changed since it was last written, and what each flag says
// of an account and a symbol, remembered until the book changes. A flag nobody set costs a look into an empty set.

import type { FlagDefinitions } from '../domain/flags/definition.js';
import type { FlagContext, FlagDecision, FlagName } from '../domain/flags/flag.js';
import {
  evaluateFlag,
  type FlagBook,
  type FlagSetting,
  type FlagTarget,
  flagsInQuestion,
  NO_FLAGS,
  withDefinitions,
  withoutEnded,
  withoutSettings,
  withSetting,
} from '../domain/flags/flag-book.js';
import { SIGNALS, type SwitchedOffSignals } from '../domain/signals/signal.js';

/** What is remembered of one book: beyond that it is asked anew. */
const MOST_KEPT = 20_000;
const NONE_OFF: SwitchedOffSignals = {};

/** Where nobody sets flags. */
export const ALL_ON: Pick<Flags, 'off'> = { off: () => null };

export class Flags {
  #book: FlagBook = NO_FLAGS;
  #inQuestion: ReadonlySet<FlagName> = new Set();
  #isSignalOff = false;
  #isChanged = false;
  readonly #decided = new Map<string, FlagDecision | null>();
  readonly #signals = new Map<string, SwitchedOffSignals>();

  /** Those in force. */
  get book(): FlagBook {
    return this.#book;
  }

  /** The flags that are off for somebody, or may be. */
  get inQuestion(): ReadonlySet<FlagName> {
    return this.#inQuestion;
  }

  /** The decision by which a flag is off for an account and a symbol; null where it is on. */
  off(flag: FlagName, account: string, symbol: string): FlagDecision | null {
    if (!this.#inQuestion.has(flag)) return null;
    const key = JSON.stringify([flag, account, symbol]);
    const known = this.#decided.get(key);
    if (known !== undefined) return known;
    if (this.#decided.size >= MOST_KEPT) this.#decided.clear();
    const { build } = this.#book;
    const decision = this.#offIn(flag, { account, symbol, build });
    this.#decided.set(key, decision);
    return decision;
  }

  /** The same for a method that is called. */
  methodOff(flag: FlagName, method: string): FlagDecision | null {
    if (!this.#inQuestion.has(flag)) return null;
    return this.#offIn(flag, { method, build: this.#book.build });
  }

  /** The signals that do not count for an instrument. */
  signalsOff(symbol: string): SwitchedOffSignals {
    if (!this.#isSignalOff) return NONE_OFF;
    const known = this.#signals.get(symbol);
    if (known !== undefined) return known;
    const { build } = this.#book;
    const found = SIGNALS.flatMap((signal) => {
      const decision = this.#offIn(`signal.${signal}`, { symbol, build });
      return decision === null ? [] : [[signal, decision] as const];
    });
    const off = found.length === 0 ? NONE_OFF : Object.fromEntries(found);
    this.#signals.set(symbol, off);
    return off;
  }

  /** A person sets a flag. */
  set(setting: FlagSetting): void {
    this.#put(withSetting(this.#book, setting));
  }

  /** Takes back what people set of a flag for a target; null: for any. Returns of how many settings. */
  clear(flag: FlagName, target: Pick<FlagTarget, 'account' | 'symbol'> | null): number {
    const before = this.#book.settings.length;
    this.#put(withoutSettings(this.#book, flag, target));
    return before - this.#book.settings.length;
  }

  /** Takes other definitions, and the build of the server that leads. Returns whether any of it is new. */
  define(definitions: FlagDefinitions, build: string): boolean {
    const before = this.#book;
    this.#put(withDefinitions(before, definitions, build));
    return this.#book !== before;
  }

  /** Tells the database's time, UTC ms: what people set ends by it. */
  tick(now: number): void {
    if (this.#book.settings.length > 0) this.#put(withoutEnded(this.#book, now));
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** The book, where it changed since the last call. */
  drain(): FlagBook[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    return [this.#book];
  }

  /** Takes a stored book; it does not count as changed. */
  restore(book: FlagBook): void {
    this.#take(book);
    this.#isChanged = false;
  }

  #offIn(flag: FlagName, context: FlagContext): FlagDecision | null {
    const { value, ...decision } = evaluateFlag(this.#book, flag, context);
    return value ? null : decision;
  }

  #put(book: FlagBook): void {
    if (book === this.#book) return;
    this.#take(book);
    this.#isChanged = true;
  }

  #take(book: FlagBook): void {
    this.#book = book;
    this.#inQuestion = flagsInQuestion(book);
    this.#isSignalOff = SIGNALS.some((signal) => this.#inQuestion.has(`signal.${signal}`));
    this.#decided.clear();
    this.#signals.clear();
  }
}
