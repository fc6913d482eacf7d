// Open streams of every kind end when their key does, and calls with it are refused, on each server.
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { LeaseActionsRequest } from '../../../../gen/ts/dtms/v1/action_service.js';
import { ErrorReason } from '../../../../gen/ts/dtms/v1/error_reason.js';
import { WatchTradesRequest } from '../../../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient } from '../../../../src/client/index.js';
import type { MadeKey } from '../../../../src/commands/keys.js';
import { SCOPES } from '../../../../src/contract/scopes.js';
import { fromServiceError } from '../../../../src/errors/status.js';
import { startService, type TestService } from '../../../support/app.js';
import { DatabaseKeys } from '../../../support/keys.js';

let service: TestService;
let keys: DatabaseKeys;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({ access: { mode: 'required' }, limits: { mode: 'off' } });
  keys = new DatabaseKeys(service.databaseUrl);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

function clientOf({ text }: MadeKey): DtmsClient {
  const client = new DtmsClient({ address: service.address, apiKey: text, defaults: { retryMs: 0 } });
  clients.push(client);
  return client;
}

interface Readable {
  on(event: 'data', listener: () => void): unknown;
  on(event: 'error', listener: (error: ServiceError) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
}

/** A stream that has said something, and what it ends with. */
async function opened(stream: Readable): Promise<{ ended: Promise<ReturnType<typeof fromServiceError>> }> {
  let spoke: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    spoke = resolve;
  });
  const ended = new Promise<ReturnType<typeof fromServiceError>>((resolve, reject) => {
    stream.on('data', () => spoke());
    stream.on('error', (error) => resolve(fromServiceError(error)));
    stream.on('end', () => reject(new Error('the stream ended well')));
  });
  await Promise.race([first, ended.then((error) => Promise.reject(new Error(error.message)))]);
  return { ended };
}

const STREAMS = {
  WatchTrades: (client: DtmsClient) => client.raw.trades.watchTrades(WatchTradesRequest.fromPartial({})),
  LeaseActions: (client: DtmsClient) =>
    client.raw.actions.leaseActions(LeaseActionsRequest.fromPartial({ account: 'demo', bridgeId: 'b1' })),
  StreamMarketData: (client: DtmsClient) => client.raw.marketData.streamMarketData(),
};

const ENDS = {
  revoked: (made: MadeKey) => keys.revoke(made),
  expired: (made: MadeKey) => keys.expire(made),
};

describe.each(Object.entries(STREAMS))('%s', (_, open) => {
  test.each(Object.entries(ENDS))('ends when its key is %s, and another goes on', async (cause, end) => {
    const [made, kept] = [await keys.make(SCOPES), await keys.make(SCOPES)];
    const client = clientOf(made);
    await client.reportAccount({
      ...{ account: 'demo', bridgeId: 'b1', connected: true, tradeAllowed: true },
      ...{ equity: 1, balance: 1 },
    });
    const { ended } = await opened(open(client));
    const others = await opened(STREAMS.WatchTrades(clientOf(kept)));
    let otherEnded = false;
    others.ended.then(
      () => {
        otherEnded = true;
      },
      () => undefined,
    );
    await end(made);
    const error = await ended;
    expect(error).toMatchObject({
      code: status.UNAUTHENTICATED,
      reason: ErrorReason.UNAUTHENTICATED,
      metadata: { cause },
    });
    expect(error.correlationId).toBeTruthy();
    // The look that ended it told the calls to come as well.
    await expect(client.getStatus({})).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(otherEnded).toBe(false);
  });
});

describe('a market data stream', () => {
  test('that ended by its key has acknowledged what became durable, and takes no more', async () => {
    const made = await keys.make([Scope.MARKET]);
    const stream = STREAMS.StreamMarketData(clientOf(made));
    const { ended } = await opened(stream);
    await keys.revoke(made);
    expect(await ended).toMatchObject({ code: status.UNAUTHENTICATED });
  });
});

describe('the watch of the client', () => {
  test('ends with the refusal rather than trying for ever', async () => {
    const made = await keys.make([Scope.READ]);
    const watch = clientOf(made).watchTrades({ sendInitialState: true });
    await watch.next();
    await keys.revoke(made);
    const drained = (async () => {
      for await (const _ of watch);
    })();
    await expect(drained).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
  });
});
