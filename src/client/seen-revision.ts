// Owns what a client has seen of the log: it says so with what it reads, and a server that is behind catches up before it
// answers. So a program reads what it wrote, and never goes back in time, whichever server it asks.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsCallError } from './errors.js';
import type { ClientInterceptor, OutgoingCall } from './hooks.js';

const KEY = 'dtms-min-revision';

export class SeenRevision {
  #newest = 0n;

  /** Around every attempt of a call and every connection of a stream. */
  readonly interceptor: ClientInterceptor = {
    unary: async (call, next) => {
      const answer = await this.#saying(call, next);
      this.#note(answer);
      return answer;
    },
    stream: (call, next) => this.#stream(call, next),
  };

  async *#stream(
    call: OutgoingCall,
    next: (call: OutgoingCall) => AsyncIterable<unknown>,
  ): AsyncIterable<unknown> {
    // A stream that goes on from a place names that itself.
    const begins = Reflect.get(Object(call.request), 'resumeAfter') === undefined;
    const said = begins && this.#say(call);
    try {
      for await (const message of next(call)) {
        this.#note(Reflect.get(Object(message), 'value'));
        yield message;
      }
    } catch (error) {
      if (!said || !isInFuture(error)) throw error;
      this.#forget(call);
      yield* next(call);
    }
  }

  async #saying(call: OutgoingCall, next: (call: OutgoingCall) => Promise<unknown>): Promise<unknown> {
    const said = this.#say(call);
    try {
      return await next(call);
    } catch (error) {
      if (!said || !isInFuture(error)) throw error;
      this.#forget(call);
      return next(call);
    }
  }

  /** Whether it says it: what the program says itself stands. */
  #say({ metadata }: OutgoingCall): boolean {
    if (this.#newest === 0n || metadata.get(KEY).length > 0) return false;
    metadata.set(KEY, String(this.#newest));
    return true;
  }

  /** The log is another one than it was, such as a restored one: what was seen of the one before says nothing of it. */
  #forget({ metadata }: OutgoingCall): void {
    this.#newest = 0n;
    metadata.remove(KEY);
  }

  /** Takes what an answer tells of its place, or of that of a trade in it. */
  #note(answer: unknown): void {
    for (const told of [answer, Reflect.get(Object(answer), 'trade')]) {
      for (const field of ['revision', 'headRevision']) {
        const revision: unknown = Reflect.get(Object(told), field);
        if (typeof revision === 'bigint' && revision > this.#newest) this.#newest = revision;
      }
    }
  }
}

function isInFuture(error: unknown): boolean {
  return error instanceof DtmsCallError && error.report.reason === ErrorReason.REVISION_IN_FUTURE;
}
