// Owns time in a simulation: timers, turns of the event loop, Date.now and performance.now are one queue, which passes
// hours in milliseconds, in the same order each time. What the program imports is what it always imports.
import { syncBuiltinESMExports } from 'node:module';
import promises from 'node:timers/promises';
import zlib, { type InputType, type ZlibOptions } from 'node:zlib';

interface Entry {
  at: number;
  order: number;
  run: (() => void) | null;
}

/** What a timer's owner may do with it. */
interface Handle {
  readonly entry: Entry;
  ref(): Handle;
  unref(): Handle;
  hasRef(): boolean;
}

type Task = (...values: unknown[]) => void;

export class VirtualTime {
  /** ms since the simulation began. */
  #now = 0;
  readonly #startedAt: number;
  #order = 0;
  readonly #heap: Entry[] = [];
  readonly #restore: (() => void)[] = [];
  readonly #turn = setImmediate;

  /** @param startedAt - the date at the beginning, UTC ms. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  /** UTC ms, whole. */
  get date(): number {
    return Math.floor(this.#startedAt + this.#now);
  }

  /** ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Takes the place of the real time until restore(). */
  install(): void {
    const replace = (owner: object, name: string, value: unknown) => {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      Object.defineProperty(owner, name, { value, configurable: true, writable: true });
      this.#restore.push(() => {
        if (before === undefined) Reflect.deleteProperty(owner, name);
        else Object.defineProperty(owner, name, before);
      });
    };
    // Timers that were set before are real, and are cleared as such.
    const clear = (real: (handle: never) => void) => (handle: Handle | null | undefined) => {
      if (handle?.entry === undefined) real(handle as never);
      else handle.entry.run = null;
    };
    replace(globalThis, 'setTimeout', (task: Task, ms = 0, ...values: unknown[]) =>
      this.#schedule(ms, () => task(...values)),
    );
    replace(globalThis, 'setInterval', (task: Task, ms = 0, ...values: unknown[]) =>
      this.#repeat(ms, () => task(...values)),
    );
    replace(globalThis, 'setImmediate', (task: Task, ...values: unknown[]) =>
      this.#schedule(0, () => task(...values)),
    );
    for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate'] as const)
      replace(globalThis, name, clear(globalThis[name]));
    replace(Date, 'now', () => this.date);
    replace(performance, 'now', () => this.#now);
    replace(promises, 'setTimeout', (ms = 0, value?: unknown, options?: { signal?: AbortSignal }) =>
      this.#sleep(ms, value, options?.signal),
    );
    replace(promises, 'setImmediate', (value?: unknown) => this.#sleep(0, value, undefined));
    // What threads do takes real time, and ends in any order.
    const { deflateRawSync } = zlib;
    type Deflated = (error: null, result: Buffer) => void;
    replace(zlib, 'deflateRaw', (body: InputType, options: ZlibOptions, done: Deflated) => {
      const result = deflateRawSync(body, options);
      this.#schedule(0, () => done(null, result));
    });
    syncBuiltinESMExports();
  }

  restore(): void {
    for (const undo of this.#restore.splice(0).reverse()) undo();
    syncBuiltinESMExports();
  }

  /** Lets time pass until `done`, or until that many ms have passed; whether it was done. */
  async run(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    for (;;) {
      // Everything that follows from what was done, without time passing.
      await new Promise<void>((resolve) => this.#turn(() => resolve()));
      if (done()) return true;
      const next = this.#pop();
      if (next === undefined || next.at > end) return false;
      this.#now = Math.max(this.#now, next.at);
      next.run?.();
    }
  }

  #sleep(ms: number, value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const aborted = () => reject(new DOMException('The operation was aborted', 'AbortError'));
      if (signal?.aborted === true) {
        aborted();
        return;
      }
      const { entry } = this.#schedule(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      const abort = () => {
        entry.run = null;
        aborted();
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #repeat(ms: number, task: () => void): Handle {
    const handle = this.#schedule(ms, () => {
      handle.entry.at = this.#now + Math.max(1, ms);
      handle.entry.order = this.#order++;
      this.#push(handle.entry);
      task();
    });
    return handle;
  }

  #schedule(ms: number, run: () => void): Handle {
    const entry: Entry = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#push(entry);
    const handle: Handle = { entry, ref: () => handle, unref: () => handle, hasRef: () => true };
    return handle;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(entry, heap[parent])) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The next that was not given up. */
  #pop(): Entry | undefined {
    const heap = this.#heap;
    for (;;) {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (heap.length > 0) this.#sink(last);
      if (first.run !== null) return first;
    }
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child += 1;
      if (!isBefore(heap[child], entry)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = entry;
  }
}

function isBefore(one: Entry | undefined, other: Entry | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
