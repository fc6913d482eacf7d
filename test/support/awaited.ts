// What every await and callback of src/cluster, src/engine, src/store and src/watch passes through in the tests of them: it
// may be told to fail there. The plugin in await-plugin.ts puts it there.
import { StoreUnavailableError } from '../../src/store/errors.js';
import { fault } from './fault-count.js';

/** Where an await is, and what it waits for: `store/pool.ts 3: pool.connect()`. */
export type Place = string;

/** Every await of what is loaded. */
export const PLACES = new Set<Place>();

/** Called by each file with its own. */
export function places(names: readonly Place[]): void {
  for (const name of names) PLACES.add(name);
}

/** Says whether an await that has come to its end fails instead. */
let failing: (place: Place) => boolean = () => false;

export function failAwaits(decide: (place: Place) => boolean): void {
  failing = decide;
}

/** In the place of `await value`. */
export async function awaited<T>(place: Place, value: T | PromiseLike<T>): Promise<T> {
  const result = await value;
  if (!failing(place)) return result;
  close(result);
  throw failure(place);
}

/** In the place of `for await (const item of items)`: it fails before its next item. */
export async function* each<T>(place: Place, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    if (failing(place)) throw failure(place);
    yield item;
  }
}

/** In the place of a callback: it fails when its work is done. */
export function called<A extends unknown[]>(place: Place, work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    work(...args);
    if (failing(place)) throw failure(place);
  };
}

function failure(place: Place): Error {
  fault('awaits failed');
  return new StoreUnavailableError(`a failpoint at ${place}`, 'unknown');
}

/** What was opened and is given to nobody is closed, as whoever failed to open it would have. */
function close(result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  for (const name of ['release', 'stop', 'close', 'end']) {
    const act: unknown = Reflect.get(result, name);
    if (typeof act !== 'function') continue;
    void Promise.resolve(act.call(result, name === 'release' ? true : undefined)).catch(() => undefined);
    return;
  }
}
