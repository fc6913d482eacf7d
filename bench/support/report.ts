// A run's measurements as a table for a person, beside a baseline.
import Table from 'cli-table3';
import type { Measurement } from './measurement.js';
import type { Results } from './results.js';

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function targetText({ target, better, reached }: Measurement): string {
  if (target === null) return '';
  const limit = `${better === 'higher' ? '>=' : '<='} ${number(target.value)}${target.of === 'ratio' ? ' x' : ''}`;
  return `${limit} ${reached === true ? 'reached' : 'missed'}`;
}

/** A measurement against its baseline: over 1 is better. Ratios are compared where both have one. */
export function change(now: Measurement, before: Measurement): number {
  const [a, b] =
    now.ratio !== null && before.ratio !== null
      ? [now.ratio, before.ratio]
      : [now.ours.median, before.ours.median];
  return now.better === 'higher' ? a / b : b / a;
}

function changeText(now: Measurement, baseline: Results | null): string {
  const before = baseline?.measurements.find((candidate) => candidate.name === now.name);
  if (before === undefined) return '';
  const noise = Math.max(now.ours.spread, before.ours.spread);
  return `x ${number(change(now, before))} (noise ${percent(noise)})`;
}

/** The whole run as text. */
export function report(results: Results, baseline: Results | null): string {
  const table = new Table({
    head: ['measured', 'ours', 'spread', 'yardstick', 'ratio', 'target', 'against baseline'],
    style: { head: [], border: [] },
  });
  for (const measured of results.measurements) {
    const { name, unit, ours, yardstick, ratio } = measured;
    table.push([
      name,
      `${number(ours.median)} ${unit}`,
      percent(ours.spread),
      yardstick === null ? '' : `${number(yardstick.median)} (${yardstick.name})`,
      ratio === null ? '' : number(ratio),
      targetText(measured),
      changeText(measured, baseline),
    ]);
  }
  const { machine, commit, smoke, skipped } = results;
  const memory = Math.round(machine.memoryMb / 1024);
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${memory} GB, ${machine.platform}, Node ${machine.node}; commit ${commit}`,
    table.toString(),
    ...results.measurements.flatMap(({ name, notes }) =>
      Object.keys(notes).length === 0 ? [] : [`${name}: ${notesText(notes)}`],
    ),
    ...skipped.map((reason) => `skipped: ${reason}`),
  ];
  if (smoke) lines.push('A smoke run: it shows that everything works, its numbers mean little.');
  if (baseline !== null) {
    const same = baseline.machine.cpu === machine.cpu && baseline.machine.cores === machine.cores;
    lines.push(
      `Baseline: ${baseline.commit} on ${same ? 'the same kind of machine' : `another machine (${baseline.machine.cpu})`}; above x 1 is better now.`,
    );
  }
  return lines.join('\n');
}

function notesText(notes: Measurement['notes']): string {
  return Object.entries(notes)
    .map(([key, value]) => `${key} ${typeof value === 'number' ? number(value) : value}`)
    .join(', ');
}
