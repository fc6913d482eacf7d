// The way of each action through its life, as events tell it: planned, leased, executed, reported.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';

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

const OPEN: ReadonlySet<string> = new Set(['PENDING', 'LEASED', 'EXECUTING', 'IN_DOUBT']);

/** Whether nothing more comes by itself. */
export function isEnded({ steps }: Trail): boolean {
  return !OPEN.has(steps.at(-1) ?? '');
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
    const { change } = event;
    switch (change?.$case) {
      case 'stateChanged':
      case 'actionPlanned':
        return [
          ...this.#withdraw(change.value.withdrawnActionIds, event),
          ...change.value.planned.map((action) => this.#step(action, event)),
        ];
      case 'actionChanged':
        return [
          ...this.#withdraw(change.value.withdrawnActionIds, event),
          ...(change.value.action === undefined ? [] : [this.#step(change.value.action, event)]),
        ];
      case 'updated':
      case 'reconciled':
        return this.#withdraw(change.value.withdrawnActionIds, event);
      default:
        return [];
    }
  }

  #step(action: Action, { account, ticket, symbol, occurredAt: at }: TradeEvent): Trail {
    const { actionId, type, volume, stopLoss, status, result } = action;
    const what = [ActionType[type], volume, stopLoss].filter((part) => part !== undefined).join(' ');
    const trail = { actionId, account, ticket, symbol, what, steps: [], ...this.#trails.get(actionId) };
    return this.#put({ ...trail, at, code: result?.code ?? 0 }, ActionStatus[status]);
  }

  #withdraw(actionIds: readonly string[], { occurredAt: at }: TradeEvent): readonly Trail[] {
    return actionIds.flatMap((actionId) => {
      const trail = this.#trails.get(actionId);
      return trail === undefined ? [] : [this.#put({ ...trail, at }, ActionStatus[ActionStatus.EXPIRED])];
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
