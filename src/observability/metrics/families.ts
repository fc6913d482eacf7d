// Owns the shape of what a scrape shows: families of samples, and how they are made from what parts of the
// program already know.

export type FamilyType = 'counter' | 'gauge' | 'histogram';

export type Labels = Readonly<Record<string, string | number>>;

/** One call that a bucket counted, by which its trace or its log lines are found. */
export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** UTC seconds. */
  readonly timestamp: number;
}

export interface Sample {
  /** What follows the family's name, such as "_bucket"; empty for counters and gauges. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar?: Exemplar | undefined;
}

export interface Family {
  /** A counter's ends in _total. */
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  readonly samples: readonly Sample[];
}

/** Labels and the value that has them. */
export type Labelled = readonly (readonly [Labels, number])[];

const NO_LABELS: Labels = {};

/** A gauge of one value, or of several by labels. */
export function gauge(name: string, help: string, values: number | Labelled): Family {
  return { name, help, type: 'gauge', samples: samplesOf(values) };
}

/** A counter that somebody else counts. */
export function counter(name: string, help: string, values: number | Labelled): Family {
  return { name, help, type: 'counter', samples: samplesOf(values) };
}

function samplesOf(values: number | Labelled): Sample[] {
  if (typeof values === 'number') return [{ suffix: '', labels: NO_LABELS, value: values }];
  return values.map(([labels, value]) => ({ suffix: '', labels, value }));
}

/** The samples of one histogram; `buckets` has a count per edge and one above them all. */
export function histogramSamples(
  labels: Labels,
  edges: readonly number[],
  buckets: ArrayLike<number>,
  sum: number,
  exemplarOf: (bucket: number) => Exemplar | undefined,
): Sample[] {
  let count = 0;
  const samples: Sample[] = [];
  for (let bucket = 0; bucket <= edges.length; bucket += 1) {
    count += buckets[bucket] ?? 0;
    samples.push({
      suffix: '_bucket',
      labels: { ...labels, le: edges[bucket] ?? '+Inf' },
      value: count,
      exemplar: exemplarOf(bucket),
    });
  }
  samples.push({ suffix: '_sum', labels, value: sum }, { suffix: '_count', labels, value: count });
  return samples;
}
