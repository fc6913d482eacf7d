// Owns which event of a transaction has the evaluation that others of it leave out where every server reads them so.
import type { Evaluation } from '../domain/signals/signal.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { briefEvent, FARTHEST } from '../store/bodies/brief-event.js';
import { encodeAround, encodeEvent, evaluationOf } from '../wire/event.js';

/** Anything shorter is not worth it. */
const LEAST_BYTES = 64;

/** An event that has an evaluation, the first of its transaction. */
interface Carrier {
  readonly event: TradeEvent;
  readonly actor: string;
  readonly index: number;
}

/** The evaluations of a transaction's events. */
export class SharedEvaluations {
  readonly #first = new Map<Evaluation, Carrier>();
  /** Where the evaluation begins in the first event that has it. */
  readonly #places = new Map<Carrier, number>();

  /** Takes the next event. */
  add(event: TradeEvent, actor: string, index: number): void {
    const evaluation = evaluationOf(event);
    if (evaluation !== null && !this.#first.has(evaluation))
      this.#first.set(evaluation, { event, actor, index });
  }

  /** An event that was taken, without what it shares with one before it. */
  brief(event: TradeEvent, actor: string, index: number): Uint8Array {
    const evaluation = evaluationOf(event);
    const carrier = evaluation === null ? undefined : this.#first.get(evaluation);
    if (evaluation === null || carrier === undefined) return encodeEvent(event, actor);
    const distance = index - carrier.index;
    if (distance === 0 || distance > FARTHEST) return encodeEvent(event, actor);
    const { before, shared, after } = encodeAround(event, actor, evaluation);
    if (shared.length < LEAST_BYTES) return encodeEvent(event, actor);
    return briefEvent(before, after, {
      distance,
      length: shared.length,
      otherAt: this.#placeIn(carrier, evaluation),
    });
  }

  #placeIn(carrier: Carrier, evaluation: Evaluation): number {
    let at = this.#places.get(carrier);
    if (at === undefined) {
      at = encodeAround(carrier.event, carrier.actor, evaluation).before.length;
      this.#places.set(carrier, at);
    }
    return at;
  }
}
