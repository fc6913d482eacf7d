// Owns an evaluation, its signals and its sentence on the wire.
import * as pb from '../../gen/ts/dtms/v1/types.js';
import { signed } from '../domain/number-text.js';
import { type Evaluation, SIGNALS, type Signal, type SignalContribution } from '../domain/signals/signal.js';
import { orAbsent, toDate } from './time.js';

/** Evaluations do not change, and all trades of a market and direction show the same one. */
const shown = new WeakMap<Evaluation, pb.Evaluation>();

export function evaluationToProto(evaluation: Evaluation): pb.Evaluation {
  let message = shown.get(evaluation);
  if (message === undefined) {
    message = describe(evaluation);
    shown.set(evaluation, message);
  }
  return message;
}

function describe(evaluation: Evaluation): pb.Evaluation {
  return {
    evaluatedAt: toDate(evaluation.at),
    score: orAbsent(evaluation.score),
    confluence: pb.Confluence[evaluation.confluence],
    signals: evaluation.signals.map(contributionToProto),
    summary: summarise(evaluation),
  };
}

function contributionToProto(part: SignalContribution): pb.SignalContribution {
  return { ...part, signal: pb.Signal[part.signal], switchedOff: part.switchedOff };
}

export function warningsToProto(warnings: Readonly<Partial<Record<Signal, number>>>): pb.SignalWarnings[] {
  const counted: pb.SignalWarnings[] = [];
  for (const signal of SIGNALS) {
    const count = warnings[signal] ?? 0;
    if (count > 0) counted.push({ signal: pb.Signal[signal], count });
  }
  return counted;
}

/** One sentence: the score, whether the signals agree, the strongest on either side, and what is missing. */
function summarise(evaluation: Evaluation): string {
  if (evaluation.score === null) return 'No signal is available yet.';
  const available = evaluation.signals.filter((part) => part.available);
  const strongest = (side: 1 | -1): string => {
    const [top] = available
      .filter((part) => part.contribution * side > 0)
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    return top === undefined ? 'none' : `${words(top.signal)} ${signed(top.contribution, 2)}`;
  };
  const absent = evaluation.signals.filter((part) => !part.available);
  const named = (parts: readonly SignalContribution[]) => parts.map((part) => words(part.signal)).join(', ');
  const missing = absent.filter(({ switchedOff }) => switchedOff === undefined);
  const off = absent.filter(({ switchedOff }) => switchedOff !== undefined);
  return [
    `Score ${signed(evaluation.score, 2)}, ${evaluation.confluence.toLowerCase()}`,
    `for: ${strongest(1)}`,
    `against: ${strongest(-1)}`,
    ...(missing.length > 0 ? [`unavailable: ${named(missing)}`] : []),
    ...(off.length > 0 ? [`switched off: ${named(off)}`] : []),
  ].join('; ');
}

const words = (signal: Signal): string =>
  signal
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/vwap|ema/, (name) => name.toUpperCase());
