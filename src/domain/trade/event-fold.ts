// Owns the one fold of a trade's events: the steps of its actions, and what becomes of the trade's own facts. It
// reads events as they are told, in a proto or in its JSON: the fields have the same names there, and only the
// types of their values differ.
import { isOpenStatus } from './action.js';

/** What the fold reads of an event's change; a kind of change that has none of it is `{}`. */
export interface ToldChange<A, P, R> {
  readonly planned?: readonly A[];
  readonly action?: A | undefined;
  readonly withdrawnActionIds?: readonly string[];
  readonly changedFields?: readonly string[];
  readonly position?: P | undefined;
  readonly riskDistance?: number | undefined;
  readonly closeReason?: R;
  readonly closePrice?: number | undefined;
}

interface ToldAction {
  readonly actionId: string;
  readonly result?: { readonly price?: number | undefined } | undefined;
}

/** One step of one action. */
export interface ToldStep<A> {
  readonly kind: 'planned' | 'moved' | 'withdrawn';
  readonly actionId: string;
  /** After the step, without the proto's prefix. */
  readonly status: string;
  /** null for one that is withdrawn, of which only the id is told. */
  readonly action: A | null;
}

/** The steps a change makes of actions, in their order: what is withdrawn makes room for what is planned. */
export function actionSteps<A extends ToldAction>(
  { withdrawnActionIds = [], planned = [], action }: ToldChange<A, unknown, unknown>,
  statusOf: (action: A) => string,
): readonly ToldStep<A>[] {
  const stepOf = (kind: 'planned' | 'moved', told: A): ToldStep<A> => ({
    kind,
    actionId: told.actionId,
    status: statusOf(told),
    action: told,
  });
  return [
    ...withdrawnActionIds.map(
      (actionId): ToldStep<A> => ({ kind: 'withdrawn', actionId, status: 'EXPIRED', action: null }),
    ),
    ...planned.map((told) => stepOf('planned', told)),
    ...(action === undefined ? [] : [stepOf('moved', action)]),
  ];
}

/** The open actions after these steps, in the order in which they were planned. */
export function openAfter<A extends ToldAction>(
  open: readonly A[],
  steps: readonly ToldStep<A>[],
): readonly A[] {
  let after = open;
  for (const { actionId, action, status } of steps) {
    const isKnown = after.some((each) => each.actionId === actionId);
    if (action === null || !isOpenStatus(status)) after = after.filter((each) => each.actionId !== actionId);
    else if (isKnown) after = after.map((each) => (each.actionId === actionId ? action : each));
    else after = [...after, action];
  }
  return after;
}

/** What a change tells of the trade itself; a field that is not there has not changed. */
export interface ToldFacts<P, R> {
  readonly risk?: number;
  readonly position?: P;
  readonly closed?: { readonly reason: R; readonly price: number | undefined };
  /** Told after the close: one that DTMS decided is recorded before the broker says at what price. */
  readonly closePrice?: number | undefined;
}

/** `state` is the trade's after the event, without the proto's prefix. */
export function toldFacts<A extends ToldAction, P, R>(
  { riskDistance, position, closeReason, closePrice, changedFields, action }: ToldChange<A, P, R>,
  state: string,
): ToldFacts<P, R> {
  return {
    ...(riskDistance !== undefined && { risk: riskDistance }),
    ...(position !== undefined && { position }),
    ...(closeReason !== undefined &&
      state === 'CLOSED' && { closed: { reason: closeReason, price: closePrice } }),
    ...(changedFields?.includes('close_price') && { closePrice: action?.result?.price }),
  };
}

/** Who made an update: the broker, or a feed that has another clock since, which changes nothing but deadlines. */
export function updatedBy(changedFields: readonly string[]): 'broker' | 'feed' {
  return changedFields.every((name) => name.endsWith('_timer_ends_at')) ? 'feed' : 'broker';
}
