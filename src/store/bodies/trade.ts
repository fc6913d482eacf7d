// Owns trades and actions as JSON text and back, without loss: 64-bit integers are texts, numbers are
// JavaScript's shortest exact form. -0 becomes 0, which is the same price.

import Type, { type Static } from 'typebox';
import { DIRECTIONS } from '../../domain/market/direction.js';
import { SIGNALS } from '../../domain/signals/signal.js';
import { ACTION_OUTCOMES, ACTION_STATUSES, type Action, HOLD_REASONS } from '../../domain/trade/action.js';
import { ACTION_TYPES } from '../../domain/trade/action-specs.js';
import { TRADE_FIELDS } from '../../domain/trade/owner.js';
import { CLOSE_REASONS, STATES } from '../../domain/trade/state.js';
import { TRADE_ORIGINS, type Trade } from '../../domain/trade/trade.js';
import {
  bodyReader,
  flag,
  format,
  int64,
  int64OrNull,
  number,
  numberOrNull,
  oneOf,
  orNull,
  text,
} from './body.js';
import { evaluation } from './evaluation.js';

const action1 = Type.Object({
  actionId: text,
  type: oneOf(ACTION_TYPES),
  plannedAt: number,
  stopLoss: numberOrNull,
  volume: numberOrNull,
  reduceOnly: flag,
  note: text,
  plannedIn: oneOf(STATES),
  status: oneOf(ACTION_STATUSES),
  attempts: number,
  notBefore: numberOrNull,
  lease: orNull(Type.Object({ token: number, bridge: text, endsAt: number })),
  begunAt: numberOrNull,
  begunBy: text,
  settleBy: numberOrNull,
  result: orNull(
    Type.Object({
      code: number,
      message: text,
      outcome: oneOf(ACTION_OUTCOMES),
      price: numberOrNull,
      volume: numberOrNull,
      stopLoss: numberOrNull,
      openedTicket: int64OrNull,
      dealTicket: int64OrNull,
    }),
  ),
  reason: text,
  // Absent in what was stored before there was any of it.
  hold: Type.Optional(orNull(oneOf(HOLD_REASONS))),
  orderedBy: Type.Optional(text),
  // Absent where no rule decided it.
  rule: Type.Optional(text),
  // Absent of what is no partial close, and of what was stored before there was any of it.
  leaves: Type.Optional(number),
  // Absent of what an older program planned.
  waitsSince: Type.Optional(number),
});

const trade1 = Type.Object({
  spec: Type.Object({
    account: text,
    ticket: int64,
    symbol: text,
    direction: oneOf(DIRECTIONS),
    entryPrice: number,
    volume: number,
    stopLoss: numberOrNull,
    takeProfit: numberOrNull,
    initialStopLoss: numberOrNull,
    openedAt: numberOrNull,
    feed: text,
    positionTicket: int64,
    magicNumber: int64,
    label: text,
  }),
  instrument: text,
  openedAt: number,
  state: oneOf(STATES),
  stateEnteredAt: number,
  risk: numberOrNull,
  riskEstimated: flag,
  volume: number,
  stopLoss: numberOrNull,
  takeProfit: numberOrNull,
  positionTicket: int64,
  closedVolume: number,
  hedge: orNull(
    Type.Object({
      ...{ ticket: int64, volume: number, entryPrice: number, stopLoss: numberOrNull },
      most: Type.Optional(number),
    }),
  ),
  monitoredSince: numberOrNull,
  pausedAt: numberOrNull,
  flatTimerEndsAt: numberOrNull,
  recoveryTimerEndsAt: numberOrNull,
  structureSeenAt: number,
  stopChangedAt: numberOrNull,
  volumeChangedAt: numberOrNull,
  actions: Type.Array(action1),
  deadLetters: Type.Array(action1),
  stopRejections: number,
  origin: oneOf(TRADE_ORIGINS),
  parentTicket: int64OrNull,
  owners: Type.Array(
    Type.Object({
      field: oneOf(TRADE_FIELDS),
      manager: text,
      lease: orNull(
        Type.Object({
          token: number,
          endsAt: number,
          value: numberOrNull,
          committed: flag,
          overridden: flag,
        }),
      ),
    }),
  ),
  missingSince: numberOrNull,
  hedgeMissingSince: numberOrNull,
  evaluationsBefore: number,
  countedFrom: numberOrNull,
  warnedFrom: numberOrNull,
  frozen: orNull(
    Type.Object({
      evaluation: orNull(evaluation),
      warnings: Type.Partial(Type.Record(oneOf(SIGNALS), number)),
    }),
  ),
  closeReason: orNull(oneOf(CLOSE_REASONS)),
  closedAt: numberOrNull,
  closePrice: numberOrNull,
  // Absent where the trade follows the documented plan, its rules have no wish, and nothing is owed to it.
  policy: Type.Optional(Type.Object({ name: text, version: number })),
  unmetWishes: Type.Optional(text),
  owed: Type.Optional(Type.Array(oneOf(ACTION_TYPES))),
  version: number,
});

const bigOrNull = (value: string | null): bigint | null => (value === null ? null : BigInt(value));

function actionOf(body: Static<typeof action1>): Action {
  const { leaves = null, waitsSince = null, ...before } = body;
  const { result, hold = null, orderedBy = '', rule = '' } = before;
  const known = { ...before, hold, orderedBy, rule, leaves, waitsSince };
  if (result === null) return { ...known, result };
  const { openedTicket, dealTicket } = result;
  return {
    ...known,
    result: { ...result, openedTicket: bigOrNull(openedTicket), dealTicket: bigOrNull(dealTicket) },
  };
}

function tradeOf(body: Static<typeof trade1>): Trade {
  const { spec, hedge } = body;
  return {
    ...body,
    spec: {
      ...spec,
      ticket: BigInt(spec.ticket),
      positionTicket: BigInt(spec.positionTicket),
      magicNumber: BigInt(spec.magicNumber),
    },
    positionTicket: BigInt(body.positionTicket),
    hedge: hedge === null ? null : { ...hedge, ticket: BigInt(hedge.ticket) },
    actions: body.actions.map(actionOf),
    deadLetters: body.deadLetters.map(actionOf),
    parentTicket: bigOrNull(body.parentTicket),
    policy: body.policy ?? null,
    unmetWishes: body.unmetWishes ?? '',
    owed: body.owed ?? [],
  };
}

/** The action encodeAction() wrote. @throws UnreadableBodyError */
export const decodeAction = bodyReader('action', [format(action1, actionOf)]);

/** The trade encodeTrade() wrote. @throws UnreadableBodyError */
export const decodeTrade = bodyReader('trade', [format(trade1, tradeOf)]);

/** The path of a number JSON cannot hold, which would come back as null; null when there is none. */
function unstorable(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : ` is ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const name in value) {
    const found = unstorable(value[name as keyof typeof value]);
    if (found !== null) return `.${name}${found}`;
  }
  return null;
}

const textOrNull = (value: bigint | null): string | null => (value === null ? null : String(value));

function storable(action: Action): object {
  const { result } = action;
  const known = {
    ...action,
    rule: action.rule || undefined,
    leaves: action.leaves ?? undefined,
    waitsSince: action.waitsSince ?? undefined,
  };
  if (result === null) return known;
  const { openedTicket, dealTicket } = result;
  return {
    ...known,
    result: { ...result, openedTicket: textOrNull(openedTicket), dealTicket: textOrNull(dealTicket) },
  };
}

/** @throws RangeError when a number of the action is not finite. */
export function encodeAction(action: Action): string {
  const found = unstorable(action);
  if (found !== null) throw new RangeError(`action${found}, which cannot be stored`);
  return JSON.stringify(storable(action));
}

/** @throws RangeError when a number of the trade is not finite. */
export function encodeTrade(trade: Trade): string {
  const found = unstorable(trade);
  if (found !== null) throw new RangeError(`trade${found}, which cannot be stored`);
  const { spec, hedge, actions, deadLetters, parentTicket } = trade;
  return JSON.stringify({
    ...trade,
    spec: {
      ...spec,
      ticket: String(spec.ticket),
      positionTicket: String(spec.positionTicket),
      magicNumber: String(spec.magicNumber),
    },
    positionTicket: String(trade.positionTicket),
    hedge: hedge === null ? null : { ...hedge, ticket: String(hedge.ticket) },
    actions: actions.map(storable),
    deadLetters: deadLetters.map(storable),
    parentTicket: textOrNull(parentTicket),
    policy: trade.policy ?? undefined,
    unmetWishes: trade.unmetWishes || undefined,
    owed: trade.owed.length === 0 ? undefined : trade.owed,
  });
}
