// What the dashboard takes for a message of the watch: what the server writes, and nothing else.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../../../src/http/dashboard/data/api-error.js';
import { watchMessage } from '../../../src/http/dashboard/data/watch-message.js';

const NAMED = { account: 'demo', ticket: '1', state: 'TRADE_STATE_HEALTHY', revision: '7' };

test.each([
  ['an item of the snapshot', { snapshotItem: { trade: NAMED } }],
  ['its end', { snapshotEnd: { revision: '7', count: '1' } }],
  ['events', { events: { events: [NAMED, { ...NAMED, actionChanged: {} }] } }],
  ['no events', { events: { events: [] } }],
  ['a bookmark', { bookmark: { revision: '9' } }],
  ['what a newer server may add', { more: 1 }],
])('%s', (_what, message) => {
  expect(watchMessage(JSON.stringify(message))).toEqual(message);
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['null', 'null'],
  ['a trade without a name', JSON.stringify({ snapshotItem: { trade: { ...NAMED, ticket: undefined } } })],
  ['a ticket that is a number', JSON.stringify({ events: { events: [{ ...NAMED, ticket: 1 }] } })],
  ['events that are no list', JSON.stringify({ events: { events: NAMED } })],
  ['events that are nothing', JSON.stringify({ events: null })],
])('%s is refused', (_what, text) => {
  expect(() => watchMessage(text)).toThrow(ApiError);
});

test('law: any JSON is a message or refused as what it is', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        expect(watchMessage(text)).toEqual(JSON.parse(text));
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
      }
    }),
  );
});
