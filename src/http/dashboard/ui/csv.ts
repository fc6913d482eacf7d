// Owns a table as comma-separated values. Pure.
import { type CsvCell, csvCell } from '../../../domain/csv-cell.js';

export interface CsvColumn<Row> {
  readonly name: string;
  cell(row: Row): CsvCell;
}

/** A header and a line for each row. */
export function csvText<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map(({ cell }) => csvCell(cell(row))));
  return [columns.map(({ name }) => csvCell(name)), ...lines]
    .map((cells) => `${cells.join(',')}\r\n`)
    .join('');
}
