// Owns the way of each action through its life, as events tell it: planned, leased, executed, reported.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionType } from '../../gen/ts/dtms/v1/types.js';
import { isOpenStatus } from '../domain/trade/action.js';
import { stepsIn } from '../wire/told-event.js';

/** An action with the statuses it has had so far. */
export interface Trail {
  readonly actionId: string;
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  /** The time of the latest step. */
  readonly at: Date | undefined;
  /** What was decided, such as "TIGHTEN_SL 98717.55". */
  readonly what: string;
  /** In order, such as PENDING, LEASED. */
  readonly steps: readonly string[];
  /** The broker's return code; 0 while there is none. */
  readonly code: number;
}

/** Trails that ended are remembered for showing, at most so many. */
const KEPT = 100;

/** Whether nothing more comes by itself. */
export function isEnded({ steps }: Trail): boolean {
  return !isOpenStatus(steps.at(-1) ?? '');
}

export function trailText({ what, steps, code }: Trail): string {
  return `${what}  ${steps.join(' > ')}${code === 0 ? '' : `  ${code}`}`;
}

export class ActionTrails {
  /** In the order of their latest step. */
  readonly #trails = new Map<string, Trail>();
  readonly #counts = new Map<string, number>();

  /** The latest ones, newest first. */
  latest(count: number): readonly Trail[] {
    return [...this.#trails.values()].slice(-count).reverse();
  }

  /** Actions by their latest status. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].filter(([, count]) => count > 0));
  }

  /** Takes an event; answers the trails it went on with. */
  take(event: TradeEvent): readonly Trail[] {
    const { account, ticket, symbol, occurredAt: at } = event;
    return stepsIn(event).flatMap(({ actionId, action, status }) => {
      const known = this.#trails.get(actionId);
      if (action === null) return known === undefined ? [] : [this.#put({ ...known, at }, status)];
      const trail = { actionId, account, ticket, symbol, what: whatOf(action), steps: [], ...known };
      return [this.#put({ ...trail, at, code: action.result?.code ?? 0 }, status)];
    });
  }

  #put(trail: Trail, status: string): Trail {
    const before = trail.steps.at(-1);
    const gone = { ...trail, steps: before === status ? trail.steps : [...trail.steps, status] };
    if (before !== undefined) this.#count(before, -1);
    this.#count(status, 1);
    this.#trails.delete(trail.actionId);
    this.#trails.set(trail.actionId, gone);
    if (this.#trails.size > KEPT) this.#forget();
    return gone;
  }

  /** Forgets the oldest one that has ended; it stays counted. */
  #forget(): void {
    for (const trail of this.#trails.values()) {
      if (!isEnded(trail)) continue;
      this.#trails.delete(trail.actionId);
      return;
    }
  }

  #count(status: string, by: number): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + by);
  }
}

function whatOf({ type, volume, stopLoss }: Action): string {
  return [ActionType[type], volume, stopLoss].filter((part) => part !== undefined).join(' ');
}
