// Owns a table as comma-separated values. Pure.

/** A number is written as it is, for programs; undefined is empty. */
export type CsvCell = string | number | undefined;

export interface CsvColumn<Row> {
  readonly name: string;
  cell(row: Row): CsvCell;
}

/** What a spreadsheet would run as a formula, or shows as one that was marked as text. */
const FORMULA = /^'*[=+\-@\t\r]/;
const QUOTED = /[",\r\n]/;

/** A header and a line for each row (RFC 4180). Text that begins like a formula is marked as text by an apostrophe, one more than it has. */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map(({ cell }) => written(cell(row))));
  return [columns.map(({ name }) => written(name)), ...lines]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
}

function written(cell: CsvCell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return QUOTED.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
