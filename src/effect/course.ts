// Owns what a trade's events tell of its result: what went in and out of its positions at which price, what DTMS did to it and
// what others did. One fold, event by event in the order of the log.
import type { PositionNow, TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import {
  type Action,
  ActionOutcome,
  ActionStatus,
  ActionType,
  type CloseReason,
} from '../../gen/ts/dtms/v1/types.js';
import { volumeSum } from '../domain/actions/quantise.js';
import { railOf } from '../domain/changes/order-close.js';
import { type Direction, opposite } from '../domain/market/direction.js';
import { type ExactDecimal, plus } from '../domain/money/decimal.js';
import { lotFlow } from '../domain/money/worth.js';
import { openAfter } from '../domain/trade/event-fold.js';
import { DEFAULT_POLICY, type PolicyRef } from '../domain/trade/policy-ref.js';
import type { TradeSpec } from '../domain/trade/trade.js';
import { factsIn, stepsIn } from '../wire/told-event.js';
import { specFromProto } from '../wire/trade.js';

/** A trade's course so far. Prices are in quote currency, volumes in lots, times UTC ms. */
export interface Course {
  /** As it was registered first. */
  readonly spec: TradeSpec;
  readonly instrument: string;
  /** The version of its registration: netting may give a ticket to another trade. */
  readonly begunVersion: number;
  readonly openedAt: number;
  /** The policy that decides about it, since the last event. */
  readonly policy: string;
  /** Policies that were for it when it was registered and only observe. */
  readonly observing: readonly PolicyRef[];
  readonly parentTicket: bigint | null;
  /** R as a price distance; null while it is not known. */
  readonly risk: number | null;
  /** What came in less what went out, price times lots, hedges included; favourable is above 0. */
  readonly cash: ExactDecimal;
  /** Lots that went in or out, hedges included. */
  readonly traded: number;
  /** Lots that went in or out at a price nobody told. */
  readonly unpriced: number;
  /** What of it is open. */
  readonly position: Pick<PositionNow, 'volume' | 'stopLoss' | 'takeProfit' | 'hedge'>;
  /** Orders that DTMS, or a rail of the account, decided and that changed something at the broker. */
  readonly acts: number;
  /** Who ordered the close of its position, of DTMS or a person, that was carried out last; null before one. */
  readonly closeOrder: 'dtms' | 'person' | null;
  /** Fields of the position that others changed. */
  readonly othersChanged: readonly string[];
  /** Positions that DTMS opened beside it: trades of their own that belong to it. */
  readonly added: readonly bigint[];
  readonly openActions: readonly Action[];
  readonly closed: {
    readonly at: number;
    readonly reason: CloseReason;
    readonly price: number | null;
  } | null;
}

/** The courses under one ticket, one after another. @throws RangeError where the first event is gone */
export function coursesOf(events: readonly TradeEvent[]): readonly Course[] {
  const courses: Course[] = [];
  for (const event of events) {
    const { change } = event;
    const begins = change?.$case === 'registered' && !change.value.adopted;
    const course = begins ? begun(event) : taken(courses.pop(), event);
    courses.push(course);
  }
  return courses;
}

/** Whether nothing of it can change any more at the broker, as far as is known. */
export function isOver({ closed, openActions, position }: Course): boolean {
  return closed !== null && openActions.length === 0 && position.hedge === undefined;
}

function begun(event: TradeEvent): Course {
  const { change } = event;
  if (change?.$case !== 'registered' || change.value.spec === undefined)
    throw new RangeError('a course begins with its registration');
  const { riskDistance, instrument, parentTicket, observing } = change.value;
  const spec = specFromProto(change.value.spec);
  const { direction, entryPrice, volume, stopLoss, takeProfit } = spec;
  return {
    spec,
    instrument,
    begunVersion: Number(event.tradeVersion),
    openedAt: spec.openedAt ?? timeOf(event),
    policy: event.policy?.name ?? DEFAULT_POLICY.name,
    observing: observing.map(({ name, version }) => ({ name, version: Number(version) })),
    parentTicket: parentTicket === 0n ? null : parentTicket,
    risk: riskDistance ?? null,
    cash: lotFlow(direction, -volume, entryPrice),
    traded: volume,
    unpriced: 0,
    position: {
      volume,
      stopLoss: stopLoss ?? undefined,
      takeProfit: takeProfit ?? undefined,
      hedge: undefined,
    },
    acts: 0,
    closeOrder: null,
    othersChanged: [],
    added: [],
    openActions: [],
    closed: null,
  };
}

function taken(before: Course | undefined, event: TradeEvent): Course {
  if (before === undefined) throw new RangeError('the first events are gone');
  const { change } = event;
  const { risk, closed, position, ...late } = factsIn(event);
  let course: Course = {
    ...before,
    policy: event.policy?.name ?? DEFAULT_POLICY.name,
    openActions: openAfter(before.openActions, stepsIn(event)),
  };
  if (risk !== undefined) course = { ...course, risk };
  if (change?.$case === 'actionChanged') course = acted(course, change.value.action, position);
  else if (position !== undefined) course = changedByOthers(course, position, exitOf(event));
  if (change?.$case === 'reopened') return { ...course, closed: null };
  if (closed !== undefined && course.closed === null)
    course = { ...course, closed: { at: timeOf(event), reason: closed.reason, price: closed.price ?? null } };
  if (course.closed !== null && 'closePrice' in late) {
    const price = late.closePrice ?? null;
    course = { ...course, closed: { ...course.closed, at: timeOf(event), price } };
  }
  return course;
}

/** An action has ended: what its order changed at the broker. */
function acted(course: Course, action: Action | undefined, after: PositionNow | undefined): Course {
  if (action?.status !== ActionStatus.DONE) return course;
  const { price, outcome, openedTicket = 0n } = action.result ?? {};
  const decider = action.orderedBy === '' || railOf(action) !== null ? 'dtms' : 'person';
  const isAct = decider === 'dtms' && outcome !== ActionOutcome.NO_CHANGE;
  const opensOwn =
    action.type === ActionType.RE_ADD && openedTicket !== 0n && openedTicket !== course.spec.ticket;
  return moved(
    {
      ...course,
      acts: course.acts + (isAct ? 1 : 0),
      closeOrder: action.type === ActionType.CLOSE_ALL ? decider : course.closeOrder,
      added: opensOwn ? [...course.added, openedTicket] : course.added,
    },
    after,
    price ?? null,
  );
}

/** The position after an order at this price. */
function moved(course: Course, after: PositionNow | undefined, price: number | null): Course {
  if (after === undefined) return course;
  const { spec, position } = course;
  const own = traded(course, spec.direction, volumeSum(after.volume, -position.volume), price);
  return { ...hedged(own, after, price), position: positionOf(after) };
}

/** What went in (above 0) or out of a position, at a price that is told or not. */
function traded(course: Course, direction: Direction, lots: number, price: number | null): Course {
  if (lots === 0) return course;
  const volume = Math.abs(lots);
  const known = { ...course, traded: course.traded + volume };
  if (price === null) return { ...known, unpriced: course.unpriced + volume };
  return { ...known, cash: plus(course.cash, lotFlow(direction, -lots, price)) };
}

/** A hedge that opened, grew, shrank or is gone. */
function hedged(course: Course, { hedge: after }: Pick<PositionNow, 'hedge'>, price: number | null): Course {
  const { hedge: before } = course.position;
  const lots = volumeSum(after?.volume ?? 0, -(before?.volume ?? 0));
  // Of one that opens the leg says its entry.
  const at = before === undefined && after !== undefined ? after.entryPrice : price;
  return traded(course, opposite(course.spec.direction), lots, at);
}

/** At which lots were closed that the broker does not show any more; null where no deal told. */
function exitOf({ change }: TradeEvent): number | null {
  return change?.$case === 'reconciled' ? (change.value.exitPrice ?? null) : null;
}

/** The broker shows the position another way, and no order of DTMS did it. */
function changedByOthers(course: Course, after: PositionNow, exit: number | null): Course {
  const { position, spec } = course;
  const fields = [
    ...(after.volume === position.volume ? [] : ['volume']),
    ...(after.stopLoss === position.stopLoss ? [] : ['stop_loss']),
    ...(after.takeProfit === position.takeProfit ? [] : ['take_profit']),
  ];
  const own = traded(course, spec.direction, volumeSum(after.volume, -position.volume), exit);
  // A hedge that the broker ended was ended by its stop, where no deal tells its price: an older program told none.
  const hedgeStop = exit ?? (after.hedge === undefined ? (position.hedge?.stopLoss ?? null) : null);
  return {
    ...hedged(own, after, hedgeStop),
    othersChanged: [...new Set([...course.othersChanged, ...fields])],
    position: positionOf(after),
  };
}

function positionOf({ volume, stopLoss, takeProfit, hedge }: PositionNow): Course['position'] {
  return { volume, stopLoss, takeProfit, hedge };
}

const timeOf = ({ occurredAt }: TradeEvent): number => occurredAt?.getTime() ?? 0;
