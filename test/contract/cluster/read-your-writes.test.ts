// A read that names a revision knows it, and all that was answered with it, whichever server is asked.
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GetMarketViewRequest, GetMarketViewResponse } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { ListTradesRequest, ListTradesResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, DtmsClient } from '../../../src/client/index.js';
import { metadataOf } from '../../support/grpc.js';
import { runs } from '../../support/properties.js';
import { TestServers } from '../../support/servers.js';

const LIST_TRADES = '/dtms.v1.TradeService/ListTrades';
const GET_MARKET_VIEW = '/dtms.v1.MarketDataService/GetMarketView';

let servers: TestServers;
const clients: DtmsClient[] = [];
const raw: Client[] = [];
let nextTicket = 0n;

beforeAll(async () => {
  servers = await TestServers.start(3, { limits: { mode: 'off' } });
  for (const { grpcAddress } of servers.apps) {
    clients.push(new DtmsClient({ address: grpcAddress, breaker: 'off' }));
    raw.push(new Client(grpcAddress, credentials.createInsecure()));
  }
});
afterAll(async () => {
  for (const client of [...clients, ...raw]) client.close();
  await servers?.end();
});

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`no server ${index}`);
  return found;
}

/** What a server answers to a read that names a revision, by a caller that says nothing by itself. */
function read(
  server: number,
  method: string,
  request: Uint8Array,
  revision: string,
): Promise<{ readonly code: number; readonly bytes: Buffer }> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const metadata = metadataOf({ 'dtms-min-revision': revision });
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, bytes?: Buffer) =>
      resolve({ code: error?.code ?? status.OK, bytes: bytes ?? Buffer.alloc(0) });
    const deadline = Date.now() + 20_000;
    at(raw, server).makeUnaryRequest(method, asIs, asIs, Buffer.from(request), metadata, { deadline }, done);
  });
}

const tradeOf = (ticket: bigint, account: string) => ({
  account,
  ticket,
  symbol: 'EURUSD',
  direction: Direction.BUY,
  entryPrice: 1.1,
  volume: 1,
  openedAt: new Date(Date.UTC(2026, 10, 27)),
});

test('law: a read that names a revision knows it, wherever both were asked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 5, maxLength: 12 }),
      async (steps) => {
        for (const [writer, reader] of steps) {
          nextTicket += 1n;
          const { revision } = await at(clients, writer).registerTrade({
            trade: tradeOf(nextTicket, 'seen'),
          });
          const list = ListTradesRequest.encode(
            ListTradesRequest.fromPartial({ filter: { account: 'seen', tickets: [nextTicket] } }),
          ).finish();
          const { bytes } = await read(reader, LIST_TRADES, list, String(revision));
          const { trades } = ListTradesResponse.decode(bytes);
          expect(trades.map(({ ticket }) => ticket)).toEqual([nextTicket]);
        }
      },
    ),
    { numRuns: runs(3) },
  );
});

test('a change without an event is known as well to a read that names the revision it was answered at', async () => {
  for (let step = 1; step <= 10; step += 1) {
    const quote = { symbol: 'EURUSD', time: new Date(Date.UTC(2026, 10, 27, 1, step)), bid: step, ask: step };
    const items = [{ data: { $case: 'quote' as const, value: quote } }];
    const { revision } = await at(clients, step % 3).pushMarketData({ feed: 'aside', items });
    const view = GetMarketViewRequest.encode(
      GetMarketViewRequest.fromPartial({ feed: 'aside', symbol: 'EURUSD' }),
    ).finish();
    const { bytes } = await read((step + 1) % 3, GET_MARKET_VIEW, view, String(revision));
    expect(GetMarketViewResponse.decode(bytes).view?.quote?.bid).toBe(step);
  }
});

test('a revision the log does not have is refused by every server, and so is what is none', async () => {
  const { headRevision } = await at(clients, 0).getStatus({});
  const list = ListTradesRequest.encode(ListTradesRequest.fromPartial({})).finish();
  for (const server of servers.apps.keys()) {
    const asked = async (revision: string) => (await read(server, LIST_TRADES, list, revision)).code;
    expect(await asked(String(headRevision + 5n))).toBe(status.OUT_OF_RANGE);
    expect(await asked('newest')).toBe(status.INVALID_ARGUMENT);
    expect(await asked(String(headRevision))).toBe(status.OK);
  }
});

test('a client reads what it wrote and saw, whichever server answers', async () => {
  const addresses = servers.apps.map(({ grpcAddress }) => grpcAddress);
  const client = new DtmsClient({ address: addresses });
  clients.push(client);
  for (let step = 0; step < 20; step += 1) {
    nextTicket += 1n;
    await client.registerTrade({ trade: tradeOf(nextTicket, 'own') });
    const { trades } = await client.listTrades({ filter: { account: 'own', tickets: [nextTicket] } });
    expect(trades).toHaveLength(1);
  }
});
