// Owns what exit managers ask about a trade, and the answers: pure, from what DTMS said last.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { Ownership } from '../../gen/ts/dtms/v1/ownership_service.js';
import { TradeField, TradeState } from '../../gen/ts/dtms/v1/types.js';

/**
 * What a manager wants to do: change a field as it likes, or one of three things a manager does with it.
 * `breakeven` and `trailing` move the stop, `partial_profit` reduces the volume.
 */
export type Modification =
  | 'stop_loss'
  | 'take_profit'
  | 'volume'
  | 'breakeven'
  | 'trailing'
  | 'partial_profit';

/**
 * How an answer came about: `fresh` was asked for now, `cached` is younger than the cache's time,
 * `last_known` is what DTMS said last before it could not be reached, `conservative` is the rule for when
 * that is too old or was never known.
 */
export type AnswerSource = 'fresh' | 'cached' | 'last_known' | 'conservative';

/** Where an answer comes from and how old it is. */
export interface Provenance {
  readonly source: AnswerSource;
  /** Since DTMS was asked, in ms; null when nothing is known. */
  readonly ageMs: number | null;
}

/** Whether DTMS defends a trade. */
export interface DefensiveAnswer extends Provenance {
  /** True in WARNING_L2 and HEDGED, and by the conservative rule. */
  readonly defensive: boolean;
  /** UNSPECIFIED when it is not known, or DTMS does not know the trade. */
  readonly state: TradeState;
}

/** Whether a manager may modify a trade now. A lease is asked for with acquireModification. */
export interface PermissionAnswer extends Provenance {
  readonly allowed: boolean;
  /** Who owns the field, when that is another; empty otherwise. */
  readonly owner: string;
  /** Why not, for programs; UNSPECIFIED when it is allowed, and by the conservative rule. */
  readonly reason: ErrorReason;
  /** The same for a person. */
  readonly note: string;
}

/** What DTMS said of a trade; null when it does not know the trade. */
export type Known = Ownership | null;

const FIELDS: Readonly<Record<Modification, TradeField>> = {
  stop_loss: TradeField.STOP_LOSS,
  breakeven: TradeField.STOP_LOSS,
  trailing: TradeField.STOP_LOSS,
  take_profit: TradeField.TAKE_PROFIT,
  volume: TradeField.VOLUME,
  partial_profit: TradeField.VOLUME,
};

/** What may be done to a trade nobody can be asked about: only what takes risk off it. */
const CONSERVATIVE: ReadonlySet<Modification> = new Set(['breakeven', 'partial_profit']);

const DTMS = 'dtms_manager';

/** The answer from what DTMS said. */
export function permissionOf(
  known: Known,
  modification: Modification,
  provenance: Provenance,
): PermissionAnswer {
  if (known === null) {
    const note = 'DTMS does not know the trade';
    return { ...provenance, allowed: false, owner: '', reason: ErrorReason.TRADE_NOT_FOUND, note };
  }
  const field = FIELDS[modification];
  const permission = known.permissions.find((entry) => entry.field === field);
  if (permission === undefined) return conservativePermission(modification, provenance.ageMs);
  const { allowed, owner, reason, note } = permission;
  return { ...provenance, allowed, owner, reason, note };
}

/** The answer without DTMS. */
export function conservativePermission(modification: Modification, ageMs: number | null): PermissionAnswer {
  const allowed = CONSERVATIVE.has(modification);
  const note = `DTMS is not reached: ${allowed ? 'it only takes risk off the trade' : 'refused until it is'}`;
  return { source: 'conservative', ageMs, allowed, owner: '', reason: ErrorReason.UNSPECIFIED, note };
}

export function defensiveOf(known: Known, provenance: Provenance): DefensiveAnswer {
  return {
    ...provenance,
    defensive: known?.defensive ?? false,
    state: known?.state ?? TradeState.UNSPECIFIED,
  };
}

/** Without DTMS a trade counts as defended. */
export function conservativeDefensive(ageMs: number | null): DefensiveAnswer {
  return { source: 'conservative', ageMs, defensive: true, state: TradeState.UNSPECIFIED };
}

/**
 * What is known after an event said that a trade is in a state: who may do what is not known before DTMS is
 * asked again, but in a defensive state and in CLOSED nobody may do anything.
 */
export function afterState(known: Ownership, state: TradeState, version: bigint): Ownership {
  const defensive = state === TradeState.WARNING_L2 || state === TradeState.HEDGED;
  const moved = { ...known, state, defensive, tradeVersion: version };
  if (!defensive && state !== TradeState.CLOSED) return moved;
  const refusal = defensive
    ? { owner: DTMS, reason: ErrorReason.FIELD_OWNED, note: 'DTMS defends the trade' }
    : { owner: '', reason: ErrorReason.TRADE_CLOSED, note: 'the trade is closed' };
  const permissions = known.permissions.map(({ field }) => ({ field, allowed: false, ...refusal }));
  return { ...moved, owners: [], permissions };
}
