// What the journal keeps comes back as it was, and every command that may be in it can be made again.
import { readdirSync, readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TOLD_COMMANDS } from '../../../src/commands/told-commands.js';
import {
  decodeEntry,
  encodeEntries,
  encodeEntry,
  splitEntries,
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
      const body = encodeEntries(entries.map(encodeEntry));
      // Structured clones of what has no prototype have one.
      expect(splitEntries(body).map(decodeEntry)).toEqual(structuredClone(entries));
    }),
  );
});

test('a body that is cut short, of another format or of other bytes is refused, never read as something else', () => {
  const whole = [
    { name: 'sweep', args: ['x'.repeat(600)], prepared: undefined, actor: '', now: 1, passing: 2 },
  ];
  const body = encodeEntries(whole.map(encodeEntry));
  const read = (bytes: Uint8Array) => () => splitEntries(bytes).map(decodeEntry);
  expect(read(body.subarray(0, body.length - 3))).toThrow(UnreadableJournalError);
  expect(read(Uint8Array.of(9, ...body.subarray(1)))).toThrow(UnreadableJournalError);
  expect(read(Uint8Array.of(2, ...deflateRawSync(Buffer.from([200, 0, 0, 0, 1]))))).toThrow(
    UnreadableJournalError,
  );
  expect(read(Uint8Array.of(1, 2, 0, 0, 0, 1, 1))).toThrow(UnreadableJournalError);
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
