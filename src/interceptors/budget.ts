// Owns how many calls of one class each caller may make.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { rateLimited } from '../errors/access.js';

/** So many calls a second in the mean, and so many of them at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Nobody is sent away for longer at once: what a clock that jumped makes of a wait is not believed. */
const MAX_RETRY_MS = 60_000;

/**
 * Each caller has `burst` calls in a window of burst / perSecond seconds that begins with the first of
 * them. What costs more than the window has is let in once and waited for: a batch of 1,000 at 10 a second
 * shuts its caller out for 100 s. A caller is forgotten when its window ends.
 */
export class Budget {
  readonly #name: string;
  readonly #rate: Rate;
  readonly #limiter: RateLimiterMemory;

  /** @param name - the class, as errors name it. */
  constructor(name: string, rate: Rate) {
    this.#name = name;
    this.#rate = rate;
    this.#limiter = new RateLimiterMemory({ points: rate.burst, duration: rate.burst / rate.perSecond });
  }

  /** Callers that are remembered now. */
  get callers(): number {
    return this.#limiter.dump().storage.length;
  }

  /** Takes one call. @throws DtmsError RATE_LIMITED with when to try again. */
  async take(caller: string): Promise<void> {
    try {
      await this.#limiter.consume(caller);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const waitMs = Math.min(MAX_RETRY_MS, Math.max(1, refusal.msBeforeNext));
      throw rateLimited(this.#name, this.#rate.perSecond, waitMs);
    }
  }

  /** Takes what turned out to be needed besides. It is let pass, and the next calls wait for it. */
  async charge(caller: string, calls: number): Promise<void> {
    const { burst, perSecond } = this.#rate;
    const { consumedPoints, msBeforeNext } = await this.#limiter.penalty(caller, calls);
    if (consumedPoints <= burst) return;
    const inDebt = consumedPoints - calls > burst;
    const seconds = inDebt ? msBeforeNext / 1000 + calls / perSecond : consumedPoints / perSecond;
    await this.#limiter.block(caller, seconds);
  }
}
