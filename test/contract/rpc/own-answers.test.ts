// Answers that grpc-js gives by itself: each has a correlation id, and a line in the log under it.
import { once } from 'node:events';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { GetTradeRequest, GetTradeResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { fromServiceError, STATUS_DETAILS_KEY } from '../../../src/errors/status.js';
import { startServer, type TestServer } from '../../support/grpc.js';
import { WireClient } from '../../support/security/wire-client.js';

const PATH = '/dtms.v1.TradeService/GetTrade';

let server: TestServer;
let client: WireClient;
beforeEach(async () => {
  server = await startServer({ getTrade: () => GetTradeResponse.fromPartial({}) });
  client = new WireClient(server.address);
});
afterEach(async () => {
  client.close();
  await server.stop();
});

function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** What was refused unread so far, by code. */
function refused(): Record<string, number> {
  const family = server.calls.families().find(({ name }) => name === 'dtms_unserved_requests_total');
  return Object.fromEntries(family?.samples.map(({ labels, value }) => [labels.code, value]) ?? []);
}

const GOOD = GetTradeRequest.encode({ account: 'demo', ticket: 1n }).finish();

test.each<[string, Buffer, Record<string, string>, status]>([
  ['a message above the limit', framed(Buffer.alloc(2 * 1024 * 1024)), {}, status.RESOURCE_EXHAUSTED],
  ['a length above the limit', framed(GOOD, 0, 0x7fffffff), {}, status.RESOURCE_EXHAUSTED],
  ['bytes that do not inflate', framed(GOOD, 1), { 'grpc-encoding': 'gzip' }, status.INTERNAL],
  ['an encoding nobody knows', framed(GOOD, 1), { 'grpc-encoding': 'zip' }, status.UNIMPLEMENTED],
  ['a deadline that is none', framed(GOOD), { 'grpc-timeout': 'soon' }, status.INTERNAL],
  ['two messages for one', Buffer.concat([framed(GOOD), framed(GOOD)]), {}, status.UNIMPLEMENTED],
])('%s', async (_what, body, headers, code) => {
  const named = await client.call(PATH, body, { headers: { 'x-correlation-id': 'mine-1', ...headers } });
  expect(named).toMatchObject({ ending: 'status', code, correlationId: 'mine-1' });
  expect(server.lines.filter((line) => line.correlation_id === 'mine-1')).toMatchObject([
    { severity: 'INFO', message: 'a call was refused before it was read', method: PATH, code: status[code] },
  ]);
  const unnamed = await client.call(PATH, body, { headers });
  expect(unnamed.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(server.lines.filter((line) => line.correlation_id === unnamed.correlationId)).toHaveLength(1);
  expect(refused()).toEqual({ [String(status[code])]: 2 });
});

test.each([
  ['a method', '/dtms.v1.TradeService/Nothing'],
  ['a service', '/dtms.v1.Nothing/GetTrade'],
  ['a path', '/'],
  ['a long path', `/dtms.v1.TradeService/${'x'.repeat(8000)}`],
])('%s that does not exist', async (_what, path) => {
  const named = await client.call(path, framed(GOOD), { headers: { 'x-correlation-id': 'mine-1' } });
  expect(named).toMatchObject({ ending: 'status', code: status.UNIMPLEMENTED, correlationId: 'mine-1' });
  expect(server.lines).toMatchObject([
    {
      severity: 'INFO',
      message: 'a method that does not exist was called',
      correlation_id: 'mine-1',
      method: path.slice(0, 128),
    },
  ]);
  const unnamed = await client.call(path, framed(GOOD));
  expect(unnamed.correlationId).toMatch(/^[0-9a-f-]{36}$/);
  const metadata = new Metadata();
  metadata.set(STATUS_DETAILS_KEY, unnamed.details);
  const error = fromServiceError(
    Object.assign(new Error(), { code: 12, details: unnamed.message, metadata }),
  );
  expect(error).toMatchObject({ reason: ErrorReason.UNIMPLEMENTED, correlationId: unnamed.correlationId });
  expect(refused()).toEqual({ UNIMPLEMENTED: 2 });
});

test('a caller that goes on sending is told at once that its method does not exist', async () => {
  const asIs = (bytes: Buffer) => bytes;
  const stream = server.trades.makeBidiStreamRequest('/dtms.v1.TradeService/Nothing', asIs, asIs);
  stream.write(Buffer.alloc(3));
  const [error]: ServiceError[] = await once(stream, 'error');
  expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
});

test('a good call has one id and one line, as ever', async () => {
  const answer = await client.call(PATH, framed(GOOD), { headers: { 'x-correlation-id': 'mine-1' } });
  expect(answer).toMatchObject({ code: status.OK, correlationId: 'mine-1' });
  expect(server.lines).toMatchObject([{ message: 'call finished', correlation_id: 'mine-1' }]);
  expect(refused()).toEqual({});
});
