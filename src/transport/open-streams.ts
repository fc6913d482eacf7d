// Owns the streams of health and reflection: they need no key, and pass none of our interceptors. How many may be open is
// bounded here, and they are ended here when the server stops.
import {
  type ServerInterceptingCall as Intercepted,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { networkOf } from '../access/address.js';

/**
 * Open at a time, of one address and of all. Every client of several servers listens to the health of each, and a proxy
 * carries many of them; one that finds no place takes the server for healthy.
 */
const MOST = { health: { ofOne: 256, ofAll: 1024 }, reflection: { ofOne: 32, ofAll: 256 } };

const HEALTH = /^\/grpc\.health\./;
const REFLECTION = /^\/grpc\.reflection\./;

export class KeylessStreams {
  readonly #open = new Set<Intercepted>();
  readonly #reflecting = new Places(MOST.reflection);
  readonly #listening = new Places(MOST.health);

  get interceptor(): ServerInterceptor {
    return ({ path, responseStream }, given) => {
      // The very call it gave us is what its own wrapping has inside.
      const call = given as unknown as Intercepted;
      if (!responseStream) return call;
      const address = networkOf(given.getPeer().replace(/:\d+$/, ''));
      if (HEALTH.test(path)) return this.#bounded(call, this.#listening, address);
      return REFLECTION.test(path) ? this.#bounded(call, this.#reflecting, address) : call;
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

  constructor({ ofOne, ofAll }: { readonly ofOne: number; readonly ofAll: number }) {
    this.#each = ofOne;
    this.#all = ofAll;
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
