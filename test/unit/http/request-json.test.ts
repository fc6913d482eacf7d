// How a request is put together from path, query and body, and what is said of one that is wrong.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BatchRegisterTradesRequest, RegisterTradeRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { refusedItems } from '../../../src/errors/refused-items.js';
import { bodyRequest, queryRequest } from '../../../src/http/request-json.js';
import { RouteTable } from '../../../src/http/routes.js';
import { MOST_UNREADABLE, parseJson, Transcoder } from '../../../src/http/transcoder.js';
import { CONTRACT } from '../../support/grpc.js';

const message = (name: string) => {
  const desc = CONTRACT.registry.getMessage(`dtms.v1.${name}`);
  if (desc === undefined) throw new Error(`no ${name}`);
  return desc;
};
const NONE = new Map<string, string>();
const transcoder = new Transcoder(CONTRACT);

/** The fields at fault. */
function faults(perform: () => unknown): string[] {
  try {
    perform();
  } catch (error) {
    if (error instanceof DtmsError) return error.violations.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('a query', () => {
  const read = (text: string, variables = NONE) =>
    queryRequest(message('ListTradesRequest'), new URLSearchParams(text), variables);

  test('names fields by their paths, by either of their names', () => {
    expect(read('filter.account=a%3Ab&filter.symbols=X&filter.symbols=Y%23&page_size=3&pageToken=t')).toEqual(
      {
        filter: { account: 'a:b', symbols: ['X', 'Y#'] },
        pageSize: '3',
        pageToken: 't',
      },
    );
  });

  test('takes enums by name and by number, and truth by its words', () => {
    expect(read('filter.states=TRADE_STATE_HEALTHY&filter.states=2')).toEqual({
      filter: { states: ['TRADE_STATE_HEALTHY', 2] },
    });
    const watch = queryRequest(
      message('WatchTradesRequest'),
      new URLSearchParams('sendInitialState=true&resume_after.revision=9'),
      NONE,
    );
    expect(watch).toEqual({ sendInitialState: true, resumeAfter: { revision: '9' } });
  });

  test.each([
    ['nope=1', ['nope']],
    ['filter=x', ['filter']],
    ['filter.account.x=1', ['filter.account.x']],
    ['pageSize=1&pageSize=2', ['page_size']],
    ['pageSize=1&page_size=2', ['page_size']],
    ['__proto__=1&constructor=2', ['__proto__', 'constructor']],
  ])('%s is refused by name', (text, fields) => {
    expect(faults(() => read(text))).toEqual(fields);
  });

  test('may not say again what the path says', () => {
    const desc = message('GetTradeRequest');
    const path = new Map([['account', 'a']]);
    expect(faults(() => queryRequest(desc, new URLSearchParams('account=a'), path))).toEqual(['account']);
    expect(queryRequest(desc, new URLSearchParams('ticket=7'), path)).toEqual({ account: 'a', ticket: '7' });
  });
});

describe('a body', () => {
  const desc = message('CloseTradeRequest');
  const path = new Map([
    ['account', 'a'],
    ['ticket', '7'],
  ]);

  test('gets what the path holds, and may say the same', () => {
    const request = { account: 'a', ticket: '7', closePrice: 3 };
    expect(bodyRequest(desc, { closePrice: 3 }, path)).toEqual(request);
    expect(bodyRequest(desc, { closePrice: 3, account: 'a', ticket: 7 }, path)).toEqual(request);
  });

  test('may not say otherwise', () => {
    expect(faults(() => bodyRequest(desc, { account: 'b' }, path))).toEqual(['account']);
    expect(faults(() => bodyRequest(desc, { account: { b: 1 } }, path))).toEqual(['account']);
  });

  test.each<[JsonValue]>([[null], [[]], ['x'], [7]])('%j is none', (body) => {
    expect(faults(() => bodyRequest(desc, body, path))).toEqual(['']);
  });

  test.each(['{', '', '\u00ff', '{"a":1}x', 'NaN'])('%j is not JSON', (text) => {
    expect(faults(() => parseJson(Buffer.from(text, 'latin1')))).toEqual(['']);
  });
});

describe('the bytes of a request', () => {
  const desc = message('RegisterTradeRequest');
  const spec = { account: 'a', ticket: '1', symbol: 'X', direction: 'DIRECTION_BUY' };
  const bytes = (json: JsonValue) => transcoder.toBytes(desc, json);

  test('hold what the JSON says, with every digit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.string({ unit: 'grapheme' }),
        (ticket, label) => {
          const { trade } = RegisterTradeRequest.decode(
            bytes({ trade: { ...spec, ticket: String(ticket), label } }),
          );
          expect(trade).toMatchObject({ ticket, label });
        },
      ),
    );
  });

  test.each<[string, JsonValue, string[]]>([
    ['an unknown field', { trade: { foo: 1 }, bar: 2 }, ['trade.foo', 'bar']],
    ['a ticket that is none', { trade: { ticket: 'x' } }, ['trade.ticket']],
    ['a ticket that is blank', { trade: { ticket: ' ' } }, ['trade.ticket']],
    ['a ticket in hexadecimal', { trade: { ticket: '0x10' } }, ['trade.ticket']],
    ['a number that lost digits', { trade: { ticket: 2 ** 53 + 2 } }, ['trade.ticket']],
    ['a time that is none', { trade: { openedAt: 'yesterday' } }, ['trade.opened_at']],
    ['a day that is none', { trade: { openedAt: '2026-02-30T10:00:00+02:00' } }, ['trade.opened_at']],
    ['an enum that is none', { trade: { direction: 'UP' } }, ['trade.direction']],
    [
      'several',
      { trade: { entryPrice: 'x', volume: [], label: 3 } },
      ['trade.entry_price', 'trade.volume', 'trade.label'],
    ],
    ['both names of a field', { trade: { entryPrice: 1, entry_price: 2 } }, ['trade.entry_price']],
    ['a list for a message', { trade: [] }, ['trade']],
    ['a lone surrogate', { trade: { label: '\ud800' } }, ['trade.label']],
    ['a prototype', JSON.parse('{"__proto__": {"trade": 1}}'), ['__proto__']],
  ])('%s is refused by its place', (_, json, fields) => {
    expect(faults(() => bytes(json))).toEqual(fields);
  });

  test('a leap day is a day', () => {
    const { trade } = RegisterTradeRequest.decode(
      bytes({ trade: { ...spec, openedAt: '2024-02-29T23:30:00Z' } }),
    );
    expect(trade?.openedAt).toEqual(new Date(Date.UTC(2024, 1, 29, 23, 30)));
  });

  test('the items of a list have their places', () => {
    const many = message('ListTradesRequest');
    const filter = { tickets: ['1', 'x', 'y'] };
    expect(faults(() => transcoder.toBytes(many, { filter }))).toEqual([
      'filter.tickets[1]',
      'filter.tickets[2]',
    ]);
  });

  test('where each item is judged by itself, what cannot be read of one is noted beside the others', () => {
    const many = message('BatchRegisterTradesRequest');
    const odd = [
      ...[spec, { ...spec, ticket: '7', volume: 'x' }, 5, { ...spec, colour: 'red' }],
      ...[{ ...spec, direction: 'DIRECTION_UP' }, { ...spec, ticket: 2 ** 53 }, null],
    ];
    const encoded = transcoder.toBytes(many, { trades: odd });
    expect([...refusedItems(encoded, 'trades')].map(([index, { field }]) => [index, field])).toEqual([
      ...[
        [1, 'volume'],
        [2, ''],
        [3, 'colour'],
        [4, 'direction'],
        [5, 'ticket'],
        [6, ''],
      ],
    ]);
    const { trades } = BatchRegisterTradesRequest.decode(encoded);
    expect(trades.map(({ account, ticket }) => [account, ticket])).toEqual([
      ...[
        ['a', 1n],
        ['a', 7n],
        ['', 0n],
        ['a', 1n],
        ['a', 1n],
        ['a', 0n],
        ['', 0n],
      ],
    ]);
  });

  test('a list that is too long is refused before its items are looked at', () => {
    let looks = 0;
    const item = new Proxy<JsonObject>(
      { colour: 'red' },
      { ownKeys: (of) => [looks++, Reflect.ownKeys(of)][1] as string[] },
    );
    for (const [name, list, most] of [
      ['BatchRegisterTradesRequest', 'trades', 1000],
      ['PushMarketDataRequest', 'items', 5000],
      ['ReconcilePositionsRequest', 'deals', 10_000],
    ] as const) {
      const json = { [list]: Array.from({ length: most + 1 }, () => item) };
      expect(faults(() => transcoder.toBytes(message(name), json))).toEqual([list]);
    }
    expect(looks).toBe(0);
  });

  test('with more items that cannot be read than are looked into, a request is refused', () => {
    const many = message('BatchRegisterTradesRequest');
    const odd = (count: number) => Array.from({ length: count }, () => ({ ...spec, colour: 'red' }));
    const encoded = transcoder.toBytes(many, { trades: [...odd(MOST_UNREADABLE), spec] });
    expect(refusedItems(encoded, 'trades').size).toBe(MOST_UNREADABLE);
    expect(
      faults(() => transcoder.toBytes(many, { trades: [spec, ...odd(MOST_UNREADABLE + 1)] })).slice(0, 2),
    ).toEqual(['trades', 'trades[1].colour']);
    // However many lists they are in.
    const snapshot = { positions: odd(MOST_UNREADABLE), deals: odd(1) };
    expect(faults(() => transcoder.toBytes(message('ReconcilePositionsRequest'), snapshot))[0]).toBe('deals');
  });

  test('of an item with a thousand names that are none, each is read once', () => {
    const names = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`a${at}`, 0]));
    let reads = 0;
    const item = new Proxy<JsonObject>(names, {
      get: (of, key) => [reads++, Reflect.get(of, key)][1],
    });
    const encoded = transcoder.toBytes(message('PushMarketDataRequest'), { items: [item] });
    expect(refusedItems(encoded, 'items').get(0)?.field).toBe('a0');
    expect(reads).toBeLessThan(1100);
  });

  test('where nothing but items is at fault, the rest of a request is judged as ever', () => {
    const many = message('BatchRegisterTradesRequest');
    const json = { trades: [5], requestId: 3, colour: 'red' };
    expect(faults(() => transcoder.toBytes(many, json))).toEqual(['request_id', 'colour']);
  });

  test('null is what is not said', () => {
    expect(bytes({ trade: null, requestId: null })).toEqual(Buffer.alloc(0));
  });

  test('JSON of great depth is refused like any other', () => {
    const deep = parseJson(Buffer.from(`{"trade":${'['.repeat(100_000)}${']'.repeat(100_000)}}`));
    expect(faults(() => bytes(deep))).toEqual(['trade']);
  });
});

describe('the routes of the protos', () => {
  const paths = [...CONTRACT.methods.keys()].filter((path) => path.startsWith('/dtms.'));

  test('are found by the path, and tell what else a path takes', () => {
    const table = new RouteTable(CONTRACT, paths);
    const found = (http: string, path: string) => table.find(http, path);
    expect(found('GET', '/v1/dtms/accounts/a/trades/7').route?.method.path).toBe(
      '/dtms.v1.TradeService/GetTrade',
    );
    expect(found('GET', '/v1/dtms/accounts/a/trades/7:evaluate').route?.method.path).toMatch(
      /EvaluateTrade$/,
    );
    expect(found('PUT', '/v1/dtms/accounts/a:report').route?.method.path).toMatch(/UpsertAccount$/);
    expect(found('PATCH', '/v1/dtms/accounts/a/trades/7:close')).toEqual({
      route: undefined,
      allowed: ['POST'],
    });
    // No policy has a colon in its name; an account may.
    expect(found('GET', '/v1/dtms/policies/a:delete')).toEqual({ route: undefined, allowed: ['POST'] });
    expect(found('GET', '/v1/dtms/policies/a').route?.method.path).toMatch(/GetPolicy$/);
    expect(found('GET', '/v1/dtms/none')).toEqual({ route: undefined, allowed: [] });
  });

  test('a method without one stops the start', () => {
    expect(() => new RouteTable(CONTRACT, ['/grpc.health.v1.Health/Check'])).toThrow(TypeError);
    expect(() => new RouteTable(CONTRACT, ['/dtms.v1.NoService/Get'])).toThrow(TypeError);
  });

  test('two methods with the same stop the start', () => {
    const twice = [...paths, '/dtms.v1.TradeService/GetTrade'];
    expect(() => new RouteTable(CONTRACT, twice)).toThrow(/have the same route/);
  });
});
