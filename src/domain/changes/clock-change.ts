// Owns what becomes of a trade's deadlines when its feed is told to be of another kind: they are of the one clock, and go on by the
// other. What remains of a timer remains, whichever clock is ahead, and a stop was changed as long ago as before.
import type { Rules } from '../rules.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { nextVersion } from '../trade/version.js';

/** What both kinds of feed would say at one moment. UTC ms. */
export interface ClockChange {
  /** Market time: its newest data's. */
  readonly asOf: number;
  /** What timers ran on, and what they run on from now on. */
  readonly from: number;
  readonly to: number;
}

/** The trade by its feed's other clock; no event where none of its deadlines matters. */
export function clockChanged(
  trade: Trade,
  change: ClockChange,
  at: number,
  { actions: { minimumIntervalMs } }: Rules,
): readonly TradeEvent[] {
  const { flatTimerEndsAt, recoveryTimerEndsAt, stopChangedAt } = trade;
  const ahead = change.to - change.from;
  if (trade.state === 'CLOSED' || ahead === 0) return [];
  const moved = (endsAt: number | null): number | null => (endsAt === null ? null : endsAt + ahead);
  const after = {
    flatTimerEndsAt: moved(flatTimerEndsAt),
    recoveryTimerEndsAt: moved(recoveryTimerEndsAt),
    stopChangedAt: stopChangedAfter(stopChangedAt, change, minimumIntervalMs),
  };
  const changedFields = TIMERS.flatMap(([name, field]) => (trade[field] === null ? [] : [name]));
  if (changedFields.length === 0 && after.stopChangedAt === stopChangedAt) return [];
  return [
    {
      trade: nextVersion(trade, after),
      at,
      change: { kind: 'updated', changedFields, withdrawn: [], manager: '' },
    },
  ];
}

/** A stop that was changed by a broker has the feed's clock where that is ahead of the market's. */
function stopChangedAfter(
  changedAt: number | null,
  { asOf, from, to }: ClockChange,
  interval: number,
): number | null {
  if (changedAt === null) return null;
  const age = (changedAt <= asOf ? asOf : from) - changedAt;
  const ageThen = (changedAt <= asOf ? asOf : to) - changedAt;
  return Math.max(age, 0) >= interval && ageThen >= interval ? changedAt : to - age;
}

const TIMERS = [
  ['flat_timer_ends_at', 'flatTimerEndsAt'],
  ['recovery_timer_ends_at', 'recoveryTimerEndsAt'],
] as const;
