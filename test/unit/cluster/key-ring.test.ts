// Which secret counts while it is rotated: of two servers, each of which heard of it within the time it takes to read, one
// always takes a connection the other begins; and in the end the secret before is worth nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyRing } from '../../../src/cluster/key-ring.js';

const OVERLAP_MS = 60_000;
/** Servers read once a second, and two looks may fail. */
const READ_MS = 3_000;
const [before, after] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

/** A server as it is `at` ms after the rotation, which it read at `readAt`; earlier it knows the secret before alone. */
function ringAt(at: number, readAt: number): KeyRing {
  let now = Math.min(at, readAt);
  const old = { serial: 1, current: before, previous: null, rotatedMs: Number.POSITIVE_INFINITY };
  const read = {
    serial: 2,
    current: after,
    previous: readAt < OVERLAP_MS ? before : null,
    rotatedMs: readAt,
  };
  const ring = new KeyRing(at < readAt ? old : read, OVERLAP_MS, () => now).of('epoch');
  now = at;
  return ring;
}

test('at every moment each takes the connections the other begins', () => {
  const readAt = fc.integer({ min: 0, max: READ_MS });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 * OVERLAP_MS }), readAt, readAt, (at, one, other) => {
      const [caller, called] = [ringAt(at, one), ringAt(at, other)];
      const { identity } = caller.connecting;
      const key = called.accepted.map((each) => each.ifNamed(identity)).find((each) => each !== null);
      expect(key).toEqual(caller.connecting.ifNamed(identity));
    }),
  );
});

test('after the overlap the secret before opens nothing, and nothing goes on with it', () => {
  const old = new KeyRing(
    { serial: 1, current: before, previous: null, rotatedMs: Number.POSITIVE_INFINITY },
    OVERLAP_MS,
  );
  const { identity } = old.of('epoch').connecting;
  expect(ringAt(OVERLAP_MS - 1, 0).accepted.some((key) => key.ifNamed(identity) !== null)).toBe(true);
  const late = ringAt(OVERLAP_MS, 0);
  expect(late.accepted.some((key) => key.ifNamed(identity) !== null)).toBe(false);
  expect([late.connecting.identity, late.overlapLeftMs]).toEqual(['epoch 2', 0]);
});

test('another history of the log has other keys', () => {
  const ring = ringAt(0, 0);
  const { identity } = ring.connecting;
  expect(ring.of('other').accepted.some((key) => key.ifNamed(identity) !== null)).toBe(false);
});
