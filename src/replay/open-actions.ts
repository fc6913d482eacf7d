// Owns which actions of a replay are not over, as the log says: what tells the bridge that there is work.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';
import { isOpenStatus } from '../domain/trade/action.js';
import { openAfter } from '../domain/trade/event-fold.js';
import { stepsIn } from '../wire/told-event.js';

export class OpenActions {
  #open: readonly Action[] = [];
  /** How many ended in each status. */
  readonly #ends = new Map<string, number>();
  /** How many of each type were planned. */
  readonly #planned = new Map<string, number>();

  get size(): number {
    return this.#open.length;
  }

  get inDoubt(): number {
    return this.#open.filter(({ status }) => status === ActionStatus.IN_DOUBT).length;
  }

  get ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  get planned(): ReadonlyMap<string, number> {
    return this.#planned;
  }

  /** Takes an event; returns the actions it planned. */
  take(event: TradeEvent): readonly Action[] {
    const steps = stepsIn(event);
    this.#open = openAfter(this.#open, steps);
    for (const { status } of steps) if (!isOpenStatus(status)) count(this.#ends, status);
    const planned = steps.flatMap(({ kind, action }) =>
      kind === 'planned' && action !== null ? [action] : [],
    );
    for (const { type } of planned) count(this.#planned, ActionType[type]);
    return planned;
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
