// Owns the file of an export: lines of JSON. The first says of which log it is, the last how many lines there are, with their
// checksum. Nothing in it depends on when or where it was written.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { ExchangeError } from './errors.js';

const FORMAT = 1;
const Head = Type.Object({
  dtmsExport: Type.Number(),
  program: Type.String(),
  migrations: Type.Array(Type.String()),
  revision: Type.String({ pattern: '^[0-9]+$' }),
  compacted: Type.String({ pattern: '^[0-9]+$' }),
});
const HEAD = Compile(Head);
export type ExportHead = Omit<Static<typeof Head>, 'dtmsExport'>;

/** A line between the first and the last. */
export interface ExportLine {
  readonly kind: string;
  readonly [column: string]: unknown;
}

/** Returns the number of lines. @throws ExchangeError EXISTS */
export async function writeExport(
  path: string,
  head: ExportHead,
  lines: AsyncIterable<string>,
): Promise<number> {
  if (existsSync(path)) throw new ExchangeError('EXISTS', `${path} is there already: name another file`);
  const draft = `${path}.${process.pid}.part`;
  let count = 0;
  async function* all(): AsyncGenerator<string> {
    const hash = createHash('sha256');
    const first = `${JSON.stringify({ dtmsExport: FORMAT, ...head })}\n`;
    hash.update(first);
    yield first;
    for await (const line of lines) {
      hash.update(`${line}\n`);
      count += 1;
      yield `${line}\n`;
    }
    yield `${JSON.stringify({ lines: count, sha256: hash.digest('hex') })}\n`;
  }
  try {
    await pipeline(all(), createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return count;
}

/** Reads an export to its end. That it is whole is known when this has ended. @throws ExchangeError */
export async function* readExport(path: string): AsyncGenerator<ExportHead | ExportLine> {
  const hash = createHash('sha256');
  let [count, ended, begun] = [0, false, false];
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const value = parsed(text);
    if (!begun) {
      if (!HEAD.Check(value))
        throw new ExchangeError('NOT_AN_EXPORT', `${path} is not what dtms export writes`);
      if (value.dtmsExport > FORMAT)
        throw new ExchangeError('OTHER_VERSION', `DTMS ${value.program} wrote ${path} in a newer form`);
      begun = true;
      hash.update(`${text}\n`);
      yield value;
      continue;
    }
    if (ended) throw new ExchangeError('DAMAGED', `${path} goes on after its end`);
    const { kind, sha256, lines } = Object(value);
    if (typeof kind === 'string') {
      hash.update(`${text}\n`);
      count += 1;
      yield value as ExportLine;
      continue;
    }
    ended = lines === count && sha256 === hash.digest('hex');
    if (!ended) throw new ExchangeError('DAMAGED', `line ${count + 2} of ${path} is not what was written`);
  }
  if (!begun) throw new ExchangeError('NOT_AN_EXPORT', `${path} is empty`);
  if (!ended) throw new ExchangeError('DAMAGED', `${path} ends early`);
}

/** Undefined of a line that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
