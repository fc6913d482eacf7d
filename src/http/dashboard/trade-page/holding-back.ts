// Owns what an action that is not settled holds back of its trade, in words: of the orders for its stop one is under way at a
// time, and so of those for its volume.
import { ACTION_TYPES, movesStop } from '../../../domain/trade/action-specs.js';
import type { ActionJson } from '../data/json.js';
import { words } from '../ui/format.js';

type Known = Pick<ActionJson, 'actionId' | 'type' | 'status'>;

const PREFIX = 'ACTION_TYPE_';

function isForStop({ type }: Known): boolean {
  const known = ACTION_TYPES.find((each) => PREFIX + each === type);
  return known !== undefined && movesStop({ type: known });
}

const isInDoubt = ({ status }: Known): boolean => status === 'ACTION_STATUS_IN_DOUBT';

/** What does not come about while these are open; empty where nothing is in doubt. */
export function doubtText(actions: readonly Known[]): string {
  const doubted = actions.filter(isInDoubt);
  if (doubted.length === 0) return '';
  const [stop, volume] = [doubted.some(isForStop), doubted.some((action) => !isForStop(action))];
  const held = [stop ? 'moves its stop' : '', volume ? 'reduces, hedges or adds to it' : '']
    .filter((part) => part !== '')
    .join(', ');
  const what = doubted.map(({ type }) => words(type, PREFIX)).join(', ');
  const are =
    doubted.length === 1 ? 'is in doubt: until it is settled' : 'are in doubt: until they are settled';
  return `${what} ${are}, no other order ${held}.`;
}

/** What an action that waits is waiting for. */
export function waitText(waiting: Known, all: readonly Known[]): string {
  const blocker = all.find(
    (other) =>
      other.actionId !== waiting.actionId && isInDoubt(other) && isForStop(other) === isForStop(waiting),
  );
  return blocker === undefined
    ? 'waiting for a bridge'
    : `waiting until ${words(blocker.type, PREFIX)} is settled`;
}
