// Owns who may change a trade's stop, target and volume: the priorities of the managers, who owns a field
// now, and why a manager may not have it. Modification leases themselves are in modifications.ts.  A trade's
// `owners` hold, per field, at most one owner (the last manager that committed) and at most one lease. A
// lease that is committed makes its holder the owner, so the two are one entry then; a lease that is not
// committed stands beside the owner's entry and takes nothing away from it.  DTMS's own actions ask for no
// modification lease: they have leases of their own. Its name cannot be used by a client: asking under it is
// refused as UNKNOWN_MANAGER, like any name nobody registered.

import type { Rules } from '../rules.js';
import type { Action } from '../trade/action.js';
import { fieldOf } from '../trade/action-specs.js';
import { type FieldOwner, type ModificationLease, TRADE_FIELDS, type TradeField } from '../trade/owner.js';
import type { State } from '../trade/state.js';
import type { Trade } from '../trade/trade.js';

export const DTMS_MANAGER = 'dtms_manager';

export type OwnershipRules = Rules['ownership'];

/** Why a manager may not do what it asks for. Times are database time. */
export type OwnershipRefusal =
  | { readonly kind: 'UNKNOWN_MANAGER'; readonly manager: string }
  | { readonly kind: 'TRADE_CLOSED' }
  | {
      readonly kind: 'FIELD_OWNED';
      readonly field: TradeField;
      readonly owner: string;
      readonly state: State;
    }
  | {
      readonly kind: 'MODIFICATION_UNDER_WAY';
      readonly field: TradeField;
      readonly owner: string;
      /** When it ends at the latest; null when that is not known. */
      readonly endsAt: number | null;
    }
  | { readonly kind: 'MODIFICATION_LOST'; readonly token: number }
  | { readonly kind: 'WOULD_LOOSEN'; readonly stopLoss: number; readonly value: number }
  /** A stop beyond the price it is compared with. */
  | { readonly kind: 'STOP_ON_WRONG_SIDE'; readonly value: number; readonly price: number }
  /** A field of the request that cannot be as it is. */
  | { readonly kind: 'INVALID'; readonly requestField: 'value' | 'applied'; readonly note: string };

/** DTMS owns every field of a trade it defends. */
export function isDefensive(state: State): boolean {
  return state === 'WARNING_L2' || state === 'HEDGED';
}

/** A manager's priority while a trade is in a state; null for one that is not registered. */
export function rankOf(manager: string, state: State, rules: OwnershipRules): number | null {
  if (manager === DTMS_MANAGER) return isDefensive(state) ? rules.dtmsDefensive : rules.dtmsOtherwise;
  return Object.hasOwn(rules.managers, manager) ? (rules.managers[manager] ?? null) : null;
}

/** The same for an owner: one that is not registered any more has no priority left. */
function priorityOf(owner: string, state: State, rules: OwnershipRules): number {
  return rankOf(owner, state, rules) ?? Number.NEGATIVE_INFINITY;
}

/** The action of DTMS on a field that a bridge has, or may have done; null for none. */
function actionInFlight(trade: Trade, field: TradeField): Action | null {
  return (
    trade.actions.find(
      ({ type, status }) =>
        fieldOf(type) === field && (status === 'LEASED' || status === 'EXECUTING' || status === 'IN_DOUBT'),
    ) ?? null
  );
}

/** An entry of `owners` that holds a lease. */
export interface LeasedField extends FieldOwner {
  readonly lease: ModificationLease;
}

export const isLeased = (entry: FieldOwner): entry is LeasedField => entry.lease !== null;

/** The modification of a field under way at database time `now`; null when there is none. */
export function liveLease(trade: Trade, field: TradeField, now: number): LeasedField | null {
  const found = trade.owners.filter(isLeased).find((entry) => entry.field === field);
  return found !== undefined && found.lease.endsAt > now ? found : null;
}

/** The last manager that committed a modification of a field and has not given it up; null for none. */
export function recordedOwner(trade: Trade, field: TradeField): string | null {
  const owns = ({ lease }: FieldOwner): boolean => lease === null || lease.committed;
  return trade.owners.find((entry) => entry.field === field && owns(entry))?.manager ?? null;
}

/** Who owns a field; null for nobody. */
export function ownerOf(trade: Trade, field: TradeField): string | null {
  if (trade.state === 'CLOSED') return null;
  if (isDefensive(trade.state) || actionInFlight(trade, field) !== null) return DTMS_MANAGER;
  return recordedOwner(trade, field);
}

/**
 * The owners as they are shown: one entry per field that has one. While a manager has a field on lease
 * and may still commit, it is the one that is shown. Leases that ended by `now` (database time) are left
 * out; by default none are.
 */
export function ownersOf(trade: Trade, now = Number.NEGATIVE_INFINITY): readonly FieldOwner[] {
  if (trade.state === 'CLOSED') return [];
  return TRADE_FIELDS.flatMap((field): FieldOwner[] => {
    const leased = liveLease(trade, field, now);
    const holds = leased?.lease.committed || leased?.lease.overridden || !isDefensive(trade.state);
    if (leased !== null && holds) return [leased];
    const manager = ownerOf(trade, field);
    return manager === null ? [] : [{ field, manager, lease: null }];
  });
}

/** What a manager wants: a lease on a field, or to commit the one it has. */
export interface Claim {
  readonly manager: string;
  readonly field: TradeField;
  /** The lease it has already; null when it asks for one. */
  readonly token: number | null;
  /** A person passes over priority. */
  readonly overridden: boolean;
}

/**
 * Why a claim fails at database time `now`; null when nothing stands against it. Nothing passes over a
 * modification that has reached the broker or may have: a committed lease, an action of DTMS that a
 * bridge has. An override passes over every owner and over leases that are not committed; only another
 * override, or the same manager, takes its lease away.
 */
export function obstacleTo(
  claim: Claim,
  trade: Trade,
  now: number,
  rules: OwnershipRules,
): OwnershipRefusal | null {
  const { manager, field, token, overridden } = claim;
  const { state } = trade;
  const rank = manager === DTMS_MANAGER ? null : rankOf(manager, state, rules);
  if (rank === null) return { kind: 'UNKNOWN_MANAGER', manager };
  if (state === 'CLOSED') return { kind: 'TRADE_CLOSED' };
  const owned = (owner: string): OwnershipRefusal => ({ kind: 'FIELD_OWNED', field, owner, state });
  if (isDefensive(state) && !overridden) return owned(DTMS_MANAGER);

  const underWay = (owner: string, endsAt: number | null): OwnershipRefusal => ({
    kind: 'MODIFICATION_UNDER_WAY',
    field,
    owner,
    endsAt,
  });
  const action = actionInFlight(trade, field);
  if (action !== null) return underWay(DTMS_MANAGER, action.lease?.endsAt ?? null);
  const live = liveLease(trade, field, now);
  const leased = live !== null && live.lease.token !== token ? live : null;
  if (leased?.lease.committed) return underWay(leased.manager, leased.lease.endsAt);

  if (overridden) return null;
  const outranks = (other: string): boolean => rank > priorityOf(other, state, rules);
  const owner = recordedOwner(trade, field);
  if (owner !== null && owner !== manager && !outranks(owner)) return owned(owner);
  if (leased === null || leased.manager === manager) return null;
  const kept = leased.lease.overridden || !outranks(leased.manager);
  return kept ? underWay(leased.manager, leased.lease.endsAt) : null;
}

/** What stands against a manager on each field; null where it would get a lease. */
export function permissionsOf(
  manager: string,
  trade: Trade,
  now: number,
  rules: OwnershipRules,
): readonly { readonly field: TradeField; readonly refusal: OwnershipRefusal | null }[] {
  return TRADE_FIELDS.map((field) => ({
    field,
    refusal: obstacleTo({ manager, field, token: null, overridden: false }, trade, now, rules),
  }));
}

/** Whether DTMS may plan, or go on with, an action; if not, who owns the field. */
export type DtmsPermission =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly owner: string; readonly note: string };

/**
 * Whether DTMS has priority on a field of a trade in `state` (of a transition: the state it leads to).
 * A DTMS that is not defending must leave alone what a manager of higher priority owns.
 */
export function mayDtmsModify(
  trade: Trade,
  field: TradeField,
  state: State,
  rules: OwnershipRules,
): DtmsPermission {
  const owner = recordedOwner(trade, field);
  if (owner === null || !outranksDtms(owner, state, rules)) return { allowed: true };
  return { allowed: false, owner, note: `${owner} owns the ${WORDS[field]}` };
}

/**
 * The manager's modification that DTMS must wait for at database time `now` before a bridge may begin
 * on a field: one that is committed, or one of higher priority; null when there is none. A lease that is
 * not committed and has no priority is not waited for: its commit will be refused.
 */
export function modificationToAwait(
  trade: Trade,
  field: TradeField,
  now: number,
  rules: OwnershipRules,
): LeasedField | null {
  const leased = liveLease(trade, field, now);
  if (leased === null) return null;
  const { committed, overridden } = leased.lease;
  return committed || overridden || outranksDtms(leased.manager, trade.state, rules) ? leased : null;
}

function outranksDtms(manager: string, state: State, rules: OwnershipRules): boolean {
  const dtms = isDefensive(state) ? rules.dtmsDefensive : rules.dtmsOtherwise;
  return priorityOf(manager, state, rules) > dtms;
}

const WORDS: Readonly<Record<TradeField, string>> = {
  STOP_LOSS: 'stop',
  TAKE_PROFIT: 'target',
  VOLUME: 'volume',
};

/** A refusal in words. */
export function refusalText(refusal: OwnershipRefusal): string {
  switch (refusal.kind) {
    case 'UNKNOWN_MANAGER':
      return `no manager ${refusal.manager} is registered`;
    case 'TRADE_CLOSED':
      return 'the trade is closed';
    case 'FIELD_OWNED':
      return `${refusal.owner} owns the ${WORDS[refusal.field]} of a trade in ${refusal.state}`;
    case 'MODIFICATION_UNDER_WAY':
      return `${refusal.owner} is modifying the ${WORDS[refusal.field]}`;
    case 'MODIFICATION_LOST':
      return `the modification lease ${refusal.token} is lost`;
    case 'WOULD_LOOSEN':
      return `a stop of ${refusal.value} would be looser than ${refusal.stopLoss}`;
    case 'STOP_ON_WRONG_SIDE':
      return `a stop of ${refusal.value} is beyond the price ${refusal.price}`;
    case 'INVALID':
      return refusal.note;
  }
}
