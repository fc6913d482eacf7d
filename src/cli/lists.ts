// Owns how lists are printed, as --output says: a table for people, JSON with an object per line, or CSV.
import { type Command, Option } from 'commander';
import { csvCell } from '../domain/csv-cell.js';
import { jsonText, print, tableText } from './output.js';

export const LIST_FORMS = ['table', 'json', 'csv'] as const;

export interface ListForm {
  readonly output: (typeof LIST_FORMS)[number];
}

/** What is shown of each item: a cell per column of the table, and all of it in JSON. */
export interface Listed<T> {
  readonly head: readonly string[];
  readonly row: (item: T) => readonly string[];
  readonly json: (item: T) => unknown;
}

/** Adds `--output`, and `--json`, which is short for it. */
export function withListForm(command: Command): Command {
  return command
    .addOption(
      new Option('--output <form>', 'how it is printed; json is an object per line')
        .choices(LIST_FORMS)
        .default('table'),
    )
    .addOption(new Option('--json', 'short for --output json').implies({ output: 'json' }));
}

export function printList<T>(
  { output }: ListForm,
  items: readonly T[],
  { head, row, json }: Listed<T>,
): void {
  if (output === 'json') for (const item of items) print(jsonText(json(item)));
  else if (output === 'csv') for (const line of csvLines(head, items.map(row))) print(line);
  else print(tableText(head, items.map(row)));
}

/** RFC 4180: its heading, and a line per row. */
function csvLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, ...rows].map((cells) => cells.map(csvCell).join(','));
}
