// Owns which actions an event changed, as they are after it.
import type { Action } from './action.js';
import type { TradeChange } from './event.js';

const NONE: readonly Action[] = [];

/** Planned, moved on or withdrawn, in that order. */
export function actionsOf(change: TradeChange): readonly Action[] {
  switch (change.kind) {
    case 'stateChanged':
    case 'actionPlanned':
      if (change.planned.length === 0) return change.withdrawn;
      return change.withdrawn.length === 0 ? change.planned : [...change.planned, ...change.withdrawn];
    case 'actionChanged':
      return [change.action, ...change.withdrawn];
    case 'updated':
    case 'reconciled':
    case 'policyAssigned':
      return change.withdrawn;
    default:
      return NONE;
  }
}
