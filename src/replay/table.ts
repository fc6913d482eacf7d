// Reading a delimited text file into named cells: encoding, separator, header, quotes and line numbers.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** A file that cannot be read as what it should be; a single bad row never throws it unless strict. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

/** A row that could not be taken. `line` counts from 1, the header included; `column` is the file's own name. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly reason: string;
}

/** A bad row in one line: `file:line: column: reason`. */
export function describeBadRow(bad: BadRow): string {
  return `${bad.file}:${bad.line}: ${bad.column}: ${bad.reason}`;
}

/** What happens at the first bad row: the import ends with an ImportError, or the row is skipped and counted. */
export type BadRowPolicy = 'stop' | 'skip';

export interface TableRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly file: string;
  /** Column names as written; empty when the file has no header. */
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

const SEPARATORS = ['\t', ';', ',', '|'] as const;

/** UTF-8 and UTF-16 with or without a byte order mark; terminals on Windows export both. */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(Buffer.from(bytes).swap16());
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0);
  const text = bytes.toString(utf16 ? 'utf16le' : 'utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function separatorOf(firstLine: string): string {
  let best = ',';
  let most = 0;
  for (const separator of SEPARATORS) {
    const count = firstLine.split(separator).length - 1;
    if (count > most) {
      best = separator;
      most = count;
    }
  }
  return best;
}

/** The name a column is looked up by: lower case, words joined by one underscore. */
export function columnKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function isHeader(cells: readonly string[]): boolean {
  return !cells.some((cell) => /^[-+]?\d/.test(cell.trim()));
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Rows of a file with quotes; throws where they do not match. */
function quotedRows(text: string, delimiter: string): TableRow[] {
  const parsed = parse(text, {
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  }) as unknown as ParsedRecord[];
  return parsed.map(({ record, info }) => ({ line: info.lines, cells: record }));
}

/** Rows of a file in which a quote means nothing: several times as fast, and most files are such. */
function plainRows(text: string, delimiter: string): TableRow[] {
  const rows: TableRow[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() !== '') rows.push({ line: index + 1, cells: line.split(delimiter) });
  }
  return rows;
}

function rowsOf(text: string, delimiter: string): TableRow[] {
  if (!text.includes('"')) return plainRows(text, delimiter);
  try {
    return quotedRows(text, delimiter);
  } catch {
    // A stray quote would swallow the rest of the file; read it literally and let its own row fail.
    return plainRows(text, delimiter);
  }
}

/** Parses a whole file. Throws ImportError when it cannot be opened or is empty. */
export function readTable(file: string): Table {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ImportError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return parseTable(file, decode(bytes));
}

/** The same from text; `file` is only the name that reports carry. */
export function parseTable(file: string, text: string): Table {
  const firstLine = /[^\r\n]*\S[^\r\n]*/.exec(text)?.[0];
  if (firstLine === undefined) throw new ImportError(`${file}: the file is empty`);
  const rows = rowsOf(text, separatorOf(firstLine));
  const first = rows[0];
  if (first === undefined) throw new ImportError(`${file}: the file is empty`);
  if (!isHeader(first.cells)) return { file, header: [], rows };
  return { file, header: first.cells.map((cell) => cell.trim()), rows: rows.slice(1) };
}
