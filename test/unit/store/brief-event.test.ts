// Events that are stored without what another one has: putting it back gives every byte again.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TradeEvent as EventMessage } from '../../../gen/ts/dtms/v1/event.js';
import type { Evaluation } from '../../../src/domain/signals/signal.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { STATES } from '../../../src/domain/trade/state.js';
import { SharedEvaluations } from '../../../src/engine/shared-evaluation.js';
import { briefEvent, carrierOf, wholeEvent } from '../../../src/store/bodies/brief-event.js';
import { IncompleteEventError, WholeEvents } from '../../../src/store/whole-events.js';
import { encodeEvent, eventToProto } from '../../../src/wire/event.js';
import { anyAction, anyEvaluation, anyText, anyTrade } from '../../support/stored.js';

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
  return {
    whole: Buffer.concat([before, shared, after]),
    brief: briefEvent(before, after, { distance, length: shared.length, otherAt: otherBefore.length }),
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
      expect(() => EventMessage.decode(brief)).toThrow();
    }),
  );
});

test('an event that would be longer with another than it was is refused', () => {
  const place = { distance: 1, length: 3, otherAt: 4 };
  const brief = briefEvent(Buffer.from('ab'), Buffer.from('f'), place);
  expect(() => wholeEvent(brief, Buffer.from('abcde'))).toThrow(RangeError);
});

/** Evaluations of all lengths, so that their own and those around them take one byte to three. */
const sized = fc
  .tuple(anyEvaluation, fc.constantFrom(0, 20, 100, 150, 20_000))
  .map(([evaluation, padding]): Evaluation => {
    const [first, ...rest] = evaluation.signals;
    if (first === undefined) return evaluation;
    return { ...evaluation, signals: [{ ...first, reason: 'x'.repeat(padding) }, ...rest] };
  });

const transition = (evaluation: Evaluation | null): fc.Arbitrary<TradeEvent> =>
  fc
    .record({
      trade: anyTrade,
      from: fc.constantFrom(...STATES),
      to: fc.constantFrom(...STATES),
      price: fc.option(fc.double({ noNaN: true }), { nil: null }),
      planned: fc.array(anyAction, { maxLength: 2 }),
      withdrawn: fc.array(anyAction, { maxLength: 1 }),
    })
    .map(({ trade, ...change }) => ({
      trade,
      at: trade.stateEnteredAt,
      change: { kind: 'stateChanged', cause: 'SCORE', evaluation, suppressed: [], ...change },
    }));

test('events of an evaluation are the bytes of their messages, and so are brief ones that are whole again', () => {
  const events = sized.chain((evaluation) =>
    fc.array(
      fc.boolean().chain((shows) => transition(shows ? evaluation : null)),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  );
  fc.assert(
    fc.property(events, anyText, (made, actor) => {
      const evaluations = new SharedEvaluations();
      for (const [index, event] of made.entries()) evaluations.add(event, actor, index);
      const read = new WholeEvents();
      for (const [revision, event] of made.entries()) {
        const expected = EventMessage.encode(eventToProto(event, actor)).finish();
        expect(Buffer.compare(encodeEvent(event, actor), expected)).toBe(0);
        const stored = { revision, payload: evaluations.brief(event, actor, revision) };
        expect(read.take([stored])).toEqual([]);
        expect(Buffer.compare(read.payloadOf(stored), expected)).toBe(0);
      }
    }),
  );
});
