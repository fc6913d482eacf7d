// What a benchmark reports: one number per measurement, beside its yardstick where there is one.
import { type Series, series } from './statistics.js';

/** What is to be reached: a ratio to the yardstick, or a number of the measurement's unit. */
export interface Target {
  readonly of: 'ratio' | 'value';
  readonly value: number;
}

/** A measurement and its yardstick; plain data, as it stands in the results. */
export interface Measurement {
  /** `benchmark/what`. */
  readonly name: string;
  readonly unit: string;
  /** Whether more is better, or less. */
  readonly better: 'higher' | 'lower';
  readonly ours: Series;
  readonly yardstick: (Series & { readonly name: string }) | null;
  /** The median of ours / yardstick over the pairs; null without a yardstick. */
  readonly ratio: number | null;
  readonly target: Target | null;
  readonly reached: boolean | null;
  /** What belongs to the number, such as how busy the load generator was. */
  readonly notes: Readonly<Record<string, number | string>>;
}

export interface MeasurementInput {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly ours: readonly number[];
  readonly yardstick?: { readonly name: string; readonly samples: readonly number[] };
  readonly target?: Target;
  readonly notes?: Readonly<Record<string, number | string>>;
}

export function measurement(input: MeasurementInput): Measurement {
  const { name, unit, better, ours, yardstick, target = null, notes = {} } = input;
  const ratios = yardstick?.samples.map((sample, i) => (ours[i] ?? Number.NaN) / sample);
  const ratio = ratios === undefined ? null : series(ratios).median;
  const own = series(ours);
  return {
    name,
    unit,
    better,
    ours: own,
    yardstick: yardstick === undefined ? null : { name: yardstick.name, ...series(yardstick.samples) },
    ratio,
    target,
    reached: target === null ? null : meets(target, own.median, ratio, better),
    notes,
  };
}

function meets(target: Target, value: number, ratio: number | null, better: 'higher' | 'lower'): boolean {
  const measured = target.of === 'value' ? value : ratio;
  if (measured === null) throw new Error('a target for a ratio needs a yardstick');
  return better === 'higher' ? measured >= target.value : measured <= target.value;
}

/** One warm-up of each, then ours and the yardstick in turn, so that a slow moment hits both. */
export async function interleaved<T>(
  pairs: number,
  ours: (round: number) => Promise<T>,
  yardstick: (round: number) => Promise<T>,
): Promise<{ ours: T[]; yardstick: T[] }> {
  const taken: { ours: T[]; yardstick: T[] } = { ours: [], yardstick: [] };
  await ours(0);
  await yardstick(0);
  for (let round = 1; round <= pairs; round++) {
    taken.ours.push(await ours(round));
    taken.yardstick.push(await yardstick(round));
  }
  return taken;
}
