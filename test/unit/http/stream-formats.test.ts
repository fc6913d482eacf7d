// How frames of streams look over HTTP, which of both ways a request gets, and where a stream goes on.
import type { JsonObject } from '@bufbuild/protobuf';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shuttingDown } from '../../../src/errors/errors.js';
import { httpFailureOf } from '../../../src/errors/json.js';
import { positionOf, resumed } from '../../../src/http/resume.js';
import { formatFor, NDJSON, SSE } from '../../../src/http/stream-formats.js';

function parsed(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  return events;
}

describe('an Accept header', () => {
  test.each([
    [undefined, SSE],
    ['*/*', SSE],
    ['text/event-stream', SSE],
    ['application/x-ndjson', NDJSON],
    ['Application/X-NDJSON;q=0.9, text/html', NDJSON],
    ['application/x-ndjson;q=0.2, text/event-stream;q=0.8', SSE],
    ['application/x-ndjson, */*', NDJSON],
    ['text/*', SSE],
    ['', SSE],
    ['text/event-stream; charset=utf-8', SSE],
    ['application/x-ndjson;q=0.5, */*;q=0.1', NDJSON],
    ['application/json', undefined],
    ['text/event-stream;q=0', undefined],
  ])('%s', (accept, format) => {
    expect(formatFor(accept, SSE)).toBe(format);
  });

  test('that takes anything gets what is usual', () => {
    expect(formatFor('*/*', NDJSON)).toBe(NDJSON);
  });
});

describe('a frame', () => {
  const event = (revision: string) => ({ logEpoch: 'e:1', revision });
  const events = { events: { revision: '9', events: [event('8'), event('9')] } };

  test.each([
    [events, 'events', 'e:1:9'],
    [{ bookmark: { revision: '12', logEpoch: 'e' } }, 'bookmark', 'e:12'],
    [{ snapshotEnd: { revision: '3', logEpoch: 'e', items: '1' } }, 'snapshotEnd', 'e:3'],
    [{ snapshotItem: { trade: {} } }, 'snapshotItem', undefined],
    [{ caughtUp: { revision: '3' } }, 'caughtUp', undefined],
  ] as const)('%j has its name, and an id where one can go on', (frame, name, id) => {
    const json = JSON.parse(JSON.stringify(frame));
    expect(parsed(SSE.frame(json))).toEqual([{ event: name, id, data: JSON.stringify(frame) }]);
  });

  test('that is no choice of several has no name', () => {
    expect(parsed(SSE.frame({ actions: [], revision: '1' }))[0]?.event).toBeUndefined();
  });

  test('is one event, or one line, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (label) => {
        const json = { snapshotItem: { label } };
        expect(parsed(SSE.frame(json)).map(({ data }) => JSON.parse(data))).toEqual([json]);
        expect(NDJSON.frame(json).split('\n')).toEqual([JSON.stringify(json), '']);
      }),
    );
  });

  test('that ends a stream is an error', () => {
    const { body } = httpFailureOf(shuttingDown(), 'id');
    expect(parsed(SSE.failure(body))).toMatchObject([{ event: 'error', id: undefined }]);
    expect(JSON.parse(NDJSON.failure(body))).toEqual(body);
  });
});

describe('a place', () => {
  test('is read back from its frame', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 64 }),
        fc.bigInt({ min: 0n, max: 2n ** 53n }),
        // Absent in the ids of older servers.
        fc.constantFrom<JsonObject[]>(
          {},
          { recordedAt: '2026-11-29T20:55:01Z' },
          { recordedAt: '2026-11-29T20:55:01.123Z' },
        ),
        (logEpoch, at, time) => {
          const bookmark = { logEpoch, revision: String(at), ...time };
          expect(resumed({ filter: {}, sendInitialState: true }, positionOf({ bookmark }) ?? '')).toEqual({
            filter: {},
            resumeAfter: bookmark,
          });
        },
      ),
    );
  });

  test.each([
    '',
    ':',
    '7',
    'e:',
    ':7',
    'e:-1',
    'e:1e3',
    'e:1@now',
    `e:${'9'.repeat(20)}`,
    `${'e'.repeat(200)}:1`,
  ])('%j is none', (id) => {
    expect(() => resumed({}, id)).toThrow(/last_event_id/);
  });
});
