// Reading a scrape, by the rules of its format: whatever breaks one of them throws.

export interface ReadSample {
  /** With its suffix. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: { readonly labels: Readonly<Record<string, string>>; readonly value: number } | null;
}

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

export type ReadFormat = 'prometheus' | 'openmetrics';

/** Between the braces: a value may hold anything but a bare quote, braces and line separators too. */
const LABELS = /\{((?:[^"{}\n]|"(?:[^"\\\n]|\\[\\n"])*")*)\}/;
const SAMPLE = new RegExp(
  `^([a-zA-Z_:][\\w:]*)(?:${LABELS.source})? (\\S+)(?: # ${LABELS.source} (\\S+) (\\S+))?$`,
);
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/gy;

/** The families of a scrape in their order. */
export function readScrape(text: string, format: ReadFormat): ReadFamily[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('# EOF is missing');
  const families: ReadFamily[] = [];
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  for (const line of lines) {
    if (line.startsWith('# HELP ')) {
      const [, , name = '', ...words] = line.split(' ');
      help = [name, words.join(' ')];
    } else if (line.startsWith('# TYPE ')) {
      const [, , name = '', type = ''] = line.split(' ');
      if (help?.[0] !== name || help[1] === '') throw new Error(`${name} has no help`);
      if (families.some((family) => family.name === name)) throw new Error(`${name} comes twice`);
      families.push({ name, type, help: help[1], samples: [] });
    } else {
      const family = families.at(-1);
      const sample = readSample(line);
      if (family === undefined) throw new Error(`${sample.name} has no type`);
      if (!suffixesOf(family.type, format).includes(sample.name.slice(family.name.length)))
        throw new Error(`${sample.name} does not belong to ${family.type} ${family.name}`);
      if (!sample.name.startsWith(family.name)) throw new Error(`${sample.name} is out of its place`);
      const series = JSON.stringify([sample.name, sample.labels]);
      if (seen.has(series)) throw new Error(`${series} comes twice`);
      seen.add(series);
      checkExemplar(sample, family.type);
      family.samples.push(sample);
    }
  }
  for (const family of families) if (family.type === 'histogram') checkBuckets(family);
  return families;
}

function suffixesOf(type: string, format: ReadFormat): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'];
  return type === 'counter' && format === 'openmetrics' ? ['_total'] : [''];
}

function readSample(line: string): ReadSample {
  const [all, name = '', labels = '', value = '', found, took] = SAMPLE.exec(line) ?? [];
  if (all === undefined) throw new Error(`not a sample: ${line}`);
  return {
    name,
    labels: readLabels(labels),
    value: readNumber(value),
    exemplar: found === undefined ? null : { labels: readLabels(found), value: readNumber(took ?? '') },
  };
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const [whole, name = '', value = ''] of text.matchAll(LABEL)) {
    if (name in labels) throw new Error(`${name} comes twice in ${text}`);
    labels[name] = value;
    end += whole.length;
  }
  if (end !== text.length) throw new Error(`not labels: ${text}`);
  return labels;
}

function readNumber(text: string): number {
  const value = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
  if (Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  return value;
}

function checkExemplar({ name, exemplar, labels }: ReadSample, type: string): void {
  if (exemplar === null) return;
  if (type !== 'histogram' || !name.endsWith('_bucket')) throw new Error(`${name} cannot have an exemplar`);
  const length = Object.entries(exemplar.labels).flat().join('').length;
  if (length > 128) throw new Error(`an exemplar of ${name} has ${length} characters`);
  if (exemplar.value > readNumber(labels.le ?? ''))
    throw new Error(`an exemplar of ${name} is not in its bucket`);
}

/** Of each histogram: edges ascend to +Inf, counts do not fall, and the last one is the count. */
function checkBuckets({ name, samples }: ReadFamily): void {
  const histograms = new Map<string, ReadSample[]>();
  for (const sample of samples) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    histograms.set(key, [...(histograms.get(key) ?? []), sample]);
  }
  for (const [key, own] of histograms) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const count = own.find((sample) => sample.name === `${name}_count`)?.value;
    let [edge, below] = [Number.NEGATIVE_INFINITY, 0];
    for (const bucket of buckets) {
      const next = readNumber(bucket.labels.le ?? '');
      if (next <= edge || bucket.value < below)
        throw new Error(`the buckets of ${name} ${key} do not ascend`);
      [edge, below] = [next, bucket.value];
    }
    if (edge !== Number.POSITIVE_INFINITY || below !== count)
      throw new Error(`the last bucket of ${name} ${key} is not its count`);
  }
}
