// Owns what goes wrong in a simulation: seeded delays and losses between servers and their database, and between callers
// and servers. When it clears, nothing goes wrong any more.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { DtmsError } from '../../src/errors/errors.js';
import { FencedError, StoreUnavailableError } from '../../src/store/errors.js';
import type { Line } from './memory-store.js';

/** A call that no server answered. */
export class Lost extends Error {}

/** Whether what failed may be tried again, and will be. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Lost || error instanceof StoreUnavailableError || error instanceof FencedError)
    return true;
  return error instanceof DtmsError && error.code === status.UNAVAILABLE;
}

/** A silent line is given up after this, ms. */
const PATIENCE_MS = 5000;

export class Weather {
  readonly random: () => number;
  #clear = false;

  constructor(random: () => number) {
    this.random = random;
  }

  /** From now on nothing is lost. */
  clear(): void {
    this.#clear = true;
  }

  happens(probability: number): boolean {
    return this.random() < probability && !this.#clear;
  }

  /** Mostly short, now and then long; ms. */
  delay(): Promise<void> {
    const [short, long] = [this.random() * 4, this.random() * 1500];
    return sleep(this.happens(0.01) ? long : short);
  }

  /** A call on its way to a server and back. */
  async call<T>(serve: () => Promise<T>): Promise<T> {
    await this.delay();
    if (this.happens(0.03)) throw new Lost('the request was lost');
    const answer = await serve();
    await this.delay();
    if (this.happens(0.03)) throw new Lost('the answer was lost');
    return answer;
  }
}

/** One server's line to the database. */
export class FaultyLine implements Line {
  readonly #weather: Weather;
  #silentUntil = 0;
  #dead = false;

  constructor(weather: Weather) {
    this.#weather = weather;
  }

  /** For so many ms nothing comes back. */
  silence(ms: number): void {
    this.#silentUntil = performance.now() + ms;
  }

  /** The server is gone; what is on its way may arrive. */
  cut(): void {
    this.#dead = true;
  }

  async pass<T>(what: 'read' | 'commit' | 'lead', act: () => T): Promise<T> {
    const weather = this.#weather;
    const outcome = what === 'commit' ? 'unknown' : 'not_written';
    const lost = (why: string) => new StoreUnavailableError(why, outcome);
    if (this.#dead) throw lost('the server is dead');
    await weather.delay();
    if (this.#dead && weather.random() < 0.5) throw lost('the server is dead');
    if (performance.now() < this.#silentUntil) {
      // Half of it arrives, and nothing comes back.
      if (weather.random() < 0.5) attempt(act);
      await sleep(PATIENCE_MS);
      throw lost('the line is silent');
    }
    if (weather.happens(0.004)) throw lost('lost on its way');
    if (what === 'commit' && weather.happens(0.004))
      throw new StoreUnavailableError('no space', 'not_written');
    const result = act();
    await weather.delay();
    if (weather.happens(0.004)) throw lost('its answer was lost');
    if (performance.now() < this.#silentUntil) {
      await sleep(PATIENCE_MS);
      throw lost('the line is silent');
    }
    return result;
  }
}

function attempt(act: () => unknown): void {
  try {
    act();
  } catch {
    // Refused, and nobody hears of it.
  }
}
