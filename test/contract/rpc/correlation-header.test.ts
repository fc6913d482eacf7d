// How the correlation id travels: in the headers of the answer, and never in HTTP/2's table of headers.
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, sensitiveHeaders } from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { GetTradeRequest, GetTradeResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { startServer } from '../../support/grpc.js';

const REQUEST = GetTradeRequest.encode({ account: 'demo', ticket: 1n }).finish();

test.each([
  ['at once', () => GetTradeResponse.fromPartial({})],
  ['later', () => Promise.resolve(GetTradeResponse.fromPartial({}))],
])('of a call answered %s', async (_, getTrade) => {
  const server = await startServer({ getTrade });
  onTestFinished(() => server.stop());
  const session = connect(`http://${server.address}`);
  onTestFinished(() => session.destroy());
  const ids = new Set<unknown>();
  for (let i = 0; i < 3; i++) {
    const call = session.request({
      ':method': 'POST',
      ':path': '/dtms.v1.TradeService/GetTrade',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.end(Buffer.concat([Buffer.from([0, 0, 0, 0, REQUEST.length]), REQUEST]));
    const [headers]: IncomingHttpHeaders[] = await once(call, 'response');
    call.resume();
    await once(call, 'end');
    ids.add(headers?.['x-correlation-id']);
    expect(Reflect.get(Object(headers), sensitiveHeaders)).toEqual(['x-correlation-id']);
  }
  expect(ids.size).toBe(3);
});
