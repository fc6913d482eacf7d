// Owns changing the level of the log while the program runs, for good or for a while.
import type { Logger, LogLevel } from './logger.js';

/** The level that is in force and when it ends. */
export interface LevelChange {
  readonly level: LogLevel;
  readonly previous: LogLevel;
  /** When the level before returns, UTC ms; null when it does not. */
  readonly until: number | null;
}

export class LevelControl {
  readonly #logger: Logger;
  /** What returns when a change for a while ends. */
  #lasting: LogLevel;
  #timer: NodeJS.Timeout | undefined;

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
