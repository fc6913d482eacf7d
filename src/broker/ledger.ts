// Owns the broker's own record of what was done and under which comment: the oracle of every test of the
// bridge. Nothing in it comes from what the bridge believes.

import { type Direction, favourable } from '../domain/market/direction.js';

/** A request that was carried out. */
export interface ExecutedRequest {
  readonly at: number;
  readonly tag: string;
  readonly kind: 'deal' | 'stops';
  readonly position: bigint;
}

/** A stop a position had from `at` on; null is none. */
export interface StopSet {
  readonly at: number;
  readonly position: bigint;
  readonly direction: Direction;
  readonly stopLoss: number | null;
}

function isLooser(after: StopSet, before: StopSet): boolean {
  if (after.direction !== before.direction || before.stopLoss === null) return false;
  if (after.stopLoss === null) return true;
  return (after.stopLoss - before.stopLoss) * favourable(after.direction) < 0;
}

export class Ledger {
  readonly #executed = new Map<string, ExecutedRequest[]>();
  readonly #stops = new Map<bigint, StopSet[]>();

  noteExecuted(executed: ExecutedRequest): void {
    const known = this.#executed.get(executed.tag);
    if (known === undefined) this.#executed.set(executed.tag, [executed]);
    else known.push(executed);
  }

  /** Notes a stop; the same as before is no news. */
  noteStop(set: StopSet): void {
    const known = this.#stops.get(set.position);
    if (known === undefined) {
      this.#stops.set(set.position, [set]);
      return;
    }
    const last = known.at(-1);
    if (last?.stopLoss !== set.stopLoss || last.direction !== set.direction) known.push(set);
  }

  /** Forgets requests before `time` (UTC ms), and the stops of positions that are not held any more. */
  forgetBefore(time: number, isHeld: (position: bigint) => boolean): void {
    for (const [tag, requests] of this.#executed) {
      if (requests.every(({ at }) => at < time)) this.#executed.delete(tag);
    }
    for (const position of this.#stops.keys()) if (!isHeld(position)) this.#stops.delete(position);
  }

  /** How many tags were carried out. */
  get tags(): number {
    return this.#executed.size - (this.#executed.has('') ? 1 : 0);
  }

  executions(tag: string): readonly ExecutedRequest[] {
    return this.#executed.get(tag) ?? [];
  }

  /** Tags that were carried out more than once; orders without a comment do not count. */
  repeated(): readonly string[] {
    return [...this.#executed].flatMap(([tag, list]) => (tag !== '' && list.length > 1 ? [tag] : []));
  }

  /** Every stop of a position (by identifier), oldest first. */
  stops(position: bigint): readonly StopSet[] {
    return this.#stops.get(position) ?? [];
  }

  /** Stops that were set looser than the one before, of all positions. */
  loosened(): readonly StopSet[] {
    return [...this.#stops.values()].flatMap((sets) =>
      sets.filter((set, index) => {
        const before = sets[index - 1];
        return before !== undefined && isLooser(set, before);
      }),
    );
  }
}
