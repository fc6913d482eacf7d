// An evaluation, its signals and its sentence on the wire.
import * as pb from '../../gen/ts/dtms/v1/types.js';
import { type Evaluation, SIGNALS, type Signal, type SignalContribution } from '../domain/types.js';
import { orAbsent, toDate } from './time.js';

export function evaluationToProto(evaluation: Evaluation): pb.Evaluation {
  return {
    evaluatedAt: toDate(evaluation.at),
    score: orAbsent(evaluation.score),
    confluence: pb.Confluence[evaluation.confluence],
    signals: evaluation.signals.map(contributionToProto),
    summary: summarise(evaluation),
  };
}

function contributionToProto(part: SignalContribution): pb.SignalContribution {
  return { ...part, signal: pb.Signal[part.signal] };
}

export function warningsToProto(warnings: Readonly<Partial<Record<Signal, number>>>): pb.SignalWarnings[] {
  return SIGNALS.flatMap((signal) => {
    const count = warnings[signal] ?? 0;
    return count > 0 ? [{ signal: pb.Signal[signal], count }] : [];
  });
}

/** One sentence: the score, whether the signals agree, the strongest on either side, and what is missing. */
function summarise(evaluation: Evaluation): string {
  if (evaluation.score === null) return 'No signal is available yet.';
  const available = evaluation.signals.filter((part) => part.available);
  const strongest = (side: 1 | -1): string => {
    const [top] = available
      .filter((part) => part.contribution * side > 0)
      .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
    return top === undefined ? 'none' : `${words(top.signal)} ${signed(top.contribution)}`;
  };
  const missing = evaluation.signals.filter((part) => !part.available).map((part) => words(part.signal));
  return [
    `Score ${signed(evaluation.score)}, ${evaluation.confluence.toLowerCase()}`,
    `for: ${strongest(1)}`,
    `against: ${strongest(-1)}`,
    ...(missing.length > 0 ? [`unavailable: ${missing.join(', ')}`] : []),
  ].join('; ');
}

const words = (signal: Signal): string => signal.toLowerCase().replaceAll('_', ' ');
const signed = (value: number): string => (value > 0 ? '+' : '') + value.toFixed(2);
