// Owns which event of a transaction has the evaluation that others of it leave out where every server reads them so.
import { Evaluation as EvaluationMessage } from '../../gen/ts/dtms/v1/types.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { briefEvent, FARTHEST } from '../store/bodies/brief-event.js';
import { encodeMessage } from '../wire/encode.js';
import { evaluationToProto } from '../wire/evaluation.js';

/** Anything shorter is not worth it. */
const LEAST_BYTES = 64;

/** An evaluation, and the first event that has it. */
export class SharedEvaluation {
  readonly #index: number;
  readonly #evaluation: Evaluation;
  readonly #carrier: { readonly payload: Uint8Array };
  #place: { readonly bytes: Uint8Array; readonly at: number } | null = null;

  constructor(evaluation: Evaluation, index: number, carrier: { readonly payload: Uint8Array }) {
    this.#evaluation = evaluation;
    this.#index = index;
    this.#carrier = carrier;
  }

  /** The event with this index as it is stored. */
  brief(payload: Uint8Array, index: number): Uint8Array {
    const { bytes, at: otherAt } = this.#found();
    const at = otherAt < 0 ? -1 : placeIn(payload, bytes);
    const distance = index - this.#index;
    if (at < 0 || distance > FARTHEST || bytes.length < LEAST_BYTES) return payload;
    return briefEvent(payload, { distance, length: bytes.length, at, otherAt });
  }

  #found(): { readonly bytes: Uint8Array; readonly at: number } {
    if (this.#place === null) {
      const bytes = encodeMessage(EvaluationMessage, evaluationToProto(this.#evaluation));
      this.#place = { bytes, at: placeIn(this.#carrier.payload, bytes) };
    }
    return this.#place;
  }
}

/** The evaluations of a transaction's events. */
export class SharedEvaluations {
  readonly #first = new Map<Evaluation, SharedEvaluation>();

  /** What an event shares with one before it; null where it is the first, or has no evaluation. */
  add(
    { change }: TradeEvent,
    index: number,
    written: { readonly payload: Uint8Array },
  ): SharedEvaluation | null {
    if (change.kind !== 'stateChanged' || change.evaluation === null) return null;
    const known = this.#first.get(change.evaluation);
    if (known === undefined)
      this.#first.set(change.evaluation, new SharedEvaluation(change.evaluation, index, written));
    return known ?? null;
  }
}

function placeIn(payload: Uint8Array, bytes: Uint8Array): number {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).indexOf(bytes);
}
