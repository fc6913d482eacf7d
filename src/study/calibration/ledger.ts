// Owns the record of opened hold-outs: a file of lines, one for each fit that a hold-out was opened for. A hold-out that was
// looked at before is no fresh one, and every fit that was tried on it counts.
import { appendFileSync, readFileSync } from 'node:fs';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/schema';

const OPENING = Type.Object({
  market: Type.String(),
  /** Entries of the hold-out, UTC ms. */
  from: Type.Number(),
  until: Type.Number(),
  /** The same for the same candidates, trades and goal. */
  fit: Type.String(),
});
export type HoldOutOpening = Static<typeof OPENING>;
const validator = Compile(OPENING);

/** A ledger with a line that is none. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
}

/** Writes an opening down before the hold-out is looked at, and tells how many fits it has been opened for by now. */
export function noteOpening(file: string, opening: HoldOutOpening): number {
  const known = readLedger(file);
  const before = known.filter((other) => overlaps(other, opening));
  const fits = new Set([...before.map(({ fit }) => fit), opening.fit]);
  if (
    !before.some(
      ({ fit, from, until }) => fit === opening.fit && from === opening.from && until === opening.until,
    )
  )
    appendFileSync(file, `${JSON.stringify(opening)}\n`);
  return fits.size;
}

function overlaps(one: HoldOutOpening, other: HoldOutOpening): boolean {
  return one.market === other.market && one.from < other.until && other.from < one.until;
}

/** @throws LedgerError for a line that is no opening: what it would have counted is not known. */
function readLedger(file: string): readonly HoldOutOpening[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line, index): HoldOutOpening[] => {
    if (line === '') return [];
    const opening = parsed(line);
    if (!validator.Check(opening))
      throw new LedgerError(`${file}:${index + 1}: no record of an opened hold-out`);
    return [opening];
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
