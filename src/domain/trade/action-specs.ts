// Owns what tells one type of action from another. How a type is planned is in actions/planning.ts; all else
// (what stands in its way, what is checked at its lease, its order, what proves it, what it changes) follows
// from its entry here.
import type { FlagName } from '../flags/flag.js';
import type { TradeField } from './owner.js';
import type { State } from './state.js';

interface OrderSpec {
  /** What of the trade it changes. The hedge is DTMS's own; the others are fields a manager may own. */
  readonly moves: 'stop' | 'volume' | 'hedge';
  /** What its deals do to a position. */
  readonly deals: 'none' | 'open' | 'reduce' | 'close';
}

/** What an action's order can do at the broker. */
export const ORDERS = {
  'move stop': { moves: 'stop', deals: 'none' },
  'reduce position': { moves: 'volume', deals: 'reduce' },
  'close position': { moves: 'volume', deals: 'close' },
  'add to position': { moves: 'volume', deals: 'open' },
  'open hedge': { moves: 'hedge', deals: 'open' },
  'close hedge': { moves: 'hedge', deals: 'close' },
} as const satisfies Readonly<Record<string, OrderSpec>>;
export type OrderKind = keyof typeof ORDERS;

export const ACTION_TYPES = [
  'TIGHTEN_SL',
  'TRAIL_SL',
  'MOVE_SL_BREAKEVEN',
  'PARTIAL_CLOSE',
  'OPEN_HEDGE',
  'CLOSE_HEDGE',
  'CLOSE_ALL',
  'RE_ADD',
] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

interface ActionSpec {
  readonly order: OrderKind;
  /** The states of the trade in which it is still wanted when a bridge asks for it. */
  readonly wantedIn: readonly State[];
  /** Whether a limited account forbids it. */
  readonly addsRisk: 'never' | 'where a hedge needs margin' | 'always';
  /** 'over all': it asks no manager of higher priority and waits for nothing that is in doubt. */
  readonly precedence: 'usual' | 'over all';
}

const OPEN = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING'] as const;
const STOP = { order: 'move stop', wantedIn: OPEN, addsRisk: 'never', precedence: 'usual' } as const;

const ACTION_SPECS = {
  TIGHTEN_SL: STOP,
  TRAIL_SL: STOP,
  MOVE_SL_BREAKEVEN: STOP,
  PARTIAL_CLOSE: {
    order: 'reduce position',
    wantedIn: ['WARNING_L2', 'HEDGED', 'RECOVERING'],
    addsRisk: 'never',
    precedence: 'usual',
  },
  OPEN_HEDGE: {
    order: 'open hedge',
    wantedIn: ['HEDGED'],
    addsRisk: 'where a hedge needs margin',
    precedence: 'usual',
  },
  CLOSE_HEDGE: {
    order: 'close hedge',
    wantedIn: [...OPEN, 'CLOSED'],
    addsRisk: 'never',
    precedence: 'usual',
  },
  CLOSE_ALL: {
    order: 'close position',
    wantedIn: [...OPEN, 'CLOSED'],
    addsRisk: 'never',
    precedence: 'over all',
  },
  RE_ADD: { order: 'add to position', wantedIn: ['HEALTHY'], addsRisk: 'always', precedence: 'usual' },
} as const satisfies Readonly<Record<ActionType, ActionSpec>>;

export function specOf(type: ActionType): ActionSpec {
  return ACTION_SPECS[type];
}

/** Whether it is still wanted in a state of its trade: what a protective rule decided is as long as the trade is open. */
export function isWanted(
  { type, rule }: { readonly type: ActionType; readonly rule: string },
  state: State,
): boolean {
  return specOf(type).wantedIn.includes(state) || (rule !== '' && state !== 'CLOSED');
}

export function orderKindOf(type: ActionType): OrderKind {
  return ACTION_SPECS[type].order;
}

export function movesOf(type: ActionType): OrderSpec['moves'] {
  return ORDERS[ACTION_SPECS[type].order].moves;
}

export function dealsOf(type: ActionType): OrderSpec['deals'] {
  return ORDERS[ACTION_SPECS[type].order].deals;
}

/** Whether it moves the trade's own stop; at most one of these is PENDING. */
export function movesStop({ type }: { readonly type: ActionType }): boolean {
  return movesOf(type) === 'stop';
}

const FIELDS = { stop: 'STOP_LOSS', volume: 'VOLUME', hedge: null } as const;

/** The field of the trade it changes; null for one that only concerns the hedge. */
export function fieldOf(type: ActionType): TradeField | null {
  return FIELDS[movesOf(type)];
}

const FLAGS = Object.fromEntries(ACTION_TYPES.map((type) => [type, `action.${type}`])) as Readonly<
  Record<ActionType, FlagName>
>;

/** The feature flag that switches it off. */
export function flagOf(type: ActionType): FlagName {
  return FLAGS[type];
}
