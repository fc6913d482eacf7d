// Owns reading a delimited text file into named cells: compression, encoding, delimiter, quotes and line
// numbers.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { isKnownName } from './column-names.js';
import { findHeading } from './heading.js';

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
  readonly delimiter: Delimiter;
  /** Column names as written; empty when the file has no header. */
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
  /** Lines that are neither header nor data: a title, an address, comments. */
  readonly extraLines: number;
}

const DELIMITERS = ['\t', ';', '|', ','] as const;
/** A blank is any run of blanks, in files laid out for the eye. */
export type Delimiter = (typeof DELIMITERS)[number] | ' ';

const EXCEL_DELIMITER = /^"?sep=(.)"?\s*$/i;
/** Lines from which the delimiter is told. */
const SAMPLE_LINES = 60;
/** A line of market data has at least a time and four prices; a trade has more. */
const LEAST_CELLS = 5;

/** The code pages of Windows in western and eastern Europe, Turkey, Russia, China, Taiwan and Hong Kong, Japan and Korea. */
const CODE_PAGES = [
  'windows-1252',
  'windows-1250',
  'windows-1254',
  'windows-1251',
  'gb18030',
  'big5',
  'shift_jis',
  'euc-kr',
] as const;
const CHINESE_DATE = /\d{4}年\d{1,2}月/;
/** So many bytes tell the code page: the header is among them. */
const HEAD_BYTES = 65_536;

/**
 * UTF-8 and UTF-16 with or without a byte order mark; terminals on Windows export both. What is neither has the code page of
 * the Windows it was written on: the one in which most names of columns are known. Data are the same in all of them.
 */
function decode(bytes: Buffer): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decode(Buffer.from(bytes).swap16());
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0);
  const encoding = utf16 ? 'utf-16le' : isUtf8(bytes) ? 'utf-8' : codePageOf(bytes.subarray(0, HEAD_BYTES));
  return new TextDecoder(encoding).decode(bytes);
}

function codePageOf(head: Buffer): (typeof CODE_PAGES)[number] {
  const known = CODE_PAGES.map((page) => {
    const text = new TextDecoder(page).decode(head);
    const cells = new Set(text.split(/[\t;|,"\r\n]+/));
    return [...cells].filter(isKnownName).length + (CHINESE_DATE.test(text) ? 1 : 0);
  });
  return CODE_PAGES[known.indexOf(Math.max(...known))] ?? CODE_PAGES[0];
}

function cellCount(line: string, delimiter: Delimiter): number {
  const bare = line.replace(/"[^"]*"/g, 'x').trim();
  return bare.split(delimiter === ' ' ? /\s+/ : delimiter).length;
}

/** The count of cells most lines have, and how many lines have it. */
function commonCount(lines: readonly string[], delimiter: Delimiter): { cells: number; lines: number } {
  const counts = new Map<number, number>();
  for (const line of lines) {
    const cells = cellCount(line, delimiter);
    counts.set(cells, (counts.get(cells) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return { cells: most?.[0] ?? 0, lines: most?.[1] ?? 0 };
}

/** What splits most lines into as many cells; decimal commas make a comma the last to be thought of. */
function delimiterOf(lines: readonly string[]): Delimiter {
  const fits = (delimiter: Delimiter) => {
    const { cells, lines: agreeing } = commonCount(lines, delimiter);
    return cells >= LEAST_CELLS && agreeing * 2 > lines.length;
  };
  const fitting = [...DELIMITERS, ' ' as const].find(fits);
  if (fitting !== undefined) return fitting;
  const [first = ''] = lines;
  const most = Math.max(...DELIMITERS.map((delimiter) => cellCount(first, delimiter)));
  return DELIMITERS.toReversed().find((delimiter) => cellCount(first, delimiter) === most) ?? ',';
}

interface ParsedRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Rows of a file with quotes; throws where they do not match. */
function quotedRows(text: string, delimiter: Delimiter): TableRow[] {
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
function plainRows(text: string, delimiter: Delimiter): TableRow[] {
  const rows: TableRow[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    const cells = delimiter === ' ' ? line.trim().split(/\s+/) : line.split(delimiter);
    rows.push({ line: index + 1, cells });
  }
  return rows;
}

function rowsOf(text: string, delimiter: Delimiter): TableRow[] {
  if (!text.includes('"')) return plainRows(text, delimiter);
  try {
    return quotedRows(text, delimiter);
  } catch {
    // A stray quote would swallow the rest of the file; read it literally and let its own row fail.
    return plainRows(text, delimiter);
  }
}

/** Parses a whole file, plain or gzipped. Throws ImportError when it cannot be opened or is empty. */
export function readTable(file: string): Table {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  } catch (error) {
    throw new ImportError(`${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (bytes.toString('latin1', 0, 4) === 'PK\u0003\u0004') {
    throw new ImportError(`${file}: is a ZIP archive or a workbook: unpack it, or save it as CSV`);
  }
  return parseTable(file, decode(bytes));
}

/** The same from text; `file` is only the name that reports carry. */
export function parseTable(file: string, text: string): Table {
  const lines = text.split(/\r\n|\n|\r/, SAMPLE_LINES * 2).filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined) throw new ImportError(`${file}: the file is empty`);
  const declared = EXCEL_DELIMITER.exec(first)?.[1];
  const asked = [...DELIMITERS, ' ' as const].find((delimiter) => delimiter === declared);
  const delimiter = asked ?? delimiterOf(lines.slice(0, SAMPLE_LINES));
  const all = rowsOf(text, delimiter);
  const rows = declared === undefined ? all : all.slice(1);
  const heading = findHeading(rows);
  const extraLines = all.length - heading.rows.length - (heading.header.length > 0 ? 1 : 0);
  return { file, delimiter, ...heading, extraLines };
}
