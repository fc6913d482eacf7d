// Owns the text of a scrape, in both formats. prom-client's own writer renames its counters when it writes
// OpenMetrics, so one registry cannot serve both; this one changes nothing.
import type { Family, Labels, Sample } from './families.js';

export type Format = 'prometheus' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

export function exposition(families: Iterable<Family>, format: Format): string {
  const lines: string[] = [];
  for (const family of families) {
    // In OpenMetrics a counter's family has the name without the suffix its samples have.
    const name = format === 'openmetrics' ? family.name.replace(TOTAL, '') : family.name;
    lines.push(`# HELP ${name} ${escapeHelp(family.help, format)}`, `# TYPE ${name} ${family.type}`);
    for (const sample of family.samples) lines.push(line(family.name, sample, format));
  }
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

const TOTAL = /_total$/;

function line(name: string, { suffix, labels, value, exemplar }: Sample, format: Format): string {
  const text = `${name}${suffix}${labelText(labels, format)} ${numberText(value)}`;
  if (exemplar === undefined || format !== 'openmetrics') return text;
  const { labels: found, value: seen, timestamp } = exemplar;
  return `${text} # {${pairs(found, format)}} ${numberText(seen)} ${timestamp.toFixed(3)}`;
}

function labelText(labels: Labels, format: Format): string {
  const inner = pairs(labels, format);
  return inner === '' ? '' : `{${inner}}`;
}

function pairs(labels: Labels, format: Format): string {
  const texts: string[] = [];
  for (const name in labels) {
    const value = labels[name] ?? '';
    texts.push(`${name}="${typeof value === 'string' ? escapeValue(value) : labelNumber(value, format)}"`);
  }
  return texts.join(',');
}

/** OpenMetrics wants the edges of buckets as floats: 1 is "1.0". */
function labelNumber(value: number, format: Format): string {
  const text = numberText(value);
  return format === 'openmetrics' && Number.isInteger(value) ? `${text}.0` : text;
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

const escapeValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

function escapeHelp(text: string, format: Format): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}
