// Owns trades and actions as bytes and back. Their shapes are the domain's own types: a field the domain has and a shape
// lacks does not compile. A new field stands at the end of its record, as `since(what it was before, its shape)`; anything
// else needs another format.

import { FLAG_NAMES, FLAG_REASONS, type FlagDecision } from '../../domain/flags/flag.js';
import { DIRECTIONS } from '../../domain/market/direction.js';
import {
  CONFLUENCES,
  type Evaluation,
  SIGNALS,
  type SignalContribution,
} from '../../domain/signals/signal.js';
import {
  ACTION_OUTCOMES,
  ACTION_STATUSES,
  type Action,
  type ActionLease,
  type ActionResult,
  HOLD_REASONS,
} from '../../domain/trade/action.js';
import { ACTION_TYPES } from '../../domain/trade/action-specs.js';
import { type FieldOwner, type ModificationLease, TRADE_FIELDS } from '../../domain/trade/owner.js';
import type { PolicyRef } from '../../domain/trade/policy-ref.js';
import { CLOSE_REASONS, STATES } from '../../domain/trade/state.js';
import {
  type FrozenEvaluation,
  type Hedge,
  TRADE_ORIGINS,
  type Trade,
  type TradeSketch,
  type TradeSpec,
} from '../../domain/trade/trade.js';
import { BRIEF_LEVEL } from './brief-event.js';
import {
  flag,
  int64,
  list,
  map,
  name,
  number,
  numberOrNull,
  optional,
  orNull,
  record,
  since,
  text,
  word,
} from './packed.js';
import { packedBody } from './packed-body.js';
import { decodeAction, decodeTrade } from './trade.js';
import { WORDS } from './words.js';

const int64OrNull = orNull(int64);
const state = word(STATES, WORDS);
const signal = word(SIGNALS, WORDS);

const action = record<Action>({
  actionId: text,
  type: word(ACTION_TYPES, WORDS),
  plannedAt: number,
  stopLoss: numberOrNull,
  volume: numberOrNull,
  reduceOnly: flag,
  note: text,
  plannedIn: state,
  status: word(ACTION_STATUSES, WORDS),
  attempts: number,
  notBefore: numberOrNull,
  lease: orNull(record<ActionLease>({ token: number, bridge: name, endsAt: number })),
  begunAt: numberOrNull,
  begunBy: text,
  settleBy: numberOrNull,
  result: orNull(
    record<ActionResult>({
      code: number,
      message: text,
      outcome: word(ACTION_OUTCOMES, WORDS),
      price: numberOrNull,
      volume: numberOrNull,
      stopLoss: numberOrNull,
      openedTicket: int64OrNull,
      dealTicket: int64OrNull,
    }),
  ),
  reason: text,
  hold: orNull(word(HOLD_REASONS, WORDS)),
  orderedBy: text,
  rule: since('', text),
  leaves: since(null, numberOrNull),
  waitsSince: since(null, numberOrNull),
});

const flagDecision = record<FlagDecision>({
  flag: word(FLAG_NAMES, WORDS),
  variant: text,
  reason: word(FLAG_REASONS, WORDS),
  note: text,
});

const evaluation = record<Evaluation>({
  at: number,
  score: numberOrNull,
  confluence: word(CONFLUENCES, WORDS),
  signals: list(
    record<SignalContribution>({
      signal,
      available: flag,
      raw: number,
      capped: number,
      multiplier: number,
      contribution: number,
      reason: text,
      switchedOff: optional(flagDecision),
    }),
  ),
  vwapVolumeFlipAgainst: flag,
});

const spec = record<TradeSpec>({
  account: name,
  ticket: int64,
  symbol: name,
  direction: word(DIRECTIONS, WORDS),
  entryPrice: number,
  volume: number,
  stopLoss: numberOrNull,
  takeProfit: numberOrNull,
  initialStopLoss: numberOrNull,
  openedAt: numberOrNull,
  feed: name,
  positionTicket: int64,
  magicNumber: int64,
  label: name,
});

const owner = record<FieldOwner>({
  field: word(TRADE_FIELDS, WORDS),
  manager: name,
  lease: orNull(
    record<ModificationLease>({
      token: number,
      endsAt: number,
      value: numberOrNull,
      committed: flag,
      overridden: flag,
    }),
  ),
});

/**
 * What changes often stands first and what never does last: of a row that changes, Postgres' log gets only what is between
 * the first and the last difference.
 */
const trade = record<Trade>({
  version: number,
  state,
  stateEnteredAt: number,
  stopChangedAt: numberOrNull,
  structureSeenAt: number,
  flatTimerEndsAt: numberOrNull,
  recoveryTimerEndsAt: numberOrNull,
  actions: list(action),
  pausedAt: numberOrNull,
  missingSince: numberOrNull,
  hedgeMissingSince: numberOrNull,
  evaluationsBefore: number,
  countedFrom: numberOrNull,
  warnedFrom: numberOrNull,
  monitoredSince: numberOrNull,
  stopLoss: numberOrNull,
  takeProfit: numberOrNull,
  volume: number,
  volumeChangedAt: numberOrNull,
  closedVolume: number,
  stopRejections: number,
  deadLetters: list(action),
  hedge: orNull(
    record<Hedge>({
      ...{ ticket: int64, volume: number, entryPrice: number, stopLoss: numberOrNull },
      most: optional(number),
    }),
  ),
  owners: list(owner),
  frozen: orNull(record<FrozenEvaluation>({ evaluation: orNull(evaluation), warnings: map(signal, number) })),
  closeReason: orNull(word(CLOSE_REASONS, WORDS)),
  closedAt: numberOrNull,
  closePrice: numberOrNull,
  risk: numberOrNull,
  riskEstimated: flag,
  positionTicket: int64,
  openedAt: number,
  instrument: name,
  origin: word(TRADE_ORIGINS, WORDS),
  parentTicket: int64OrNull,
  spec,
  policy: since(null, orNull(record<PolicyRef>({ name, version: number }))),
  unmetWishes: since('', text),
  owed: since([], list(word(ACTION_TYPES, WORDS))),
});

export const PACKED_TRADE = packedBody('trade', decodeTrade, [trade]);

const readSketch = trade.pick<TradeSketch>({
  state: 'whole',
  structureSeenAt: 'whole',
  flatTimerEndsAt: 'whole',
  recoveryTimerEndsAt: 'whole',
  actions: 'whole',
  pausedAt: 'whole',
  monitoredSince: 'whole',
  deadLetters: 'whole',
  hedge: 'whole',
  owners: 'whole',
  risk: 'whole',
  positionTicket: 'whole',
  instrument: 'whole',
  spec: spec.pick<TradeSketch['spec']>({
    account: 'whole',
    ticket: 'whole',
    direction: 'whole',
    feed: 'whole',
  }),
  policy: 'whole',
  owed: 'whole',
});

/** Its sketch, without reading all of it; undefined where that needs all of it. @throws UnreadableBodyError */
export function sketchOfPacked(body: Buffer): TradeSketch | undefined {
  return PACKED_TRADE.peek(body, readSketch);
}

export const PACKED_ACTION = packedBody('action', decodeAction, [action]);

/** Which packed bodies and brief events this program reads: those of every program that tells a number up to this one. */
export const PACKED_LEVEL = PACKED_TRADE.level + PACKED_ACTION.level + WORDS.length + BRIEF_LEVEL;
