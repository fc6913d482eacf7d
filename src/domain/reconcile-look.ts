// What one trade is reconciled with, and the words the checks of its position and of its hedge share.
import type { BrokerPosition } from './broker.js';
import type { Reported, Scene } from './commands.js';
import { isUnquiet, type Scrutiny } from './evidence.js';
import { volumeSum } from './quantise.js';
import { nextVersion } from './trade.js';
import type { ActionType, Drift, Trade, TradeEvent } from './types.js';

/** What the broker shows of a trade; null where it shows nothing. */
export interface Sighting {
  readonly position: BrokerPosition | null;
  readonly leg: BrokerPosition | null;
}

export interface Look extends Sighting, Scrutiny {
  /** Broker time of the snapshot. */
  readonly at: number;
  readonly complete: boolean;
  readonly scene: Scene;
}

export const NOTHING: Reported = { after: {}, changedFields: [], withdrawn: [] };

export function found(trade: Trade, drift: Drift, change: Reported, note: string, at: number): TradeEvent {
  const { after, changedFields, withdrawn } = change;
  return {
    trade: nextVersion(trade, after),
    at,
    change: { kind: 'reconciled', drift, changedFields, note, withdrawn },
  };
}

/** True when the volume or the hedge changed after the snapshot, which says nothing of them then. */
export function isOutdated({ volumeChangedAt }: Trade, { at }: Look): boolean {
  return volumeChangedAt !== null && volumeChangedAt > at;
}

/** True while what orders of these change must not be read off: it has just changed, or is about to. */
export function isBusy(trade: Trade, types: ReadonlySet<ActionType>, look: Look): boolean {
  if (isOutdated(trade, look)) return true;
  return trade.actions.some((action) => types.has(action.type) && isUnquiet(action, look));
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
