// Owns reading Prometheus text: names, labels and values of samples. What a line of another kind says is passed over, so that
// a newer server can be read by an older program.

export interface ScrapedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABELS = /\{((?:[^"{}\n]|"(?:[^"\\\n]|\\.)*")*)\}/;
const SAMPLE = new RegExp(`^([a-zA-Z_:][\\w:]*)(?:${LABELS.source})?[ \\t]+(\\S+)`);
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n' };
const INFINITIES: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};

/** A value as the format has it; NaN for what is none. */
export function scrapedNumber(text: string): number {
  return INFINITIES[text] ?? Number(text);
}

/** The samples of a scrape, in their order. */
export function readSamples(text: string): ScrapedSample[] {
  const samples: ScrapedSample[] = [];
  for (const line of text.split('\n')) {
    const [all, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (all === undefined) continue;
    samples.push({ name, labels: readLabels(labels), value: scrapedNumber(value) });
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(LABEL))
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
  return labels;
}
