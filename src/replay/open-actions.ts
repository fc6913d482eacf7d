// Which actions of a replay are not over, as the log says: what tells the bridge that there is work.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';

const OPEN: ReadonlySet<ActionStatus> = new Set([
  ActionStatus.PENDING,
  ActionStatus.LEASED,
  ActionStatus.EXECUTING,
  ActionStatus.IN_DOUBT,
]);

export class OpenActions {
  readonly #open = new Map<string, ActionStatus>();
  /** How many ended in each status. */
  readonly #ends = new Map<string, number>();
  /** How many of each type were planned. */
  readonly #planned = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  get inDoubt(): number {
    return [...this.#open.values()].filter((status) => status === ActionStatus.IN_DOUBT).length;
  }

  get ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  get planned(): ReadonlyMap<string, number> {
    return this.#planned;
  }

  /** Takes an event; returns the actions it planned. */
  take({ change }: TradeEvent): readonly Action[] {
    switch (change?.$case) {
      case 'stateChanged':
      case 'actionPlanned': {
        const { planned, withdrawnActionIds } = change.value;
        this.#withdraw(withdrawnActionIds);
        for (const action of planned) {
          this.#put(action);
          count(this.#planned, ActionType[action.type]);
        }
        return planned;
      }
      case 'actionChanged': {
        const { action, withdrawnActionIds } = change.value;
        this.#withdraw(withdrawnActionIds);
        if (action !== undefined) this.#put(action);
        return [];
      }
      case 'updated':
      case 'reconciled':
        this.#withdraw(change.value.withdrawnActionIds);
        return [];
      default:
        return [];
    }
  }

  #put({ actionId, status }: Action): void {
    if (OPEN.has(status)) this.#open.set(actionId, status);
    else {
      this.#open.delete(actionId);
      count(this.#ends, ActionStatus[status]);
    }
  }

  #withdraw(actionIds: readonly string[]): void {
    for (const actionId of actionIds) {
      this.#open.delete(actionId);
      count(this.#ends, ActionStatus[ActionStatus.EXPIRED]);
    }
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
