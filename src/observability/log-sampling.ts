// Owns thinning out lines that repeat: of each message and second the first few are written and then one in
// many, with the number left out. What is an error is always written.
import type { Logger } from 'pino';

/** How lines of one message are thinned out. */
export interface Sampling {
  /** Lines of a message that are written in each second, whatever comes. */
  readonly first: number;
  /** After them one in so many; 0 writes all. */
  readonly thereafter: number;
}

/** What is called with a line's arguments instead of pino's own method. */
type LogMethod = (this: Logger, ...args: Parameters<Logger['info']>) => void;

interface Tally {
  second: number;
  seen: number;
  suppressed: number;
}

/** Pino's number of the level error. */
const ERROR = 50;
const SECOND_MS = 1000;
/** Messages are few and fixed; should one ever be made of data, memory stays bounded. */
const MOST_MESSAGES = 1000;

export class LogSampler {
  readonly #sampling: Sampling;
  readonly #now: () => number;
  readonly #tallies = new Map<string, Tally>();

  /** `now` is any clock in ms. */
  constructor(sampling: Sampling, now: () => number = () => performance.now()) {
    this.#sampling = sampling;
    this.#now = now;
  }

  /** A hook of pino's: writes the line, with what was left out before it, or leaves it out. */
  readonly hook = (logger: Logger, args: unknown[], write: LogMethod, level: number): void => {
    if (level >= ERROR || this.#sampling.thereafter === 0) {
      Reflect.apply(write, logger, args);
      return;
    }
    const suppressed = this.take(messageOf(args));
    if (suppressed === null) return;
    Reflect.apply(write, logger, suppressed === 0 ? args : withCount(args, suppressed));
  };

  /** Counts a line; returns how many were left out before it, or null when it is left out too. */
  take(message: string): number | null {
    const tally = this.#tally(message);
    const second = Math.floor(this.#now() / SECOND_MS);
    if (tally.second !== second) {
      tally.second = second;
      tally.seen = 0;
    }
    tally.seen += 1;
    const { first, thereafter } = this.#sampling;
    if (tally.seen > first && (tally.seen - first) % thereafter !== 0) {
      tally.suppressed += 1;
      return null;
    }
    const { suppressed } = tally;
    tally.suppressed = 0;
    return suppressed;
  }

  /** What was left out and not told yet, by message; it counts as told after this. */
  *drain(): Iterable<{ readonly message: string; readonly suppressed: number }> {
    for (const [message, tally] of this.#tallies) {
      const { suppressed } = tally;
      if (suppressed === 0) continue;
      tally.suppressed = 0;
      yield { message, suppressed };
    }
  }

  #tally(message: string): Tally {
    const key = this.#tallies.has(message) || this.#tallies.size < MOST_MESSAGES ? message : '';
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = { second: -1, seen: 0, suppressed: 0 };
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}

function messageOf(args: readonly unknown[]): string {
  const [first, second] = args;
  if (typeof first === 'string') return first;
  return typeof second === 'string' ? second : '';
}

function withCount(args: readonly unknown[], suppressed: number): unknown[] {
  const [first, ...rest] = args;
  if (typeof first === 'object' && first !== null) return [{ ...first, suppressed }, ...rest];
  return [{ suppressed }, ...args];
}
