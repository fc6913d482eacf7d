// Owns how the market treated one direction over a whole run: each evaluation once, whoever it concerned.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { Confluence, type Evaluation as EvaluationMessage } from '../../gen/ts/dtms/v1/types.js';
import { type Evaluation, SIGNALS } from '../domain/signals/signal.js';

/** A score with its six contributions in the order of SIGNALS; null is UNAVAILABLE. */
export interface Reading {
  /** UTC ms. */
  readonly at: number;
  readonly score: number | null;
  readonly confluence: string;
  readonly parts: readonly (number | null)[];
}

export function readingOfEvaluation(evaluation: Evaluation): Reading {
  const { at, score, confluence, signals } = evaluation;
  const parts = signals.map(({ available, contribution }) => (available ? contribution : null));
  return { at, score, confluence, parts };
}

export function readingOfMessage(message: EvaluationMessage): Reading {
  const parts = SIGNALS.map((_, index) => {
    // The message has them in the order of the enum, which is that of SIGNALS.
    const part = message.signals[index];
    return part?.available === true ? part.contribution : null;
  });
  const at = message.evaluatedAt?.getTime() ?? 0;
  return { at, score: message.score ?? null, confluence: Confluence[message.confluence], parts };
}

/** The evaluation an event carries; null for most. */
export function evaluationIn({ change }: TradeEvent): EvaluationMessage | null {
  return change?.$case === 'stateChanged' ? (change.value.evaluation ?? null) : null;
}

export class EvaluationLog {
  readonly #readings: Reading[] = [];

  /** In order of time; the later of two at the same time counts, and one that comes too late is left out. */
  add(reading: Reading): void {
    const last = this.#readings.at(-1);
    if (last !== undefined && reading.at < last.at) return;
    if (last?.at === reading.at) this.#readings.pop();
    this.#readings.push(reading);
  }

  get readings(): readonly Reading[] {
    return this.#readings;
  }
}
