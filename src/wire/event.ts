// Owns a domain event as the dtms.v1.TradeEvent that the log keeps and every stream carries. An evaluation is encoded once
// for all the events that show it.
import { BinaryReader } from '@bufbuild/protobuf/wire';
import * as pb from '../../gen/ts/dtms/v1/event.js';
import {
  ActionStatus,
  CloseReason,
  Evaluation as EvaluationMessage,
  TradeField,
  TradeOrigin,
  TradeState,
  TransitionCause,
} from '../../gen/ts/dtms/v1/types.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { Action } from '../domain/trade/action.js';
import type { TradeChange, TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import { actionToProto } from './action.js';
import { encodeMessage } from './encode.js';
import { evaluationToProto } from './evaluation.js';
import { policyRefToProto } from './policy-ref.js';
import { orAbsent, toDate } from './time.js';
import { hedgeToProto, specToProto, suppressedToProto } from './trade.js';

/**
 * The event without its place in the log: revision, log_epoch, previous_revision and recorded_at are
 * unset, and are appended to the encoded bytes when the log's place is known.
 *
 * @param actor - whose call changed the trade; empty when DTMS did by itself.
 */
export function eventToProto(event: TradeEvent, actor = ''): pb.TradeEvent {
  const { trade } = event;
  return {
    revision: 0n,
    logEpoch: '',
    previousRevision: 0n,
    tradeVersion: BigInt(trade.version),
    account: trade.spec.account,
    ticket: trade.spec.ticket,
    symbol: trade.spec.symbol,
    state: TradeState[trade.state],
    occurredAt: toDate(event.at),
    recordedAt: undefined,
    change: changeToProto(event),
    actor,
    policy: trade.policy === null ? undefined : policyRefToProto(trade.policy),
  };
}

export function encodeEvent(event: TradeEvent, actor: string): Uint8Array {
  const evaluation = evaluationOf(event);
  if (evaluation === null) return encodeMessage(pb.TradeEvent, eventToProto(event, actor));
  const { before, shared, after } = encodeAround(event, actor, evaluation);
  return Buffer.concat([before, shared, after]);
}

/** An event's bytes, and between them those of its evaluation, which others have too. */
export interface EventParts {
  readonly before: Uint8Array;
  readonly shared: Uint8Array;
  readonly after: Uint8Array;
}

/** The evaluation that an event shows; null where it shows none. */
export function evaluationOf({ change }: TradeEvent): Evaluation | null {
  return change.kind === 'stateChanged' ? change.evaluation : null;
}

/** Evaluations do not change. */
const encoded = new WeakMap<Evaluation, Uint8Array>();

function encodedEvaluation(evaluation: Evaluation): Uint8Array {
  let bytes = encoded.get(evaluation);
  if (bytes === undefined) {
    bytes = encodeMessage(EvaluationMessage, evaluationToProto(evaluation));
    encoded.set(evaluation, bytes);
  }
  return bytes;
}

/** The numbers of the fields on the way to an evaluation. */
const STATE_CHANGED = 14;
const EVALUATION = 4;
const HOLLOW = EvaluationMessage.fromPartial({});

/** An event that shows this evaluation: encoded with an empty one, into which its bytes fit. */
export function encodeAround(event: TradeEvent, actor: string, evaluation: Evaluation): EventParts {
  const message = eventToProto(event, actor);
  if (message.change?.$case === 'stateChanged') message.change.value.evaluation = HOLLOW;
  const hollow = encodeMessage(pb.TradeEvent, message);
  const shared = encodedEvaluation(evaluation);
  const reader = new BinaryReader(hollow);
  const lengthAt = findField(reader, STATE_CHANGED);
  const length = reader.uint32();
  const changeAt = reader.pos;
  const evaluationAt = findField(reader, EVALUATION);
  const inner = shared.length + varintWidth(shared.length) - 1;
  const before = Buffer.allocUnsafe(
    lengthAt + varintWidth(length + inner) + (evaluationAt - changeAt) + varintWidth(shared.length),
  );
  hollow.copy(before, 0, 0, lengthAt);
  const at = writeVarint(before, length + inner, lengthAt);
  hollow.copy(before, at, changeAt, evaluationAt);
  writeVarint(before, shared.length, at + evaluationAt - changeAt);
  // Beyond the length of the empty one, which is 0.
  return { before, shared, after: hollow.subarray(evaluationAt + 1) };
}

/** Where the value of a field begins. The message must have it. */
function findField(reader: BinaryReader, wanted: number): number {
  for (;;) {
    const [field, type] = reader.tag();
    if (field === wanted) return reader.pos;
    reader.skip(type, field);
  }
}

function varintWidth(value: number): number {
  let width = 1;
  for (let left = value; left > 0x7f; left >>>= 7) width += 1;
  return width;
}

/** Returns where it ends. */
function writeVarint(to: Buffer, value: number, from: number): number {
  let at = from;
  let left = value;
  for (; left > 0x7f; left >>>= 7) {
    to[at] = (left & 0x7f) | 0x80;
    at += 1;
  }
  to[at] = left;
  return at + 1;
}

function changeToProto({ trade, change }: TradeEvent): pb.TradeEvent['change'] {
  switch (change.kind) {
    case 'registered':
      return {
        $case: 'registered',
        value: {
          spec: specToProto(trade.spec, trade.openedAt),
          instrument: trade.instrument,
          riskDistance: orAbsent(trade.risk),
          origin: TradeOrigin[trade.origin],
          parentTicket: trade.parentTicket ?? 0n,
          adopted: change.adopted,
          observing: (change.observing ?? []).map(policyRefToProto),
        },
      };
    case 'monitoringStarted':
      return {
        $case: 'monitoringStarted',
        value: { trigger: pb.MonitoringTrigger[change.trigger], price: change.price },
      };
    case 'riskEstimated':
      return { $case: 'riskEstimated', value: { riskDistance: change.risk } };
    case 'stateChanged':
      return { $case: 'stateChanged', value: stateChangedToProto(trade, change) };
    case 'updated':
      return {
        $case: 'updated',
        value: {
          changedFields: [...change.changedFields],
          position: positionToProto(trade),
          withdrawnActionIds: idsOf(change.withdrawn),
          manager: change.manager,
          ...timersToProto(trade, change.changedFields),
        },
      };
    case 'actionChanged':
      return {
        $case: 'actionChanged',
        value: {
          action: actionToProto(change.action),
          from: ActionStatus[change.from],
          changedFields: [...change.changedFields],
          position: change.changedFields.length === 0 ? undefined : positionToProto(trade),
          evidence: change.evidence,
          by: change.by,
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'actionPlanned':
      return {
        $case: 'actionPlanned',
        value: {
          cause: change.cause,
          planned: change.planned.map(actionToProto),
          suppressed: change.suppressed.map(suppressedToProto),
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'reconciled':
      return { $case: 'reconciled', value: reconciledToProto(trade, change) };
    case 'ownershipChanged':
      return {
        $case: 'ownershipChanged',
        value: {
          field: TradeField[change.field],
          step: pb.OwnershipStep[change.step],
          manager: change.manager,
          token: BigInt(change.token),
          value: orAbsent(change.value),
          owner: change.owner,
          note: change.note,
        },
      };
    case 'policyAssigned':
      return {
        $case: 'policyAssigned',
        value: {
          from: policyRefToProto(change.from),
          to: policyRefToProto(change.to),
          reason: change.reason,
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'paused':
      return { $case: 'paused', value: { reason: change.reason } };
    case 'reopened':
      return { $case: 'reopened', value: { note: change.note, position: positionToProto(trade) } };
    case 'resumed':
      return { $case: 'resumed', value: { reason: change.reason } };
  }
}

function reconciledToProto(
  trade: Trade,
  { drift, changedFields, note, withdrawn, exitPrice }: Extract<TradeChange, { kind: 'reconciled' }>,
): pb.Reconciled {
  return {
    drift: pb.Drift[drift],
    changedFields: [...changedFields],
    position: positionToProto(trade),
    note,
    withdrawnActionIds: idsOf(withdrawn),
    exitPrice,
  };
}

function positionToProto(trade: Trade): pb.PositionNow {
  return {
    volume: trade.volume,
    stopLoss: orAbsent(trade.stopLoss),
    takeProfit: orAbsent(trade.takeProfit),
    hedge: trade.hedge === null ? undefined : hedgeToProto(trade.hedge),
    positionTicket: trade.positionTicket,
    entryPrice: trade.spec.entryPrice,
  };
}

function timersToProto(
  { flatTimerEndsAt, recoveryTimerEndsAt }: Trade,
  changed: readonly string[],
): Pick<pb.TradeUpdated, 'flatTimerEndsAt' | 'recoveryTimerEndsAt'> {
  return {
    flatTimerEndsAt: changed.includes('flat_timer_ends_at') ? toDate(flatTimerEndsAt) : undefined,
    recoveryTimerEndsAt: changed.includes('recovery_timer_ends_at') ? toDate(recoveryTimerEndsAt) : undefined,
  };
}

const idsOf = (actions: readonly Action[]): string[] => actions.map(({ actionId }) => actionId);

type Transition = Extract<TradeChange, { kind: 'stateChanged' }>;

/** A transition with the timers and the ending as they are after it. */
export function stateChangedToProto(trade: Trade, change: Transition): pb.StateChanged {
  return {
    from: TradeState[change.from],
    to: TradeState[change.to],
    cause: TransitionCause[change.cause],
    evaluation: change.evaluation === null ? undefined : evaluationToProto(change.evaluation),
    price: orAbsent(change.price),
    planned: change.planned.map(actionToProto),
    suppressed: change.suppressed.map(suppressedToProto),
    flatTimerEndsAt: toDate(trade.flatTimerEndsAt),
    recoveryTimerEndsAt: toDate(trade.recoveryTimerEndsAt),
    closeReason: trade.closeReason === null ? CloseReason.UNSPECIFIED : CloseReason[trade.closeReason],
    closePrice: orAbsent(trade.closePrice),
    withdrawnActionIds: idsOf(change.withdrawn),
  };
}
