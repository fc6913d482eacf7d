// Owns deciding what a bar left open, in slices: each is a turn of its own, of which the journal is told how far it went, and
// its part is written and leased while the next is decided. Between two slices other calls have their turn.
import { setImmediate as turn } from 'node:timers/promises';
import { inBackground } from '../observability/background.js';
import type { Told } from '../store/bodies/journal.js';
import type { MarketKey } from '../store/types.js';
import type { Engine } from './engine.js';
import type { GroupCommit, Receipt } from './group-commit.js';
import type { Enough } from './open-checks.js';

/** The engine decides so long at most, in ms, before other calls get a turn. */
const SLICE_MS = 3;
/** The first one may be longer, so that what it decides is in the transaction of the bar: finding out what all would do comes before. */
const FIRST_SLICE_MS = 8;
/** Events of a slice at most. */
const MOST_EVENTS = 64;
/** Events a slice adds while nothing is written: the first actions are not kept waiting. */
const MOST_FIRST = 32;
/** Nothing more is decided while so much waits to be closed: what is large is late for everybody. */
const MOST_GATHERED = 500;

/** What slices need of a term. */
interface SlicedTerm {
  readonly engine: Engine;
  readonly ended: Error | null;
  take<T>(told: Told | (() => Told), actor: string, act: () => T): T;
  record(): Receipt;
  end(error: Error): void;
}

export class Slices {
  readonly #term: SlicedTerm;
  readonly #commit: Pick<GroupCommit, 'gathered' | 'isWriting' | 'landed'>;
  #isRunning = false;
  /** Called after each slice, and when there will be no more. */
  #waiting: (() => void)[] = [];

  constructor(term: SlicedTerm, commit: Pick<GroupCommit, 'gathered' | 'isWriting' | 'landed'>) {
    this.#term = term;
    this.#commit = commit;
  }

  /** Opens what the leader before left open, and decides it. */
  resume(): void {
    const term = this.#term;
    term.take({ name: 'resumeOpenChecks', args: [] }, '', () => term.engine.resumeChecks());
    term.record();
    this.start();
  }

  /** Decides all that is open, unless that is under way: the first slice at once. */
  start(): void {
    if (this.#isRunning || this.#term.engine.checks.size === 0) return;
    this.#isRunning = true;
    inBackground(this.#run(), (error) =>
      this.#term.end(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Resolves when `isDone`, which is asked after each slice. @throws why the term is over */
  async until(isDone: () => boolean): Promise<void> {
    for (;;) {
      if (this.#term.ended !== null) throw this.#term.ended;
      if (isDone()) return;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.start();
      });
    }
  }

  async #run(): Promise<void> {
    try {
      for (let ms = FIRST_SLICE_MS; this.#term.ended === null && this.#slice(ms); ms = SLICE_MS) {
        this.#wake();
        await turn();
        while (this.#commit.gathered >= MOST_GATHERED && this.#term.ended === null) {
          await this.#commit.landed();
          await turn();
        }
      }
    } finally {
      this.#isRunning = false;
      this.#wake();
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Whether there is more to decide. */
  #slice(ms: number): boolean {
    const until = performance.now() + ms;
    const { engine } = this.#term;
    const most = this.#commit.isWriting ? MOST_GATHERED : this.#commit.gathered + MOST_FIRST;
    while (performance.now() < until && this.#commit.gathered < most) {
      const check = engine.checks.next();
      if (check === undefined) return false;
      const { feed, instrument } = check.basis.market;
      let steps = 0;
      const told = () => ({ name: 'decide', args: [{ feed, instrument }, steps] });
      const began = performance.now();
      const events = Math.min(most - this.#commit.gathered, MOST_EVENTS);
      const enough = () => engine.undrained.length >= events || performance.now() >= until;
      this.#term.take(told, '', () => {
        steps = engine.checks.work(check, Number.POSITIVE_INFINITY, enough);
      });
      check.worked(this.#term.record(), performance.now() - began);
    }
    return engine.checks.size > 0;
  }
}

/** Repeats a slice: so many steps on a market's check, or until `enough`. */
export function decideSome(engine: Engine, market: MarketKey, steps: number, enough: Enough): void {
  const check = engine.checks.find(market);
  if (check !== undefined) engine.checks.work(check, steps, enough);
}
