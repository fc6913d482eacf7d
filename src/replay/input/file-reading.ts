// Owns what a replay says of how it read a file, so that nothing is taken for granted.
import type { Timeframe } from '../../domain/market/data.js';
import type { BadRow, Delimiter } from './table.js';

/** Field names are those of the summary file. */
export interface FileReading {
  readonly file: string;
  readonly delimiter: string;
  /** By what they are taken for, the names of the columns. */
  readonly columns: Readonly<Record<string, string>>;
  /** The zone and the order of dates, with what shows them. */
  readonly times: string;
  /** The smallest step of the times: `minutes`. */
  readonly time_resolution: string;
  readonly numbers: string;
  /** Where the ask side comes from. */
  readonly spread?: string;
  readonly timeframe?: Timeframe;
  /** Lines around the data that are neither header nor rows. */
  readonly other_lines: number;
  readonly rows: number;
  readonly taken: number;
  /** UTC. */
  readonly first?: string;
  readonly last?: string;
  /** Rows by the reason they were skipped for. */
  readonly skipped: Readonly<Record<string, number>>;
  /** What was done with rows that were taken otherwise than they stand. */
  readonly remarks: readonly string[];
}

const DELIMITER_NAMES: Readonly<Record<Delimiter, string>> = {
  '\t': 'tab',
  ';': 'semicolon',
  '|': 'bar',
  ',': 'comma',
  ' ': 'blanks',
};

export function delimiterName(delimiter: Delimiter): string {
  return DELIMITER_NAMES[delimiter];
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1000],
] as const;

/** The largest unit all times are whole in. */
export function resolutionOf(times: readonly number[]): string {
  const unit = UNITS.find(([, length]) => times.every((time) => time % length === 0));
  return unit?.[0] ?? 'milliseconds';
}

/** Bad rows by column and reason; what differs from row to row is left out. */
export function countReasons(badRows: readonly BadRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { column, reason } of badRows) {
    const kind = reason.replace(/"[^"]*"/g, '"…"').replace(/-?\b\d[\d.:TZ-]*/g, 'N');
    const key = `${column}: ${kind}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** A reading for people, in a few lines. */
export function readingText(reading: FileReading): string {
  const { file, timeframe, first, last, rows, taken, skipped, other_lines: others } = reading;
  const span = first === undefined ? '' : `, ${first} to ${last}`;
  const columns = Object.entries(reading.columns).map(([role, name]) =>
    role === name ? role : `${role} = ${name}`,
  );
  const reasons = Object.entries(skipped).map(([reason, count]) => `${count} × ${reason}`);
  return [
    `${file}: ${taken} of ${rows} rows${timeframe === undefined ? '' : `, ${timeframe}`}${span}`,
    `  ${reading.delimiter} between ${columns.join(', ')}`,
    `  times: ${reading.times}; in ${reading.time_resolution}`,
    `  numbers: ${reading.numbers}`,
    ...(reading.spread === undefined ? [] : [`  spread: ${reading.spread}`]),
    ...(others > 0 ? [`  ${others} lines before or between the rows are no data`] : []),
    ...(reasons.length > 0 ? [`  skipped: ${reasons.join(', ')}`] : []),
    ...reading.remarks.map((remark) => `  ${remark}`),
  ].join('\n');
}
