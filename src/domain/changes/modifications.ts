// Owns modification leases: a manager acquires a field, commits right before it touches the broker, and
// releases with what became of it. Each function is (trade, request, context) -> events or a refusal; who
// has priority is decided in ownership.ts.  At most one lease per field is in `owners`, and at most one
// commit is made under a lease. A lease is fenced by its token, the trade's version at which it was given,
// and by database time.

import { NO_UPDATE } from '../actions/broker-update.js';
import type { TradeContext } from '../actions/context.js';
import { unitsOf, volumeSum } from '../actions/quantise.js';
import { favourable } from '../market/direction.js';
import {
  isLeased,
  type LeasedField,
  liveLease,
  type OwnershipRefusal,
  obstacleTo,
  ownerOf,
} from '../ownership/ownership.js';
import type { TradeEvent } from '../trade/event.js';
import type { FieldOwner, ModificationLease, OwnershipStep, TradeField } from '../trade/owner.js';
import type { Trade } from '../trade/trade.js';
import { exitPriceOf, nextVersion } from '../trade/version.js';
import { closeTrade, updateTrade } from './commands.js';

/** What a modification needs beside the trade. */
export interface ModificationContext extends TradeContext {
  /** Database time, UTC ms: what leases are measured by. */
  readonly now: number;
  /** Market time, UTC ms: what events are dated by. */
  readonly at: number;
}

export interface Refused {
  readonly outcome: 'refused';
  readonly refusal: OwnershipRefusal;
}

/** No events: it was done before. */
export interface Done {
  readonly outcome: 'done';
  readonly events: readonly TradeEvent[];
}

export interface Granted extends Done {
  readonly lease: ModificationLease;
}

export interface AcquireRequest {
  readonly manager: string;
  readonly field: TradeField;
  /** How long the lease is to last; null means the configured default. */
  readonly leaseMs: number | null;
  /** A person's reason to pass over priority and the rule that a stop never loosens; null for none. */
  readonly override: { readonly by: string; readonly reason: string } | null;
}

export interface CommitRequest {
  readonly token: number;
  /** A price, or the volume in lots that will be left (0 closes); null removes a target. */
  readonly value: number | null;
}

export interface ReleaseRequest {
  readonly token: number;
  /** Whether the broker made the modification. */
  readonly applied: 'applied' | 'not_applied';
  /** Whether the manager stays the owner. */
  readonly ownership: 'keep' | 'give_up';
}

/** Grants a lease on a field. It takes away a lease that is not committed and has less priority. */
export function acquireModification(
  trade: Trade,
  request: AcquireRequest,
  context: ModificationContext,
): Granted | Refused {
  const { manager, field, override } = request;
  const { now, at } = context;
  const rules = context.rules.ownership;
  const claim = { manager, field, token: null, overridden: override !== null };
  const refusal = obstacleTo(claim, trade, now, rules);
  if (refusal !== null) return refused(refusal);

  const swept = sweepModifications(trade, now, at);
  const before = swept.at(-1)?.trade ?? trade;
  const displaced = liveLease(before, field, now);
  const lease: ModificationLease = {
    token: before.version + 1,
    endsAt: now + Math.min(request.leaseMs ?? rules.leaseMs, rules.maximumLeaseMs),
    value: null,
    committed: false,
    overridden: override !== null,
  };
  const owners = [...withoutLease(before, field), { field, manager, lease }];
  const notes = [
    ...(displaced === null ? [] : [`takes it from ${displaced.manager} (lease ${displaced.lease.token})`]),
    ...(override === null ? [] : [`override by ${override.by}: ${override.reason}`]),
  ];
  const granted = ownershipEvent(before, owners, at, 'GRANTED', { field, manager, lease }, notes.join('; '));
  return { outcome: 'done', events: [...swept, granted], lease };
}

/**
 * The last check before the broker is touched: the lease is live, the manager still has priority, and
 * the value is legal now. The same commit again is answered alike; another value is refused.
 */
export function commitModification(
  trade: Trade,
  { token, value }: CommitRequest,
  context: ModificationContext,
): Done | Refused {
  const { now, at, rules } = context;
  const leased = leaseNamed(trade, token, now);
  if ('outcome' in leased) return leased;
  const { field, manager, lease } = leased;
  if (lease.committed) {
    if (lease.value === value) return { outcome: 'done', events: [] };
    return invalid('value', `the lease was committed with ${lease.value ?? 'no target'} before`);
  }
  const claim = { manager, field, token, overridden: lease.overridden };
  const refusal = obstacleTo(claim, trade, now, rules.ownership) ?? faultOf(leased, value, trade, context);
  if (refusal !== null) return refused(refusal);

  const committed: LeasedField = { field, manager, lease: { ...lease, value, committed: true } };
  const owners = [...trade.owners.filter((entry) => entry.field !== field), committed];
  return { outcome: 'done', events: [ownershipEvent(trade, owners, at, 'COMMITTED', committed, '')] };
}

/**
 * Ends a lease. What was applied becomes the trade's own value; a volume of 0 closes the trade. A value
 * that would loosen the stop or add volume by now, because the broker's word overtook it, is left to the
 * next reconciliation.
 */
export function releaseModification(
  trade: Trade,
  { token, applied, ownership }: ReleaseRequest,
  context: ModificationContext,
): Done | Refused {
  const { now, at } = context;
  const leased = leaseNamed(trade, token, now);
  if ('outcome' in leased) return leased;
  const { field, manager, lease } = leased;
  if (applied === 'applied' && !lease.committed) {
    return invalid('applied', 'the lease was not committed, so nothing may have been modified under it');
  }
  const kept = lease.committed
    ? [...withoutLease(trade, field), { field, manager, lease: null }]
    : withoutLease(trade, field);
  const owners =
    ownership === 'keep' ? kept : kept.filter((entry) => entry.field !== field || entry.manager !== manager);
  const takes = applied === 'applied' && isStillTrue(leased, trade);
  const note = takes
    ? 'applied'
    : applied === 'applied'
      ? 'applied, but overtaken: the next reconciliation tells'
      : 'not applied';
  const released = ownershipEvent(trade, owners, at, 'RELEASED', leased, note);
  if (!takes) return { outcome: 'done', events: [released] };
  return { outcome: 'done', events: [released, ...adopted(released.trade, leased, context)] };
}

/** The leases that ended by database time `now`, one event each, dated by market time `at`. */
export function sweepModifications(trade: Trade, now: number, at: number): readonly TradeEvent[] {
  if (trade.state === 'CLOSED') return [];
  const events: TradeEvent[] = [];
  for (const entry of trade.owners.filter(isLeased)) {
    if (entry.lease.endsAt > now) continue;
    const before = events.at(-1)?.trade ?? trade;
    const { field, manager, lease } = entry;
    const owner: readonly FieldOwner[] = lease.committed ? [{ field, manager, lease: null }] : [];
    const owners = [...withoutLease(before, field), ...owner];
    const note = lease.committed
      ? 'the lease ended after the commit: the next reconciliation tells what became of it'
      : 'the lease ended';
    events.push(ownershipEvent(before, owners, at, 'LOST', entry, note));
  }
  return events;
}

/** Database time at which the first lease of a trade ends; Infinity when there is none. */
export function modificationsEndAt(trade: Trade): number {
  if (trade.state === 'CLOSED') return Number.POSITIVE_INFINITY;
  return Math.min(...trade.owners.filter(isLeased).map(({ lease }) => lease.endsAt));
}

const refused = (refusal: OwnershipRefusal): Refused => ({ outcome: 'refused', refusal });

const invalid = (requestField: 'value' | 'applied', note: string): Refused =>
  refused({ kind: 'INVALID', requestField, note });

/** The live lease a token names. */
function leaseNamed(trade: Trade, token: number, now: number): LeasedField | Refused {
  if (trade.state === 'CLOSED') return refused({ kind: 'TRADE_CLOSED' });
  const leased = trade.owners.filter(isLeased).find(({ lease }) => lease.token === token);
  if (leased === undefined || leased.lease.endsAt <= now)
    return refused({ kind: 'MODIFICATION_LOST', token });
  return leased;
}

/** The owners without the entry that holds the field's lease. */
function withoutLease(trade: Trade, field: TradeField): readonly FieldOwner[] {
  return trade.owners.filter((entry) => entry.field !== field || entry.lease === null);
}

function ownershipEvent(
  trade: Trade,
  owners: readonly FieldOwner[],
  at: number,
  step: OwnershipStep,
  { field, manager, lease }: LeasedField,
  note: string,
): TradeEvent {
  const after = nextVersion(trade, { owners });
  const owner = ownerOf(after, field) ?? '';
  const { token, value } = lease;
  return {
    trade: after,
    at,
    change: { kind: 'ownershipChanged', field, step, manager, token, value, owner, note },
  };
}

/** What is wrong with a value to be set; null when it is legal now. */
function faultOf(
  { field, lease }: LeasedField,
  value: number | null,
  trade: Trade,
  context: ModificationContext,
): OwnershipRefusal | null {
  const fault = (note: string): OwnershipRefusal => ({ kind: 'INVALID', requestField: 'value', note });
  if (value !== null && !Number.isFinite(value)) return fault('must be a finite number');
  switch (field) {
    case 'TAKE_PROFIT':
      return value === null || value > 0 ? null : fault('a target must be above 0, or absent');
    case 'STOP_LOSS':
      if (value === null || value <= 0) return fault('a stop must be above 0');
      return stopFault(value, lease, trade, context);
    case 'VOLUME':
      if (value === null) return fault('the volume that will be left is required');
      return isLegalVolume(value, trade, context) ? null : fault(volumeFault(value, trade, context));
  }
}

function stopFault(
  value: number,
  { overridden }: ModificationLease,
  trade: Trade,
  { facts }: ModificationContext,
): OwnershipRefusal | null {
  const { stopLoss } = trade;
  if (!overridden && stopLoss !== null && loosens(value, trade)) {
    return { kind: 'WOULD_LOOSEN', stopLoss, value };
  }
  const price = exitPriceOf(trade, facts);
  if (price === null || favourable(trade.spec.direction) * (price - value) > 0) return null;
  return { kind: 'STOP_ON_WRONG_SIDE', value, price };
}

function loosens(value: number, { spec, stopLoss }: Trade): boolean {
  return stopLoss !== null && favourable(spec.direction) * (value - stopLoss) < 0;
}

/** What is left and what is closed are on the step, and neither is below the broker's minimum. */
function isLegalVolume(value: number, trade: Trade, { reference }: ModificationContext): boolean {
  if (value === trade.volume || value === 0) return true;
  const { volumeMin, volumeStep } = reference.terms(trade.spec.account, trade.spec.symbol);
  const onStep = unitsOf(value, volumeStep, 'down') === unitsOf(value, volumeStep, 'up');
  return onStep && value >= volumeMin && volumeSum(trade.volume, -value) >= volumeMin;
}

function volumeFault(value: number, trade: Trade, { reference }: ModificationContext): string {
  const { volumeMin, volumeStep } = reference.terms(trade.spec.account, trade.spec.symbol);
  return `${value} of ${trade.volume} lots is not a volume that can be left: the step is ${volumeStep}, the minimum ${volumeMin}`;
}

/** Whether an applied value still goes the way it did when it was committed. */
function isStillTrue({ field, lease }: LeasedField, trade: Trade): boolean {
  const { value, overridden } = lease;
  switch (field) {
    case 'TAKE_PROFIT':
      return true;
    case 'STOP_LOSS':
      return value !== null && (overridden || !loosens(value, trade));
    case 'VOLUME':
      return value !== null && value <= trade.volume;
  }
}

/** The applied value as the trade's own. */
function adopted(
  trade: Trade,
  { field, manager, lease }: LeasedField,
  context: ModificationContext,
): readonly TradeEvent[] {
  const { value } = lease;
  const { at } = context;
  const told = value ?? 'removed';
  switch (field) {
    case 'STOP_LOSS':
      return updateTrade(trade, { ...NO_UPDATE, stopLoss: told }, at, context, manager);
    case 'TAKE_PROFIT':
      return updateTrade(trade, { ...NO_UPDATE, takeProfit: told }, at, context, manager);
    case 'VOLUME':
      return value === 0
        ? [closeTrade(trade, { reason: 'REQUESTED', price: null }, at, context)]
        : updateTrade(trade, { ...NO_UPDATE, volume: value }, at, context, manager);
  }
}
