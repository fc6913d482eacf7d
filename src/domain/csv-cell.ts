// Owns a cell of comma-separated values: the same rule for every table, so that no spreadsheet runs one as a formula. Pure.

export type CsvCell = string | number | bigint | boolean | null | undefined;

/** What a spreadsheet would run as a formula, or shows as one that was marked as text. */
const FORMULA = /^'*[=+\-@\t\r]/;
/** A number, or the sign of none, which no spreadsheet runs. */
const HARMLESS = /^(?:-|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i;
const QUOTED = /[",\r\n]/;
const MARK = /^'(?='*[=+\-@\t\r])/;

/** As RFC 4180 has it; empty for nothing. Text that begins like a formula is marked as text by an apostrophe, one more than it has. */
export function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = FORMULA.test(cell) && !HARMLESS.test(cell) ? `'${cell}` : cell;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A cell that was read, without the mark of text. */
export function unmarked(cell: string): string {
  return cell.startsWith("'") ? cell.replace(MARK, '') : cell;
}
