// The stream of market data over a real socket: a message now and then, however silent its caller is.
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  MarketDataServiceClient,
  StreamMarketDataRequest,
  type StreamMarketDataResponse,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import { startService, type TestService } from '../../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ watch: { bookmarkMs: 100 } });
});
afterAll(() => service?.end());

function opened() {
  const raw = new MarketDataServiceClient(service.address, credentials.createInsecure());
  const stream = raw.streamMarketData();
  const answers = stream[Symbol.asyncIterator]();
  onTestFinished(() => {
    stream.cancel();
    raw.close();
  });
  const next = async (): Promise<StreamMarketDataResponse> => {
    const { done, value } = await answers.next();
    if (done === true) throw new Error('the stream ended');
    return value;
  };
  return { stream, next };
}

const quoteAt = (sequence: bigint) =>
  StreamMarketDataRequest.fromPartial({
    sequence,
    feed: 'quiet',
    items: [
      {
        data: {
          $case: 'quote',
          value: {
            symbol: 'EURUSD',
            time: new Date(Date.UTC(2026, 10, 27) + Number(sequence)),
            bid: 1.1,
            ask: 1.2,
          },
        },
      },
    ],
  });

const ALIVE = { sequence: 0n, result: undefined, window: 64 };

test('says that it is alive while its caller sends nothing, before a request and after', async () => {
  const { stream, next } = opened();
  for (let message = 0; message < 4; message += 1) expect(await next()).toEqual(ALIVE);
  stream.write(quoteAt(7n));
  let answer = await next();
  while (answer.result === undefined) answer = await next();
  expect(answer).toMatchObject({ sequence: 7n, result: { accepted: 1 } });
  for (let message = 0; message < 3; message += 1) expect(await next()).toEqual(ALIVE);
});

test('acknowledges every request once and in order, whatever is said in between', async () => {
  const { stream, next } = opened();
  const sent = Array.from({ length: 200 }, (_, index) => BigInt(index + 100));
  for (const sequence of sent) stream.write(quoteAt(sequence));
  stream.end();
  const acknowledged: bigint[] = [];
  while (acknowledged.length < sent.length) {
    const { sequence, result } = await next();
    if (result !== undefined) acknowledged.push(sequence);
  }
  expect(acknowledged).toEqual(sent);
});

test('says so to a caller over HTTP too', async () => {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  // A blank line is no request; it sends the headers off.
  const body = new ReadableStream({ start: (lines) => lines.enqueue(new TextEncoder().encode('\n')) });
  const answer = await fetch(`http://${service.http}/v1/dtms/marketdata:stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' },
    body,
    duplex: 'half',
    signal: abort.signal,
  });
  expect(answer.status).toBe(200);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (text.split('\n').length < 4) {
    const part = await reader?.read();
    if (part?.value === undefined) throw new Error(`the stream ended after ${JSON.stringify(text)}`);
    text += part.value;
  }
  for (const line of text.split('\n').slice(0, 3)) {
    expect(JSON.parse(line)).toMatchObject({ sequence: '0', window: 64 });
  }
});
