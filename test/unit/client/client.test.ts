// The client against a real gRPC server on a socket whose answers are scripted.
import { Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { GetStatusResponse, SystemServiceService } from '../../../gen/ts/dtms/v1/system_service.js';
import {
  GetTradeResponse,
  type TradeServiceServer,
  TradeServiceService,
  UpdateTradeResponse,
  type WatchTradesRequest,
  WatchTradesResponse,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import type { MessageInit, MessageType } from '../../../src/client/call.js';
import { DtmsClient, hasReason, isCompacted, isUnavailable } from '../../../src/client/index.js';
import {
  type DtmsError,
  invalidField,
  overloaded,
  revisionCompacted,
  shuttingDown,
} from '../../../src/errors/errors.js';
import { toStatus } from '../../../src/errors/status.js';

const HEAD = 40n;
const EPOCH = 'epoch-1';

type Handlers = Partial<TradeServiceServer>;

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0).reverse()) step();
});

/** A server of these handlers, and a client of it. */
async function connected(handlers: Handlers): Promise<DtmsClient> {
  const server = new Server();
  const scripted: UntypedServiceImplementation = {};
  for (const [name, handler] of Object.entries(handlers)) if (handler !== undefined) scripted[name] = handler;
  server.addService(TradeServiceService, scripted);
  server.addService(SystemServiceService, {
    getStatus: (_call: unknown, callback: (error: null, response: GetStatusResponse) => void) =>
      callback(null, GetStatusResponse.fromPartial({ logEpoch: EPOCH, headRevision: HEAD })),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new DtmsClient({ address: `127.0.0.1:${port}` });
  cleanUp.push(() => server.forceShutdown());
  cleanUp.push(() => client.close());
  return client;
}

const refusal = (error: DtmsError) => toStatus(error, 'cid-1');

/** Answers attempt n with `errors[n]`, then with success. */
function failingGet(...errors: DtmsError[]) {
  let attempts = 0;
  const getTrade: TradeServiceServer['getTrade'] = (_call, callback) => {
    const error = errors[attempts];
    attempts += 1;
    if (error === undefined) callback(null, GetTradeResponse.fromPartial({ trade: { ticket: 5n } }));
    else callback(refusal(error));
  };
  return { getTrade, attempts: () => attempts };
}

describe('calls', () => {
  it('take plain objects and give bigint tickets', async () => {
    const client = await connected({
      getTrade: ({ request }, callback) =>
        callback(
          null,
          GetTradeResponse.fromPartial({ trade: { account: request.account, ticket: request.ticket } }),
        ),
    });
    const { trade } = await client.getTrade({ account: 'demo', ticket: '9007199254740993' });
    expect(trade).toMatchObject({ account: 'demo', ticket: 9_007_199_254_740_993n });
  });

  it('are tried again while the server is away, and when it says when', async () => {
    const { getTrade, attempts } = failingGet(shuttingDown(), overloaded('busy', {}, 5), shuttingDown());
    const client = await connected({ getTrade });
    await expect(client.getTrade({})).resolves.toMatchObject({ trade: { ticket: 5n } });
    expect(attempts()).toBe(4);
  });

  it('fail with the reason, the fields and the correlation id, at once when trying again is no use', async () => {
    const { getTrade, attempts } = failingGet(invalidField('ticket', 'must be above 0'));
    const client = await connected({ getTrade });
    const error: unknown = await client.getTrade({}).catch((caught: unknown) => caught);
    expect(hasReason(error, ErrorReason.INVALID_FIELD)).toBe(true);
    expect(error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      method: '/dtms.v1.TradeService/GetTrade',
      report: { correlationId: 'cid-1', violations: [{ field: 'ticket', description: 'must be above 0' }] },
    });
    expect(attempts()).toBe(1);
  });

  it('are not tried again when the server asks for more patience than they have', async () => {
    const { getTrade, attempts } = failingGet(overloaded('busy', {}, 600_000));
    const client = await connected({ getTrade });
    // At once, and not when its patience is over: that is longer than a test may take.
    const options = { retryMs: 500_000, deadlineMs: 550_000 };
    const error: unknown = await client.getTrade({}, options).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ report: { retryAfterMs: 600_000 } });
    expect(attempts()).toBe(1);
  });

  it('are not tried again when told so', async () => {
    const { getTrade, attempts } = failingGet(shuttingDown(), shuttingDown());
    const client = await connected({ getTrade });
    const error: unknown = await client.getTrade({}, { retryMs: 0 }).catch((caught: unknown) => caught);
    expect(isUnavailable(error)).toBe(true);
    expect(attempts()).toBe(1);
  });

  it('that change something carry one request_id through all attempts, and another the next time', async () => {
    const ids: string[] = [];
    const client = await connected({
      updateTrade: ({ request }, callback) => {
        ids.push(request.requestId);
        if (ids.length === 1) callback(refusal(shuttingDown()));
        else callback(null, UpdateTradeResponse.fromPartial({}));
      },
    });
    await client.updateTrade({ account: 'demo', ticket: 1, volume: 1 });
    await client.updateTrade({ account: 'demo', ticket: 1, volume: 1 });
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('end with their deadline and with their signal', async () => {
    const client = await connected({ getTrade: () => {} });
    const late: unknown = await client
      .getTrade({}, { deadlineMs: 50, retryMs: 0 })
      .catch((caught: unknown) => caught);
    expect(hasReason(late, ErrorReason.DEADLINE_EXCEEDED)).toBe(true);
    const controller = new AbortController();
    const call = client.getTrade({}, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('fail as unavailable where nobody listens', async () => {
    const client = new DtmsClient({ address: '127.0.0.1:1', defaults: { retryMs: 0 } });
    cleanUp.push(() => client.close());
    const error: unknown = await client.getStatus({}).catch((caught: unknown) => caught);
    expect(isUnavailable(error)).toBe(true);
  });
});

type Message = MessageInit<WatchTradesResponse>;
const WatchMessages: MessageType<WatchTradesResponse> = WatchTradesResponse;

const events = (...revisions: bigint[]): Message => ({
  message: {
    $case: 'events',
    value: {
      revision: revisions.at(-1) ?? 0n,
      events: revisions.map((revision) => ({ revision, logEpoch: EPOCH })),
    },
  },
});
const bookmark = (revision: bigint): Message => ({
  message: { $case: 'bookmark', value: { revision, logEpoch: EPOCH } },
});

/** Each connection sends its messages and then ends with its error; the last one stays open. */
function scriptedWatch(...connections: readonly { messages: readonly Message[]; error?: DtmsError }[]) {
  const requests: WatchTradesRequest[] = [];
  const watchTrades: TradeServiceServer['watchTrades'] = (call) => {
    const script = connections[requests.length];
    requests.push(call.request);
    for (const message of script?.messages ?? []) call.write(WatchMessages.fromPartial(message));
    if (script?.error !== undefined) call.emit('error', refusal(script.error));
  };
  return { watchTrades, requests };
}

/** Revisions of the events that arrive until `count` have. */
async function collect(client: DtmsClient, count: number, options: Parameters<DtmsClient['watchTrades']>[0]) {
  const revisions: bigint[] = [];
  for await (const message of client.watchTrades(options)) {
    if (message.$case === 'events') revisions.push(...message.value.events.map(({ revision }) => revision));
    if (revisions.length >= count) break;
  }
  return revisions;
}

describe('a watch', () => {
  it('resumes after the last event or bookmark it has seen, and gives nothing twice', async () => {
    const { watchTrades, requests } = scriptedWatch(
      { messages: [events(41n, 42n)], error: shuttingDown() },
      { messages: [events(42n, 43n), bookmark(50n)], error: shuttingDown() },
      { messages: [events(51n)] },
    );
    const client = await connected({ watchTrades });
    expect(await collect(client, 4, { resumeAfter: { logEpoch: EPOCH, revision: 40n } })).toEqual([
      41n,
      42n,
      43n,
      51n,
    ]);
    expect(requests.map(({ resumeAfter }) => resumeAfter?.revision)).toEqual([40n, 42n, 50n]);
  });

  it('from now begins at the head, so that a break before the first message loses nothing', async () => {
    const { watchTrades, requests } = scriptedWatch(
      { messages: [], error: shuttingDown() },
      { messages: [events(41n)] },
    );
    const client = await connected({ watchTrades });
    expect(await collect(client, 1, {})).toEqual([41n]);
    expect(requests.map(({ resumeAfter }) => resumeAfter)).toEqual([
      { logEpoch: EPOCH, revision: HEAD },
      { logEpoch: EPOCH, revision: HEAD },
    ]);
  });

  it('takes the initial state anew when it broke in the middle of it, and never again after', async () => {
    const item: Message = { message: { $case: 'snapshotItem', value: { trade: { ticket: 1n } } } };
    const end: Message = {
      message: { $case: 'snapshotEnd', value: { revision: 30n, logEpoch: EPOCH, items: 1n } },
    };
    const { watchTrades, requests } = scriptedWatch(
      { messages: [item], error: shuttingDown() },
      { messages: [item, end], error: shuttingDown() },
      { messages: [events(31n)] },
    );
    const client = await connected({ watchTrades });
    expect(await collect(client, 1, { sendInitialState: true })).toEqual([31n]);
    expect(requests.map(({ sendInitialState }) => sendInitialState)).toEqual([true, true, false]);
    expect(requests[2]?.resumeAfter?.revision).toBe(30n);
  });

  it('ends with compaction as an error of its own', async () => {
    const { watchTrades } = scriptedWatch({ messages: [], error: revisionCompacted(1, 20) });
    const client = await connected({ watchTrades });
    const error: unknown = await collect(client, 1, { resumeAfter: { logEpoch: EPOCH, revision: 1n } }).catch(
      (caught: unknown) => caught,
    );
    expect(isCompacted(error)).toBe(true);
    expect(error).toMatchObject({ report: { metadata: { earliest_revision: '20' } } });
  });

  it('gives up when the service stays away for longer than told', async () => {
    const breaks: string[] = [];
    const scripts = Array.from({ length: 50 }, () => ({ messages: [], error: shuttingDown() }));
    const client = await connected({ watchTrades: scriptedWatch(...scripts).watchTrades });
    const watch = collect(client, 1, { retryMs: 150, onBreak: ({ message }) => breaks.push(message) });
    await expect(watch).rejects.toThrow('stopping');
    expect(breaks.length).toBeGreaterThan(0);
  });

  it('ends quietly with its signal', async () => {
    const client = await connected({ watchTrades: scriptedWatch({ messages: [bookmark(44n)] }).watchTrades });
    const controller = new AbortController();
    const seen: string[] = [];
    for await (const message of client.watchTrades({ signal: controller.signal })) {
      seen.push(message.$case);
      controller.abort();
    }
    expect(seen).toEqual(['bookmark']);
  });

  it('reads no further ahead than its consumer goes', async () => {
    let written = 0;
    const client = await connected({
      watchTrades: (call) => {
        const payload = events(...Array.from({ length: 500 }, (_, index) => BigInt(41 + index)));
        const fill = () => {
          while (written < 5000 && call.write(WatchMessages.fromPartial(payload))) written += 1;
          if (written < 5000) call.once('drain', fill);
        };
        fill();
      },
    });
    const iterator = client.watchTrades({});
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(written).toBeLessThan(5000);
    await iterator.return();
  });
});
