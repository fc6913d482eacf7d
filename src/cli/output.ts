// Owns what commands print: lines, tables and JSON on standard output, and nothing more when its reader is
// gone.
import Table from 'cli-table3';
import { fixed } from '../domain/number-text.js';
import { withoutControls } from '../observability/log-controls.js';
import { streams } from './streams.js';

/** A line on standard output. What a terminal would obey, or show in another order, is spelled out. */
export function print(line: string): void {
  streams().stdout.write(`${withoutControls(line)}\n`);
}

/** A line on standard error: progress and remarks, so that output can be piped. */
export function remark(line: string): void {
  streams().stderr.write(`${withoutControls(line)}\n`);
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

/** Where nobody looks, in a pipe or a file, a table is as wide as it likes. */
function terminalWidth(): number {
  const { isTTY, columns } = streams().stdout;
  return isTTY === true ? columns || Number.POSITIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A table with a heading per column, its widest cells wrapped to fit the terminal; "none" when it has no rows. */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  if (rows.length === 0) return 'none';
  const shown = rows.map((row) => row.map(withoutControls));
  const fit = columnWidths([head, ...shown], width);
  const table = new Table({ ...PLAIN, head: [...head], ...fit });
  table.push(...shown);
  return table.toString();
}

/** Spaces on both sides of a cell. */
const PADDING = 2;

/** Nothing where everything fits; else columns no wider than the rest allows, and no narrower than a word. */
function columnWidths(rows: readonly (readonly string[])[], width: number) {
  const columns = (rows[0] ?? []).map((_, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    const words = cells.flatMap((cell) => cell.split(' '));
    return { least: longest(words) + PADDING, most: longest(cells) + PADDING };
  });
  const fitted = (cap: number) => columns.map(({ least, most }) => Math.max(least, Math.min(most, cap)));
  const borders = columns.length + 1;
  const widest = Math.max(...columns.map(({ most }) => most));
  let cap = widest;
  while (cap > 0 && sum(fitted(cap)) + borders > width) cap -= 1;
  return cap === widest ? {} : { colWidths: fitted(cap), wordWrap: true };
}

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length));
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** What is known of one thing, a name and its value a line; values that are empty are left out. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  const table = new Table(PLAIN);
  for (const [name, value] of facts) if (value !== '') table.push([name, withoutControls(value)]);
  return table.toString();
}

/** A time for people: UTC to the second, and it says so. */
export function timeText(date: Date | undefined): string {
  return date === undefined ? '' : `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** How long something takes, for people; ms. */
export function spanText(ms: number): string {
  const [unit, name] = ms < 90_000 ? [1000, 's'] : ms < 5_400_000 ? [60_000, 'min'] : [3_600_000, 'h'];
  return `${Math.round(ms / unit)} ${name}`;
}

/** A number for people, empty when it is not known. */
export function numberText(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '' : fixed(value, digits);
}

let isOutlived = false;

/** What acts by itself, a server or a rollout, goes on where nobody reads what it says any more. */
export function outliveOutput(): void {
  isOutlived = true;
}

/**
 * `dtms watch | head` closes our output: that is an end, not a failure. A terminal that is gone (EIO) has told us so by
 * SIGHUP as well, and takes no last words. An output that cannot be written, on a full disk, is a failure.
 */
export function endOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isOutlived || error.code === 'EIO') return;
    if (error.code === 'EPIPE') process.exit(0);
    remark(`dtms: the output cannot be written: ${error.message}`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
}
