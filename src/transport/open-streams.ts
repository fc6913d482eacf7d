// Owns the streams of health and reflection: they need no key, and pass none of our interceptors. How many may be open is
// bounded here, and they are ended here when the server stops.
import {
  type ServerInterceptingCall as Intercepted,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { networkOf } from '../access/address.js';

/** Health, open at a time of one connection: every client of several servers listens to each, and a proxy carries many. */
const MOST_PER_CONNECTION = 32;
/** Reflection, open at a time, of one address and of all. */
const MOST_PER_ADDRESS = 32;
const MOST_IN_ALL = 256;

const HEALTH = /^\/grpc\.health\./;
const REFLECTION = /^\/grpc\.reflection\./;

export class KeylessStreams {
  readonly #open = new Set<Intercepted>();
  readonly #reflecting = new Places(MOST_PER_ADDRESS, MOST_IN_ALL);
  /** Connections are counted elsewhere. */
  readonly #listening = new Places(MOST_PER_CONNECTION, Number.POSITIVE_INFINITY);

  get interceptor(): ServerInterceptor {
    return ({ path, responseStream }, given) => {
      // The very call it gave us is what its own wrapping has inside.
      const call = given as unknown as Intercepted;
      if (!responseStream) return call;
      const peer = given.getPeer();
      if (HEALTH.test(path)) return this.#bounded(call, this.#listening, peer);
      if (!REFLECTION.test(path)) return call;
      return this.#bounded(call, this.#reflecting, networkOf(peer.replace(/:\d+$/, '')));
    };
  }

  /** Ends all that are open. */
  end(): void {
    for (const call of [...this.#open])
      call.sendStatus({ code: status.UNAVAILABLE, details: 'the server stops' });
  }

  #bounded(inner: Intercepted, places: Places, whose: string): Intercepted {
    const isFull = !places.take(whose);
    const leave = (): void => {
      if (this.#open.delete(call)) places.leave(whose);
    };
    const call: Intercepted = new ServerInterceptingCall(inner, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!isFull) pass(metadata);
            else inner.sendStatus({ code: status.RESOURCE_EXHAUSTED, details: 'too many streams are open' });
          },
          onCancel: leave,
        }),
      sendStatus: (answer, next) => {
        leave();
        next(answer);
      },
    });
    if (!isFull) this.#open.add(call);
    return call;
  }
}

/** So many at a time of one, and of all. */
class Places {
  readonly #each: number;
  readonly #all: number;
  readonly #taken = new Map<string, number>();
  #sum = 0;

  constructor(each: number, all: number) {
    this.#each = each;
    this.#all = all;
  }

  /** False when there is none left. */
  take(whose: string): boolean {
    const taken = this.#taken.get(whose) ?? 0;
    if (taken >= this.#each || this.#sum >= this.#all) return false;
    this.#taken.set(whose, taken + 1);
    this.#sum += 1;
    return true;
  }

  leave(whose: string): void {
    const left = (this.#taken.get(whose) ?? 1) - 1;
    if (left === 0) this.#taken.delete(whose);
    else this.#taken.set(whose, left);
    this.#sum -= 1;
  }
}
