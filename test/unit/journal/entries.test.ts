// What the journal keeps comes back as it was, and every command that may be in it can be made again.
import { readdirSync, readFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TOLD_COMMANDS } from '../../../src/commands/told-commands.js';
import {
  decodeEntries,
  decodePart,
  encodeEntries,
  encodePart,
  type JournalEntry,
  UnreadableJournalError,
} from '../../../src/store/bodies/journal.js';
import '../../support/properties.js';

const value = fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true });
const entry = fc.record({
  name: fc.string(),
  args: fc.array(value, { maxLength: 3 }),
  prepared: value,
  actor: fc.string(),
  now: fc.double(),
  passing: fc.double(),
});

test('entries come back as they were, in order', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
      // Structured clones of what has no prototype have one.
      expect(decodeEntries(encodeEntries(entries).body)).toEqual(structuredClone(entries));
    }),
  );
});

const told = (text: string): JournalEntry => ({
  ...{ name: 'sweep', args: [text, 1n], prepared: undefined, actor: 'ann', now: 1, passing: 2 },
});
const read = (bytes: Uint8Array) => () => decodeEntries(bytes);
const refused = (bytes: Uint8Array) => expect(read(bytes)).toThrow(UnreadableJournalError);

test('whichever bit of a body is flipped, and wherever it is cut short, it is refused and never read as something else', () => {
  for (const length of [3, 600]) {
    const { body } = encodeEntries([told('x'.repeat(length)), told('y')]);
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const flipped = Uint8Array.from(body);
      flipped[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      refused(flipped);
    }
    for (let end = 0; end < body.length; end += 1) refused(body.subarray(0, end));
  }
});

test('a part of a checkpoint is refused likewise', async () => {
  const body = await encodePart({ kind: 'trades', trades: [told('x'.repeat(600))] });
  expect(decodePart(body)).toEqual({ kind: 'trades', trades: [told('x'.repeat(600))] });
  for (let at = 0; at < body.length; at += 1) {
    const flipped = Uint8Array.from(body);
    flipped[at] = (body[at] ?? 0) ^ 255;
    expect(() => decodePart(flipped)).toThrow(UnreadableJournalError);
  }
});

/** As programs wrote them until format 2: each entry a clone of its own. */
const FORMER = {
  plain: (body: Buffer) => Uint8Array.of(1, ...body),
  deflated: (body: Buffer) => Uint8Array.of(2, ...deflateRawSync(body)),
};

test('bodies of former formats are read, and refused where they are cut short', () => {
  const entries = [told('x'.repeat(600)), told('y')];
  const clones = entries.map((one) =>
    serialize([one.name, one.args, one.prepared, one.actor, one.now, one.passing]),
  );
  const pieces = clones.flatMap((clone) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(clone.length);
    return [length, clone];
  });
  const body = Buffer.concat(pieces);
  for (const made of Object.values(FORMER)) {
    expect(decodeEntries(made(body))).toEqual(entries);
    refused(made(body.subarray(0, body.length - 3)));
    refused(made(body.subarray(0, 2)));
  }
  refused(Uint8Array.of(2, ...deflateRawSync(Buffer.from([200, 0, 0, 0, 1]))));
  refused(Uint8Array.of(1, 2, 0, 0, 0, 1, 1));
  refused(Uint8Array.of(9, ...body));
});

test('every command that is journalled is known by its name', () => {
  const folder = new URL('../../../src/commands/', import.meta.url);
  const names = readdirSync(folder).flatMap((file) =>
    [...readFileSync(new URL(file, folder), 'utf8').matchAll(/= journalled\(\s*'(\w+)'/g)].map(
      (found) => found[1],
    ),
  );
  expect(names.length).toBeGreaterThan(25);
  expect(Object.keys(TOLD_COMMANDS).sort()).toEqual(names.sort());
});
