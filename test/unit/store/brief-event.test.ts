// Events that are stored without what another one has: putting it back gives every byte again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { briefEvent, carrierOf, wholeEvent } from '../../../src/store/bodies/brief-event.js';
import { IncompleteEventError, WholeEvents } from '../../../src/store/whole-events.js';

const bytes = fc.uint8Array({ maxLength: 300 });
/** What comes before and after the shared bytes, in both events. An event begins with the tag of a field. */
const pair = fc.record({
  before: bytes.map((rest) => Buffer.concat([Buffer.of(0x20), rest])),
  after: bytes,
  otherBefore: bytes.map((rest) => Buffer.concat([Buffer.of(0x20), rest])),
  otherAfter: bytes,
  shared: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
  distance: fc.integer({ min: 1, max: 1000 }),
});

/** A whole event, one that is brief because of it, and what the latter was. */
const made = pair.map(({ before, after, otherBefore, otherAfter, shared, distance }) => {
  const whole = Buffer.concat([before, shared, after]);
  const place = { distance, length: shared.length, at: before.length, otherAt: otherBefore.length };
  return {
    whole,
    brief: briefEvent(whole, place),
    carrier: Buffer.concat([otherBefore, shared, otherAfter]),
    distance,
  };
});

test('a brief event names the other one, and is whole again with it', () => {
  fc.assert(
    fc.property(
      made,
      fc.integer({ min: 1001, max: 2 ** 40 }),
      ({ whole, brief, carrier, distance }, revision) => {
        expect(carrierOf(revision, whole)).toBeNull();
        expect(carrierOf(revision, brief)).toBe(revision - distance);
        expect(Buffer.compare(wholeEvent(brief, carrier), whole)).toBe(0);
        const events = new WholeEvents();
        const place = { revision, payload: brief };
        expect(events.take([place])).toEqual([revision - distance]);
        expect(() => events.payloadOf(place)).toThrow(IncompleteEventError);
        expect(events.take([place, { revision: revision - distance, payload: carrier }])).toEqual([]);
        expect(Buffer.compare(events.payloadOf(place), whole)).toBe(0);
      },
    ),
  );
});

test('a brief event is no message: a program that does not know of it refuses it', () => {
  fc.assert(
    fc.property(made, ({ brief }) => {
      expect(() => TradeEvent.decode(brief)).toThrow();
    }),
  );
});

test('an event that would be longer with another than it was is refused', () => {
  const brief = briefEvent(Buffer.from('abcdef'), { distance: 1, length: 3, at: 2, otherAt: 4 });
  expect(() => wholeEvent(brief, Buffer.from('abcde'))).toThrow(RangeError);
});
