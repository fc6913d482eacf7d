// Owns what one trade is reconciled with, and the words the checks of its position and of its hedge share.

import type { Effects } from '../actions/broker-update.js';
import type { TradeContext } from '../actions/context.js';
import { isUnquiet, type Scrutiny } from '../actions/evidence.js';
import { volumeSum } from '../actions/quantise.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import { type ActionType, movesOf } from '../trade/action-specs.js';
import type { Drift, TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { nextVersion } from '../trade/version.js';
import type { DealView } from './ending.js';

/** What the broker shows of a trade; null where it shows nothing. */
export interface Sighting {
  readonly position: BrokerPosition | null;
  readonly leg: BrokerPosition | null;
}

export interface Look extends Sighting, Scrutiny, DealView {
  /** Broker time of the snapshot. */
  readonly at: number;
  /** When it was taken, to be compared with what DTMS dates; see `takenAtOf`. */
  readonly takenAt: number;
  readonly complete: boolean;
  /** When the volume of the trade was told before anything was settled with this snapshot; null where it never was. */
  readonly volumeToldAt: number | null;
  readonly context: TradeContext;
  /** Whether a complete snapshot came before in this term: another server's may be this very one, sent again. */
  readonly confirms: boolean;
  /** Why a position that is gone is not taken for gone yet; null when it is. */
  readonly held: string | null;
  /** How late, by its date, the account's last complete snapshot arrived, in ms; absent where none did. */
  readonly lastLag?: number | undefined;
}

/** Zones of time differ by quarters of an hour. What is late by less was on its way: a stalled line sends all it held at once. */
const LEAST_OFFSET_MS = 15 * 60_000;

/**
 * When a snapshot was taken, to be compared with what DTMS dates. A broker's clock may lag by hours, and for as long no later
 * snapshot would correct what an order changed. One that arrives later than any is on its way, and as late by its date as the
 * one before it did, was taken `doubtQuietMs` before it arrived at the earliest. Others are as old as they say.
 */
export function takenAtOf(
  trade: Trade,
  { broker, now, lastLag = 0 }: Pick<Look, 'broker' | 'now' | 'lastLag'>,
  { reference, rules }: Pick<TradeContext, 'reference' | 'rules'>,
): number {
  const { takenAt } = broker.snapshot;
  const lag = reference.clockOf(trade, { at: takenAt, now }) - takenAt;
  const { clockSkewMs } = rules.reconciliation;
  if (lag < LEAST_OFFSET_MS - clockSkewMs || Math.abs(lag - lastLag) > clockSkewMs) return takenAt;
  return takenAt + Math.max(0, lag - rules.actions.doubtQuietMs);
}

/** @param lots - the price those were closed at that are gone, null where there are none, or no deal tells; those that are back. */
export function found(
  trade: Trade,
  drift: Drift,
  change: Effects,
  note: string,
  at: number,
  { exitPrice = null, regained = 0 }: { readonly exitPrice?: number | null; readonly regained?: number } = {},
): TradeEvent {
  const { after, changedFields, withdrawn } = change;
  const lots = { ...(exitPrice === null ? {} : { exitPrice }), ...(regained > 0 ? { regained } : {}) };
  return {
    trade: nextVersion(trade, after),
    at,
    change: { kind: 'reconciled', drift, changedFields, note, withdrawn, ...lots },
  };
}

/** Whether a complete snapshot confirms what one before it missed: the same one again, or one at once, does not. */
export function isConfirmed(
  missingSince: number | null,
  { now, rules, confirms }: Pick<Look, 'now' | 'rules' | 'confirms'>,
): boolean {
  return confirms && missingSince !== null && now - missingSince >= rules.reconciliation.goneAfterMs;
}

/** True when the volume or the hedge changed after the snapshot, which says nothing of them then. */
export function isOutdated({ volumeChangedAt }: Trade, { takenAt }: Look): boolean {
  return volumeChangedAt !== null && volumeChangedAt > takenAt;
}

/** True while the volume, or the hedge, must not be read off: it has just changed, or is about to. */
export function isBusy(trade: Trade, what: 'volume' | 'hedge', look: Look): boolean {
  if (isOutdated(trade, look)) return true;
  return trade.actions.some((action) => movesOf(action.type) === what && isUnquiet(action, look));
}

/** True while a bridge is at the broker about it. */
export function isExecuting({ actions }: Trade, what: 'stop' | 'volume' | 'hedge'): boolean {
  return actions.some(({ type, status }) => movesOf(type) === what && status === 'EXECUTING');
}

export function hasOpen({ actions }: Trade, type: ActionType): boolean {
  return actions.some((action) => action.type === type);
}

/** It is a dead letter: to try again is a person's decision, or it would go on forever. */
export function wasRefused({ deadLetters }: Trade, type: ActionType): boolean {
  return deadLetters.some((action) => action.type === type);
}

export function sameVolume(a: number, b: number): boolean {
  return volumeSum(a, -b) === 0;
}
