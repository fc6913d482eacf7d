// Owns reading a registry of prom-client as families.
import type { Registry } from 'prom-client';
import type { Family, FamilyType, Labels, Sample } from './families.js';

const TYPES: Readonly<Record<string, FamilyType>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
};

/** The registry's metrics as they are now. Summaries are not shown: nothing here makes any. */
export async function registryFamilies(registry: Registry): Promise<Family[]> {
  const families: Family[] = [];
  for (const { name, help, type, values } of await registry.getMetricsAsJSON()) {
    // Its types call this a number; it is the type's name.
    const known = TYPES[String(type)];
    if (known === undefined) continue;
    families.push({ name, help, type: known, samples: values.map((value) => sampleOf(name, value)) });
  }
  return families;
}

interface Value {
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
  /** The family's name with a suffix, where a sample has one. */
  readonly metricName?: string;
}

function sampleOf(name: string, { labels, value, metricName }: Value): Sample {
  const { le, ...rest } = labels;
  const known: Record<string, string | number> = {};
  for (const [label, text] of Object.entries(rest)) known[label] = text ?? '';
  const own: Labels = le === undefined ? known : { ...known, le };
  return { suffix: metricName === undefined ? '' : metricName.slice(name.length), labels: own, value };
}
