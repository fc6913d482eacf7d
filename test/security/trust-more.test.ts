// Attacks of the kinds that were tried on the service (docs/security.md), which nobody has tried yet: each by its name, what
// it does, and the right answer. What is tried is in the tables; how, below them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { AccountKind } from '../../gen/ts/dtms/v1/account_service.js';
import { FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Direction, DtmsCallError, DtmsClient, ErrorReason, Timeframe } from '../../src/client/index.js';
import { SCOPES } from '../../src/contract/scopes.js';
import { startService, type TestService } from '../support/app.js';
import { DatabaseKeys } from '../support/keys.js';
import { walk } from '../support/market-data.js';

let service: TestService;
let keys: DatabaseKeys;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({
    access: { mode: 'open' },
    limits: { mode: 'off' },
    rules: { feeds: { maximumPerKey: 20 } },
  });
  keys = new DatabaseKeys(service.databaseUrl);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

/** A client with a key of its own. */
async function keyed(more: { scopes?: readonly Scope[]; accounts?: string[]; feeds?: string[] } = {}) {
  const { scopes = SCOPES, accounts = [], feeds = [] } = more;
  const made = await keys.make(scopes, accounts, undefined, null, feeds);
  const client = new DtmsClient({ address: service.address, apiKey: made.text, defaults: { retryMs: 0 } });
  clients.push(client);
  return { client, made };
}

/** What became of a call: OK, or its reason. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'OK',
    (error: unknown) => {
      if (!(error instanceof DtmsCallError)) throw error;
      return ErrorReason[error.report.reason ?? 0] ?? String(error.code);
    },
  );

/** The same over HTTP: its status, and the reason where there is one. */
async function http(path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(`http://${service.http}${path}`, init);
  const text = await response.text();
  return `${response.status} ${/"reason":"([A-Z_]+)"/.exec(text)?.[1] ?? ''}`.trim();
}

const post = (path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  http(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

let numbers = 0;
const fresh = (what: string): string => `${what}-${++numbers}`;
const YEAR = 365 * 86_400_000;
const bars = (symbol = 'BTCUSD', from = new Date(Date.UTC(2025, 5, 2)), count = 3) =>
  walk(symbol, 'M15', from, count);
const trade = (account: string, more: object = {}) => ({
  ...{
    account,
    ticket: 1n,
    symbol: 'BTCUSD',
    direction: Direction.BUY,
    entryPrice: 100,
    volume: 1,
    stopLoss: 90,
  },
  ...more,
});
const register = (account: string, more: object = {}) =>
  service.client.registerTrade({ trade: trade(account, more) });

interface Attack {
  readonly name: string;
  readonly right: string | RegExp;
  act(): Promise<string>;
}

function tried(kind: string, attacks: readonly Attack[]): void {
  describe(kind, () => {
    test.each(attacks.map((attack) => [attack.name, attack] as const))(
      '%s',
      async (_name, { act, right }) => {
        expect(await act()).toMatch(typeof right === 'string' ? new RegExp(`^${right}$`) : right);
      },
    );
  });
}

tried('time', [
  {
    name: 'a trade opened before there were computers is refused',
    right: 'INVALID_FIELD',
    act: () => outcome(register(fresh('time'), { openedAt: new Date(-YEAR) })),
  },
  {
    name: 'a time beyond every calendar, by its bytes, is refused',
    right: /^400 INVALID_FIELD$/,
    act: () =>
      post('/v1/dtms/trades', JSON.stringify({ trade: { ...{ openedAt: '9999999-01-01T00:00:00Z' } } })),
  },
  {
    name: 'a bar of a year from now blinds no live feed: the honest one after it is taken',
    right: '1 refused, then 3 taken',
    act: async () => {
      const feed = fresh('ahead');
      const ahead = await service.client.pushMarketData({
        feed,
        items: bars('BTCUSD', new Date(Date.now() + YEAR), 1),
      });
      const honest = await service.client.pushMarketData({ feed, items: bars() });
      return `${ahead.rejected.length} refused, then ${honest.accepted} taken`;
    },
  },
  {
    name: 'a heartbeat whose clock is off by more than a day is refused',
    right: 'INVALID_FIELD',
    act: () =>
      outcome(
        service.client.reportAccount({
          account: fresh('clock'),
          bridgeId: 'b',
          connected: true,
          utcOffsetMinutes: 100_000,
        }),
      ),
  },
  {
    name: 'a call that says it has no time left does nothing',
    right: '504 DEADLINE_EXCEEDED, then 404 TRADE_NOT_FOUND',
    act: async () => {
      const account = fresh('late');
      const body = JSON.stringify({ trade: { ...trade(account), ticket: '1', direction: 'DIRECTION_BUY' } });
      const first = await post('/v1/dtms/trades', body, { 'x-timeout-ms': '0' });
      return `${first}, then ${await http(`/v1/dtms/accounts/${account}/trades/1`)}`;
    },
  },
]);

tried('feeds', [
  {
    name: 'a feed does not confirm itself',
    right: 'INVALID_FIELD',
    act: () => {
      const feed = fresh('self');
      return outcome(service.client.upsertFeed({ feed, kind: FeedKind.LIVE, confirmedBy: feed }));
    },
  },
  {
    name: 'a key for feeds named so writes none in another spelling',
    right: 'FEED_DENIED FEED_DENIED FEED_DENIED',
    act: async () => {
      const { client } = await keyed({ feeds: ['lse.*'] });
      const each = ['LSE.m1', 'lse', 'xlse.m1'].map((feed) =>
        outcome(client.pushMarketData({ feed, items: bars() })),
      );
      return (await Promise.all(each)).join(' ');
    },
  },
  {
    name: 'a live feed of others is not turned into a recording, whose data may be of any time',
    right: 'FEED_DENIED',
    act: async () => {
      const feed = fresh('live');
      await service.client.pushMarketData({ feed, items: bars() });
      const { client } = await keyed({ scopes: [Scope.MARKET] });
      return outcome(client.upsertFeed({ feed, kind: FeedKind.RECORDED }));
    },
  },
  {
    name: 'a recording that a paper account follows does not carry it when it is real all at once',
    right: 'FEED_IN_USE',
    act: async () => {
      const [account, feed] = [fresh('paper'), fresh('tape')];
      await service.client.upsertFeed({ feed, kind: FeedKind.RECORDED });
      await register(account, { feed });
      const beat = { account, bridgeId: 'b', connected: true, tradeAllowed: true, equity: 1, balance: 1 };
      await service.client.reportAccount({ ...beat, kind: AccountKind.PAPER });
      return outcome(service.client.reportAccount({ ...beat, kind: AccountKind.REAL }));
    },
  },
  {
    name: 'one stream makes no more feeds than its key may',
    right: 'LIMIT_REACHED',
    act: async () => {
      const { client } = await keyed();
      const names = Array.from({ length: 25 }, () => fresh('many'));
      const pushed = names.map((feed) => outcome(client.pushMarketData({ feed, items: bars() })));
      return [...new Set(await Promise.all(pushed))].filter((each) => each !== 'OK').join();
    },
  },
]);

tried('keys', [
  {
    name: 'an administrator of some feeds makes no key for others, or for all',
    right: 'PERMISSION_DENIED PERMISSION_DENIED PERMISSION_DENIED OK',
    act: async () => {
      const { client } = await keyed({ feeds: ['lse.*'] });
      const make = (feeds: string[]) =>
        outcome(client.createApiKey({ name: fresh('key'), scopes: [Scope.MARKET], feeds }));
      return [
        await make([]),
        await make(['l*']),
        await make(['lse.m1', 'nyse']),
        await make(['lse.m*']),
      ].join(' ');
    },
  },
  {
    name: 'an administrator of some feeds does not get the secret of a key for all by rotating it',
    right: 'KEY_NOT_FOUND KEY_NOT_FOUND',
    act: async () => {
      const { client } = await keyed({ feeds: ['lse.*'] });
      const { made } = await keyed();
      const { keyId } = made.key;
      return `${await outcome(client.rotateApiKey({ keyId }))} ${await outcome(client.revokeApiKey({ keyId }))}`;
    },
  },
  {
    name: 'an administrator of one account makes no key for every account',
    right: 'PERMISSION_DENIED',
    act: async () => {
      const { client } = await keyed({ accounts: ['mine'] });
      return outcome(client.createApiKey({ name: fresh('key'), scopes: [Scope.READ], accounts: [] }));
    },
  },
  {
    name: 'two keys in one request are neither of them',
    right: '401 UNAUTHENTICATED',
    act: async () => {
      const [one, other] = [await keyed(), await keyed()];
      const headers = { authorization: `Bearer ${one.made.text}`, 'x-api-key': other.made.text };
      return http('/v1/dtms/status', { headers });
    },
  },
  {
    name: 'a key in other letters, or with something after it, is none',
    right: '401 401 401',
    act: async () => {
      const { text } = (await keyed()).made;
      const statuses = [text.toUpperCase(), `${text}=`, `${text},${text}`].map(async (key) =>
        (await http('/v1/dtms/status', { headers: { 'x-api-key': key } })).slice(0, 3),
      );
      return (await Promise.all(statuses)).join(' ');
    },
  },
]);

tried('texts', [
  {
    name: 'an account that looks like another one is refused',
    right: 'INVALID_FIELD INVALID_FIELD INVALID_FIELD',
    act: async () => {
      // A Cyrillic i, a mark that reorders, a wide letter.
      const names = ['l\u0456ve-1', 'live\u202e-1', '\uff4cive-1'];
      return (await Promise.all(names.map((name) => outcome(register(name))))).join(' ');
    },
  },
  {
    name: 'names that every object has are names like others',
    right: 'ACCOUNT_NOT_FOUND ACCOUNT_NOT_FOUND, then 2 trades',
    act: async () => {
      const names = ['constructor', 'toString'];
      const before = await Promise.all(names.map((account) => outcome(service.client.getRisk({ account }))));
      for (const account of names) await register(account, { feed: account, symbol: 'constructor' });
      const risks = await Promise.all(names.map((account) => service.client.getRisk({ account })));
      const trades = risks.reduce((sum, { risk }) => sum + Number(risk?.activeTrades ?? 0), 0);
      return `${before.join(' ')}, then ${trades} trades`;
    },
  },
  {
    name: 'half a character is refused',
    right: '400 INVALID_FIELD',
    act: () =>
      post(
        '/v1/dtms/accounts/half:setTradingState',
        '{"state":"TRADING_STATE_HALTED","by":"x","reason":"\\ud800"}',
      ),
  },
  {
    name: 'two symbols that look alike are two symbols',
    right: '3 and 2',
    act: async () => {
      const feed = fresh('alike');
      for (const [symbol, count] of [
        ['CAF\u00c9', 3],
        ['CAFE\u0301', 2],
      ] as const)
        await service.client.pushMarketData({ feed, items: bars(symbol, undefined, count) });
      const seen = ['CAF\u00c9', 'CAFE\u0301'].map(
        async (symbol) =>
          (await service.client.listBars({ feed, symbol, timeframe: Timeframe.M15 })).bars.length,
      );
      return (await Promise.all(seen)).join(' and ');
    },
  },
]);

tried('JSON and HTTP', [
  {
    name: 'a body that names another account than its path is refused',
    right: '400 INVALID_FIELD',
    act: () =>
      post(
        '/v1/dtms/accounts/mine:setTradingState',
        '{"account":"theirs","state":"TRADING_STATE_HALTED","by":"x","reason":"x"}',
      ),
  },
  {
    name: 'a parameter given twice is refused',
    right: '400 INVALID_FIELD',
    act: () => http('/v1/dtms/trades?filter.account=mine&filter.account=theirs'),
  },
  {
    name: 'a field given under both of its names is refused',
    right: '400 INVALID_FIELD',
    act: () =>
      post(
        '/v1/dtms/news',
        '{"events":[{"eventId":"a","event_id":"b","currency":"USD","time":"2026-01-01T00:00:00Z"}]}',
      ),
  },
  {
    name: 'numbers no double holds, or that lose digits, are refused',
    right: '400 400 400 400',
    act: async () => {
      const account = fresh('number');
      const body = (volume: string, ticket = '"1"') =>
        `{"trade":{"account":"${account}","ticket":${ticket},"symbol":"BTCUSD","direction":"DIRECTION_BUY","entryPrice":100,"volume":${volume},"stopLoss":90}}`;
      const each = [body('1e400'), body('"Infinity"'), body('1', '9007199254740993'), body('1', '"0x10"')];
      const path = '/v1/dtms/trades';
      return (await Promise.all(each.map(async (text) => (await post(path, text)).slice(0, 3)))).join(' ');
    },
  },
  {
    name: 'JSON that is deep, has a byte-order mark, comments or other encodings is refused, and the server lives',
    right: '400 400 400 400 200',
    act: async () => {
      const utf16 = new Uint8Array(Buffer.from('{}', 'utf16le'));
      const each = [`${'['.repeat(50_000)}`, '\ufeff{}', '{/**/}', utf16];
      const path = '/v1/dtms/accounts/mine:setTradingState';
      const codes = await Promise.all(each.map(async (body) => (await post(path, body)).slice(0, 3)));
      return [...codes, (await http('/v1/dtms/status')).slice(0, 3)].join(' ');
    },
  },
  {
    name: 'a header does not change the method of a request',
    right: /^(404|405)/,
    act: () =>
      http('/v1/dtms/accounts/mine:setTradingState', { headers: { 'x-http-method-override': 'POST' } }),
  },
  {
    name: 'a page token of another list, or a forged one, is refused',
    right: 'INVALID_PAGE_TOKEN INVALID_PAGE_TOKEN',
    act: async () => {
      for (const feed of [fresh('page'), fresh('page')])
        await service.client.upsertFeed({ feed, kind: FeedKind.LIVE });
      const { nextPageToken } = await service.client.listFeeds({ pageSize: 1 });
      const other = await outcome(service.client.listAccounts({ pageToken: nextPageToken }));
      return `${other} ${await outcome(service.client.listFeeds({ pageToken: `${nextPageToken}!` }))}`;
    },
  },
]);

tried('sizes and numbers', [
  {
    name: 'one ticket a thousand times in a batch is one trade',
    right: '1 new of 1000',
    act: async () => {
      const account = fresh('batch');
      const trades = Array.from({ length: 1000 }, () => trade(account));
      const { results } = await service.client.batchRegisterTrades({ trades });
      return `${results.filter(({ alreadyRegistered }) => !alreadyRegistered).length} new of ${results.length}`;
    },
  },
  {
    name: 'a request_id in other letters is the same one, and no other text is one',
    right: 'REQUEST_ID_REUSED INVALID_FIELD INVALID_FIELD',
    act: async () => {
      const account = fresh('id');
      await register(account);
      const requestId = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
      const pause = (id: string) =>
        service.client.pauseTrade({ account, ticket: 1n, reason: 'r', requestId: id });
      const resume = (id: string) =>
        outcome(service.client.resumeTrade({ account, ticket: 1n, requestId: id }));
      await pause(requestId);
      return [await resume(requestId.toUpperCase()), await resume(`{${requestId}}`), await resume(' ')].join(
        ' ',
      );
    },
  },
]);
