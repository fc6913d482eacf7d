// Owns how many calls of one class each caller may make.
import { rateLimited } from '../errors/access.js';

/** So many calls a second in the mean, and so many of them at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** Nobody is sent away for longer at once. */
const MAX_RETRY_MS = 60_000;

/** The longest a timer of Node can run. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What one caller has used, until when by performance.now(). */
interface Window {
  calls: number;
  endsAt: number;
}

/**
 * Each caller has `burst` calls in a window of burst / perSecond seconds that begins with the first of
 * them. What costs more than the window has is let in once and waited for: a batch of 1,000 at 10 a second
 * shuts its caller out for 100 s. A caller is forgotten when its window ends. Nothing is waited for to find
 * out: a promise would cost more than the count.
 */
export class Budget {
  readonly #name: string;
  readonly #rate: Rate;
  readonly #windows = new Map<string, Window>();

  /** @param name - the class, as errors name it. */
  constructor(name: string, rate: Rate) {
    this.#name = name;
    this.#rate = rate;
  }

  /** Callers that are remembered now. */
  get callers(): number {
    return this.#windows.size;
  }

  /** Takes one call. @throws DtmsError RATE_LIMITED with when to try again. */
  take(caller: string): void {
    const now = performance.now();
    const window = this.#windowOf(caller, now);
    if (window.calls >= this.#rate.burst) {
      const waitMs = Math.min(MAX_RETRY_MS, Math.max(1, Math.ceil(window.endsAt - now)));
      throw rateLimited(this.#name, this.#rate.perSecond, waitMs);
    }
    window.calls += 1;
  }

  /** Takes what turned out to be needed besides. It is let pass, and the next calls wait for it. */
  charge(caller: string, calls: number): void {
    const { burst, perSecond } = this.#rate;
    const now = performance.now();
    const window = this.#windowOf(caller, now);
    const inDebt = window.calls > burst;
    window.calls += calls;
    if (window.calls <= burst) return;
    if (inDebt) window.endsAt += (calls / perSecond) * 1000;
    else window.endsAt = now + (window.calls / perSecond) * 1000;
  }

  #windowOf(caller: string, now: number): Window {
    const known = this.#windows.get(caller);
    if (known === undefined) {
      const begun = { calls: 0, endsAt: now + windowMs(this.#rate) };
      this.#windows.set(caller, begun);
      this.#forgetAfter(windowMs(this.#rate), caller, begun);
      return begun;
    }
    if (known.endsAt <= now) {
      known.calls = 0;
      known.endsAt = now + windowMs(this.#rate);
    }
    return known;
  }

  #forgetAfter(ms: number, caller: string, window: Window): void {
    const timer = setTimeout(
      () => {
        const left = window.endsAt - performance.now();
        if (left > 0) this.#forgetAfter(left, caller, window);
        else this.#windows.delete(caller);
      },
      Math.min(MAX_TIMER_MS, Math.ceil(ms)),
    );
    timer.unref();
  }
}

/** By the rate as it is now: it may be set while the server runs. */
function windowMs({ burst, perSecond }: Rate): number {
  return (burst / perSecond) * 1000;
}
