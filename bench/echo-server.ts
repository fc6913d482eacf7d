// The yardstick: a server on the same stack (grpc-js, ts-proto) that decodes each request, does nothing,
// and answers at once. Its first line on standard output is its address.
//
//   node dist/bench/echo-server.js [ANSWERS]
//
// ANSWERS is a JSON file {"/dtms.v1.TradeService/GetTrade": "<base64 of the answer>", ...}: methods named
// there answer with that message, encoded anew for every call; the others answer with an empty one.
import { readFileSync } from 'node:fs';
import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { TradeEvent } from '../gen/ts/dtms/v1/event.js';
import { TradeServiceService, WatchTradesResponse } from '../gen/ts/dtms/v1/trade_service.js';
import { TradeState } from '../gen/ts/dtms/v1/types.js';
import { MESSAGES_HEADER } from './support/echo.js';
import { SYMBOL, tradeSpec } from './support/trades.js';

const WATCH = TradeServiceService.watchTrades;

/** One registration of one trade, as a watch would send it alone. */
function watchMessage(): WatchTradesResponse {
  const event = TradeEvent.fromPartial({
    revision: 1_000_000n,
    logEpoch: '0b8f5b0e-6d0c-4f3b-9a51-2f6f3b0c1d2e',
    previousRevision: 999_999n,
    tradeVersion: 1n,
    account: 'benchmark',
    ticket: 1n,
    symbol: SYMBOL,
    state: TradeState.HEALTHY,
    occurredAt: new Date('2025-01-06T12:00:00Z'),
    recordedAt: new Date('2025-01-06T12:00:00Z'),
    change: {
      $case: 'registered',
      value: { spec: tradeSpec('benchmark', 1), instrument: 'XAUUSD', riskDistance: 50 },
    },
  });
  return WatchTradesResponse.fromPartial({
    message: { $case: 'events', value: { revision: event.revision, events: [event] } },
  });
}

/** Writes as many messages as the call asks for, stopping whenever the reader is behind. */
function stream(call: ServerWritableStream<unknown, WatchTradesResponse>): void {
  const message = watchMessage();
  let left = Number(call.metadata.get(MESSAGES_HEADER)[0] ?? 0);
  const write = () => {
    while (left > 0) {
      if (call.cancelled) return;
      left -= 1;
      if (!call.write(message)) {
        call.once('drain', write);
        return;
      }
    }
    call.end();
  };
  write();
}

function implementation(answers: Readonly<Record<string, string>>): UntypedServiceImplementation {
  const handlers: UntypedServiceImplementation = {};
  for (const [name, method] of Object.entries(TradeServiceService)) {
    if (method.path === WATCH.path) {
      handlers[name] = stream;
      continue;
    }
    const bytes = Buffer.from(answers[method.path] ?? '', 'base64');
    const answer = method.responseDeserialize(bytes);
    handlers[name] = (_call: unknown, callback: (error: null, value: unknown) => void) =>
      callback(null, answer);
  }
  return handlers;
}

const [file] = process.argv.slice(2);
const answers: Readonly<Record<string, string>> =
  file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
const server = new Server({ 'grpc.max_concurrent_streams': 100 });
server.addService(TradeServiceService, implementation(answers));
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
process.once('SIGTERM', () => server.forceShutdown());
