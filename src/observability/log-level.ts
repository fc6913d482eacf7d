// Owns changing the level of the log while the program runs, for good or for a while.
import { LOG_LEVELS, type Logger, type LogLevel } from './logger.js';

/** The level that is in force and when it ends. */
export interface LevelChange {
  readonly level: LogLevel;
  readonly previous: LogLevel;
  /** When the level before returns, UTC ms; null when it does not. */
  readonly until: number | null;
}

/** The level of the lines about callers that are limited to accounts. */
interface OwnLevel {
  readonly accounts: ReadonlySet<string>;
  readonly level: LogLevel;
  /** By performance.now(). */
  readonly endsAt: number;
}

/** Held at a time; the oldest goes. */
const MOST_OWN_LEVELS = 100;

export class LevelControl {
  readonly #logger: Logger;
  /** What returns when a change for a while ends. */
  #lasting: LogLevel;
  #timer: NodeJS.Timeout | undefined;
  /** The newest first. */
  #own: readonly OwnLevel[] = [];

  /** `logger` is the one all others come from. Those of calls under way keep their level. */
  constructor(logger: Logger) {
    this.#logger = logger;
    this.#lasting = levelOf(logger);
  }

  get level(): LogLevel {
    return levelOf(this.#logger);
  }

  /**
   * Logs lines of `level` and graver ones from now on.
   *
   * @param durationMs - after it the level before returns; null: it does not. A change for a while that
   * follows another ends at the level before both.
   */
  set(level: LogLevel, durationMs: number | null, by: string): LevelChange {
    const previous = this.level;
    this.#cancel();
    this.#enter(level, by);
    if (durationMs === null) {
      this.#lasting = level;
      return { level, previous, until: null };
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#enter(this.#lasting, 'the end of its time');
    }, durationMs);
    this.#timer.unref();
    return { level, previous, until: Date.now() + durationMs };
  }

  /**
   * Logs lines of `level` and graver ones about the calls of callers whose accounts are all among these, for a while;
   * never fewer of them than of everybody's.
   */
  setFor(accounts: ReadonlySet<string>, level: LogLevel, durationMs: number, by: string): LevelChange {
    const previous = this.levelFor(accounts) ?? this.level;
    const endsAt = performance.now() + durationMs;
    this.#own = [{ accounts, level, endsAt }, ...this.#own].slice(0, MOST_OWN_LEVELS);
    this.#logger.warn(
      { level, accounts: [...accounts], by },
      'the level of the log changed for some accounts',
    );
    return { level, previous, until: Date.now() + durationMs };
  }

  /** The level of the lines about a caller of these accounts, where it has one of its own. */
  levelFor(accounts: ReadonlySet<string>): LogLevel | undefined {
    if (this.#own.length === 0) return undefined;
    const now = performance.now();
    this.#own = this.#own.filter(({ endsAt }) => endsAt > now);
    const own = this.#own.find((each) => [...accounts].every((account) => each.accounts.has(account)));
    if (own === undefined || LOG_LEVELS.indexOf(own.level) > LOG_LEVELS.indexOf(this.level)) return undefined;
    return own.level;
  }

  /** Switches debug lines on until it is called again. */
  toggleDebug(by: string): LevelChange {
    const previous = this.level;
    this.#cancel();
    const level = previous === 'debug' ? this.#lasting : 'debug';
    this.#enter(level, by);
    return { level, previous, until: null };
  }

  /** Forgets a change that is to end. */
  stop(): void {
    this.#cancel();
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #enter(level: LogLevel, by: string): void {
    const previous = this.level;
    if (level === previous) return;
    // In between it is said at a level both before and after would show, unless one of them is silent.
    const fields = { level, previous_level: previous, by };
    this.#logger.level = 'info';
    this.#logger.warn(fields, 'the level of the log changed');
    this.#logger.level = level;
  }
}

function levelOf(logger: Logger): LogLevel {
  return logger.level as LogLevel;
}
