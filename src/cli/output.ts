// Owns what commands print: lines, tables and JSON on standard output, and nothing more when its reader is
// gone.
import Table from 'cli-table3';
import { withoutControls } from '../observability/log-controls.js';

/** A line on standard output. What a terminal would obey, or show in another order, is spelled out. */
export function print(line: string): void {
  process.stdout.write(`${withoutControls(line)}\n`);
}

/** A line on standard error: progress and remarks, so that output can be piped. */
export function remark(line: string): void {
  process.stderr.write(`${withoutControls(line)}\n`);
}

/** JSON of a value; bigints become text, as in the proto's JSON. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/** Plain enough to be read by `cut` and by people. */
const PLAIN = {
  style: { head: [], border: [], compact: true },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

/** A table with a heading per column; "none" when it has no rows. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  const table = new Table({ ...PLAIN, head: [...head] });
  table.push(...rows.map((row) => row.map(withoutControls)));
  return table.toString();
}

/** What is known of one thing, a name and its value a line; values that are empty are left out. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  const table = new Table(PLAIN);
  for (const [name, value] of facts) if (value !== '') table.push([name, withoutControls(value)]);
  return table.toString();
}

/** A time for people: UTC to the second. */
export function timeText(date: Date | undefined): string {
  return date === undefined ? '' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** How long something takes, for people; ms. */
export function spanText(ms: number): string {
  const [unit, name] = ms < 90_000 ? [1000, 's'] : ms < 5_400_000 ? [60_000, 'min'] : [3_600_000, 'h'];
  return `${Math.round(ms / unit)} ${name}`;
}

/** A number for people, empty when it is not known. */
export function numberText(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '' : value.toFixed(digits);
}

/**
 * `dtms watch | head` closes our output: that is an end, not a failure. A terminal that is gone (EIO) has told us so by
 * SIGHUP as well, and takes no last words.
 */
export function endOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    if (error.code !== 'EIO') throw error;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}
