// A server that has done some of everything: trades of many symbols, transitions, actions at a broker, a
// watch, and calls of every method, good and bad.
import { credentials, Metadata, makeGenericClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { AccountServiceService } from '../../gen/ts/dtms/v1/account_service.js';
import { ActionServiceService } from '../../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceService } from '../../gen/ts/dtms/v1/market_data_service.js';
import { OwnershipServiceService } from '../../gen/ts/dtms/v1/ownership_service.js';
import { SystemServiceService } from '../../gen/ts/dtms/v1/system_service.js';
import { TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { Bridge } from '../../src/bridge/bridge.js';
import { Direction, type DtmsClient } from '../../src/client/index.js';
import { startService, type TestService } from './app.js';
import { EAGER_RULES, LiveAccount } from './live-account.js';
import { walk } from './market-data.js';

const SERVICES: readonly ServiceDefinition[] = [
  TradeServiceService,
  MarketDataServiceService,
  AccountServiceService,
  OwnershipServiceService,
  ActionServiceService,
  SystemServiceService,
];

export interface BusyServer {
  readonly service: TestService;
  end(): Promise<void>;
}

/** @param symbols - how many symbols have data and a trade, beside the one that falls */
export async function startBusyServer(symbols: number): Promise<BusyServer> {
  const service = await startService({ rules: EAGER_RULES });
  const { client } = service;
  const watching = new AbortController();
  const watch = follow(client, watching.signal);
  await defend(client);
  await tradeSymbols(client, symbols);
  await callEverything(service.address);
  return {
    service,
    end: async () => {
      watching.abort();
      await watch;
      await service.end();
    },
  };
}

async function follow(client: DtmsClient, signal: AbortSignal): Promise<void> {
  try {
    for await (const _frame of client.watchTrades({ signal })) if (signal.aborted) return;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** A falling market: transitions, and actions a bridge carries out. */
async function defend(client: DtmsClient): Promise<void> {
  const account = new LiveAccount(client, 'falling', 3);
  await account.plan();
  const bridge = new Bridge(account.leases('b1'), account.terminal());
  await bridge.heartbeat();
  await bridge.reconcile();
  for (let idle = 0; idle < 2; ) idle = (await bridge.drain()) === 0 ? idle + 1 : 0;
}

async function tradeSymbols(client: DtmsClient, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `SYM${index}`);
  const now = Math.floor(Date.now() / 900_000) * 900_000;
  const openedAt = new Date(now - 900_000);
  await client.batchRegisterTrades({
    trades: names.map((symbol, index) => ({
      account: `acc${index % 7}`,
      ticket: BigInt(index + 1),
      symbol,
      direction: index % 2 === 0 ? Direction.BUY : Direction.SELL,
      entryPrice: 1000,
      volume: 1,
      openedAt,
    })),
  });
  for (const [index, symbol] of names.entries()) {
    const from = new Date(now - 30 * 900_000);
    await client.pushMarketData({ feed: 'default', items: walk(symbol, 'M15', from, 29, index + 1) });
  }
}

/** Every unary method with an empty request, and with bytes that are none. */
async function callEverything(address: string): Promise<void> {
  const Client = makeGenericClientConstructor({}, '');
  const raw = new Client(address, credentials.createInsecure());
  for (const service of SERVICES) {
    for (const { path, requestStream, responseStream } of Object.values(service)) {
      if (requestStream || responseStream) continue;
      for (const bytes of [Buffer.alloc(0), Buffer.from([0xff, 0xff])]) {
        const deadline = Date.now() + 10_000;
        await new Promise<void>((resolve) => {
          const same = (value: Buffer) => value;
          raw.makeUnaryRequest(path, same, same, bytes, new Metadata(), { deadline }, () => resolve());
        });
      }
    }
  }
  raw.close();
}
