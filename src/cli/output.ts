// What commands print: lines, tables and JSON on standard output, and nothing more when its reader is gone.
import Table from 'cli-table3';

/** A line on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line on standard error: progress and remarks, so that output can be piped. */
export function remark(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** JSON of a value; bigints become text, as in the proto's JSON. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/** A table with a heading per column, plain enough to be read by `cut` and by people. */
export function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** A time for people: UTC to the second. */
export function timeText(date: Date | undefined): string {
  return date === undefined ? '' : date.toISOString().slice(0, 19).replace('T', ' ');
}

/** A number for people, empty when it is not known. */
export function numberText(value: number | null | undefined, digits: number): string {
  return value === null || value === undefined ? '' : value.toFixed(digits);
}

/** `dtms watch | head` closes our output: that is an end, not a failure. */
export function endOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
