// Owns the circuit breaker: after several calls in a row found no server, the next ones fail at once, and
// now and then one is let through to see whether the server is back.
import { status } from '@grpc/grpc-js';
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
} from 'cockatiel';
import { DtmsCallError, isUnavailable } from './errors.js';

/** When the circuit opens, and for how long. */
export interface BreakerOptions {
  /** Calls in a row that ended UNAVAILABLE, with all their retries, before the circuit opens. Default 5. */
  readonly failures?: number;
  /** How long it stays open before one call is let through as a probe, in ms. Default 1,000. */
  readonly openMs?: number;
}

const DEFAULT_FAILURES = 5;
const DEFAULT_OPEN_MS = 1_000;

/**
 * The circuit is open: the call was not sent. Its code is UNAVAILABLE, so isUnavailable and isTransient
 * are true of it; `report.retryAfterMs` says when a call may be let through again.
 */
export class CircuitOpenError extends DtmsCallError {
  constructor(method: string, retryAfterMs: number, cause: unknown) {
    super(
      method,
      {
        code: status.UNAVAILABLE,
        reason: undefined,
        message: `${method}: not sent, because the last calls found no server`,
        metadata: {},
        violations: [],
        retryAfterMs,
        correlationId: undefined,
      },
      cause,
    );
  }
}

/** How a call is made: with its retries, or once, as a probe. */
export type Attempts = 'retried' | 'once';

/** Lets calls through, or not. */
export interface Guard {
  /** Throws CircuitOpenError when the call is not let through, else what it throws. */
  run<T>(method: string, call: (attempts: Attempts) => Promise<T>): Promise<T>;
}

/** Lets every call through. */
export const NO_GUARD: Guard = { run: (_method, call) => call('retried') };

type Outcome<T> = { readonly answer: T } | { readonly refusal: unknown };

export class Breaker implements Guard {
  readonly #policy: CircuitBreakerPolicy;
  readonly #openMs: number;
  #lastFailure: unknown;
  #openedAt = 0;

  /** Throws RangeError on numbers that are not above 0. */
  constructor({ failures = DEFAULT_FAILURES, openMs = DEFAULT_OPEN_MS }: BreakerOptions = {}) {
    if (!(failures > 0 && openMs > 0)) throw new RangeError('failures and openMs must be above 0');
    this.#openMs = openMs;
    this.#policy = circuitBreaker(handleWhen(isUnavailable), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    });
    this.#policy.onBreak(() => {
      this.#openedAt = Date.now();
    });
  }

  async run<T>(method: string, call: (attempts: Attempts) => Promise<T>): Promise<T> {
    // While a probe is under way others would wait for it, longer perhaps than they have time.
    if (this.#policy.state === CircuitState.HalfOpen) throw this.#refusal(method);
    const attempts = this.#policy.state === CircuitState.Open ? 'once' : 'retried';
    const outcome = await this.#policy
      .execute(() => this.#outcome(call, attempts))
      .catch((error: unknown) => {
        throw isBrokenCircuitError(error) ? this.#refusal(method) : error;
      });
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.answer;
  }

  /** A server that answers with an error is there: only what says that none is counts as a failure. */
  async #outcome<T>(call: (attempts: Attempts) => Promise<T>, attempts: Attempts): Promise<Outcome<T>> {
    try {
      return { answer: await call(attempts) };
    } catch (error) {
      if (error instanceof DtmsCallError && !isUnavailable(error)) return { refusal: error };
      this.#lastFailure = error;
      throw error;
    }
  }

  #refusal(method: string): CircuitOpenError {
    const waited = Date.now() - this.#openedAt;
    const left = Math.min(this.#openMs, Math.max(1, this.#openMs - waited));
    return new CircuitOpenError(method, left, this.#lastFailure);
  }
}
