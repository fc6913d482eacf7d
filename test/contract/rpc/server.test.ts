// The server around the services: health, reflection, and the order it stops in.
import { constants } from 'node:http2';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create, createFileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import {
  type ChannelOptions,
  type Client,
  credentials,
  makeGenericClientConstructor,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  GetTradeResponse,
  TradeServiceService,
  WatchTradesRequest,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import { DtmsError, shuttingDown } from '../../../src/errors/errors.js';
import { fromServiceError, STATUS_DETAILS_KEY, toStatus } from '../../../src/errors/status.js';
import { encodedStream } from '../../../src/interceptors/handlers.js';
import { bookmarkFrame } from '../../../src/watch/frames.js';
import { eventually } from '../../support/eventually.js';
import { call, failureOf, metadataOf, startServer, type TestServer } from '../../support/grpc.js';
import { framed, openRaw } from '../../support/raw-reader.js';

const SERVICES = ['dtms.v1.TradeService', 'dtms.v1.MarketDataService'];
const running: TestServer[] = [];
const clients: Client[] = [];

async function serve(...given: Parameters<typeof startServer>): Promise<TestServer> {
  const server = await startServer(...given);
  running.push(server);
  return server;
}

function client(definition: ServiceDefinition, address: string, options: ChannelOptions = {}) {
  const Constructor = makeGenericClientConstructor(definition, 'test');
  const made = new Constructor(address, credentials.createInsecure(), options);
  clients.push(made);
  return made;
}

afterEach(async () => {
  for (const made of clients.splice(0)) made.close();
  for (const server of running.splice(0)) await server.stop();
});

function healthOf(address: string, service: string): Promise<unknown> {
  const health = client(healthService, address);
  return new Promise((resolve, reject) => {
    health.Check?.({ service }, (error: Error | null, answer: { status: string }) => {
      if (error === null) resolve(answer.status);
      else reject(error);
    });
  });
}

/** What a stream of health tells, and with which code it ended. */
function listenTo(health: ReturnType<typeof client>): {
  readonly told: string[];
  readonly ended: Promise<number>;
} {
  const told: string[] = [];
  const stream = health.Watch?.({ service: '' });
  const ended = new Promise<number>((resolve) => {
    stream?.on('data', (answer: { status: string }) => told.push(answer.status));
    stream?.on('error', (error: { code: number }) => resolve(error.code));
  });
  return { told, ended };
}

describe('health', () => {
  test('ends when the server stops, which does not wait for those who listen', async () => {
    const { server, address } = await serve({}, {}, { drainMs: 50_000 });
    const { told, ended } = listenTo(client(healthService, address));
    await eventually(() => expect(told).toEqual(['SERVING']));
    expect(await server.stop(() => Promise.resolve())).toBe('drained');
    expect(told).toEqual(['SERVING', 'NOT_SERVING']);
    expect(await ended).toBe(status.UNAVAILABLE);
  });

  test('is told of the server and of each service, and follows what it is set to', async () => {
    const { server, address } = await serve({});
    for (const service of ['', ...SERVICES]) expect(await healthOf(address, service)).toBe('SERVING');
    server.setHealth('NOT_SERVING');
    for (const service of ['', ...SERVICES]) expect(await healthOf(address, service)).toBe('NOT_SERVING');
    expect((await failureOf(healthOf(address, 'dtms.v1.Nothing'))).code).toBe(status.NOT_FOUND);
  });
});

const requireHere = createRequire(import.meta.url);
const protos = join(dirname(requireHere.resolve('@grpc/reflection/package.json')), 'build', 'proto');

function reflectionClient(version: 'v1' | 'v1alpha', address: string) {
  const loaded = loadSync(join(protos, 'grpc', 'reflection', version, 'reflection.proto'), { oneofs: true });
  const definition = loaded[`grpc.reflection.${version}.ServerReflection`];
  if (definition === undefined || 'format' in definition) throw new Error('no reflection service');
  return client(definition, address);
}

interface Reflected {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
}

function ask(asked: ReturnType<typeof reflectionClient>, request: object): Promise<Reflected> {
  const stream = asked.ServerReflectionInfo?.();
  return new Promise((resolve, reject) => {
    stream.on('data', (answer: Reflected) => {
      resolve(answer);
      stream.end();
    });
    stream.on('error', reject);
    stream.write(request);
  });
}

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  test('lists our services and the health service', async () => {
    const { address } = await serve({});
    const { listServicesResponse } = await ask(reflectionClient(version, address), { listServices: '' });
    expect(listServicesResponse?.service.map(({ name }) => name).sort()).toEqual(
      [...SERVICES, 'grpc.health.v1.Health'].sort(),
    );
  });

  test('describes each with every file it needs', async () => {
    const { address } = await serve({});
    for (const service of SERVICES) {
      const files = await filesOf(reflectionClient(version, address), service);
      // Fails unless every type that is mentioned is there.
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: files }));
      expect(registry.getService(service)?.methods.length).toBeGreaterThan(1);
      expect(registry.getMessage('google.protobuf.Timestamp')).toBeDefined();
    }
  });

  test('describes what errors carry', async () => {
    const refused = new DtmsError(ErrorReason.RATE_LIMITED, 'too many', {
      metadata: { limit: '5' },
      violations: [{ field: 'trade.volume', description: 'must be above 0' }],
      retryAfterMs: 1500,
    });
    const { address } = await serve({});
    const files = await filesOf(reflectionClient(version, address), 'google.rpc.ErrorInfo');
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: files }));
    const described = registry.getMessage('google.rpc.Status');
    if (described === undefined) throw new Error('google.rpc.Status is not described');
    const [bytes] = toStatus(refused, 'cid-1').metadata.get(STATUS_DETAILS_KEY);
    const sent = fromBinary(described, bytes instanceof Buffer ? bytes : Buffer.alloc(0));
    expect(toJson(described, sent, { registry })).toEqual({
      code: status.RESOURCE_EXHAUSTED,
      message: 'too many',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RATE_LIMITED',
          domain: 'dtms',
          metadata: { limit: '5' },
        },
        { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'cid-1' },
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [{ field: 'trade.volume', description: 'must be above 0' }],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500s' },
      ],
    });
  });
});

/** The files that describe a service, imports before importers, asked for as grpcurl does. */
async function filesOf(asked: ReturnType<typeof reflectionClient>, service: string) {
  const done = new Map<string, ReturnType<typeof create<typeof FileDescriptorProtoSchema>>>();
  const visit = async (request: object): Promise<void> => {
    const { fileDescriptorResponse } = await ask(asked, request);
    const bytes = fileDescriptorResponse?.fileDescriptorProto[0];
    if (bytes === undefined) throw new Error(`no file for ${JSON.stringify(request)}`);
    const file = fromBinary(FileDescriptorProtoSchema, bytes);
    for (const name of file.dependency) if (!done.has(name)) await visit({ fileByFilename: name });
    done.set(file.name, file);
  };
  await visit({ fileContainingSymbol: service });
  return [...done.values()];
}

test('reflection is absent where it is not allowed', async () => {
  const { address } = await serve({}, {}, { reflection: false });
  const error = await failureOf(ask(reflectionClient('v1', address), { listServices: '' }));
  expect(error.code).toBe(status.UNIMPLEMENTED);
  expect(fromServiceError(error).reason).toBe(ErrorReason.UNIMPLEMENTED);
});

test('a port that is taken is an error of the start', async () => {
  const { address } = await serve({});
  await expect(startServer({}, {}, { port: Number(address.split(':')[1]) })).rejects.toThrow('EADDRINUSE');
});

test('a call that is reset before its request is complete learns it', async () => {
  let open = 0;
  let begun = 0;
  const { address } = await serve({
    watchTrades: encodedStream(async (_request, _sink, { signal }) => {
      begun += 1;
      open += 1;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      open -= 1;
    }),
  });
  for (let round = 0; round < 20; round += 1) {
    const { session, stream } = openRaw(address, TradeServiceService.watchTrades.path, null);
    // The message is there, its end is not: then the caller resets the call.
    await new Promise((resolve) => stream.write(framed(new Uint8Array()), resolve));
    if (round % 2 === 0) await new Promise((resolve) => session.ping(resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await new Promise((resolve) => session.ping(resolve));
    session.destroy();
  }
  await eventually(() => expect(open).toBe(0));
  expect(begun).toBeGreaterThan(0);
});

describe('stopping', () => {
  const WATCH = WatchTradesRequest.fromPartial({});

  test('goes unhealthy first, then ends the streams, then waits for the calls', async () => {
    const steps: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let end: (error: Error) => void = () => undefined;
    const ended = new Promise<void>((_, reject) => {
      end = reject;
    });
    const { server, trades, address } = await serve(
      {
        getTrade: async () => {
          await held;
          return GetTradeResponse.fromPartial({});
        },
        watchTrades: encodedStream(async (_, sink) => {
          sink.write(bookmarkFrame({ epoch: 'e', revision: 1, recordedAt: null }));
          await ended;
        }),
      },
      {},
      { drainMs: 50_000 },
    );
    const pending = call<GetTradeResponse>((done) =>
      trades.getTrade({ account: 'demo', ticket: 1n }, metadataOf({}), {}, done),
    ).then(() => steps.push('call answered'));
    const stream = trades.watchTrades(WATCH);
    stream.on('error', (error) => steps.push(`stream ended ${fromServiceError(error as never).reason}`));
    await new Promise((resolve) => stream.once('data', resolve));

    const stopped = server.stop(async () => {
      steps.push(`health ${await healthOf(address, '')}`);
      end(shuttingDown());
      await eventually(() => expect(steps).toHaveLength(2));
      setTimeout(release, 50);
    });
    expect(await stopped).toBe('drained');
    await pending;
    expect(steps).toEqual([
      'health NOT_SERVING',
      `stream ended ${ErrorReason.SHUTTING_DOWN}`,
      'call answered',
    ]);
  });

  test('cuts off, after its time, who does not read', async () => {
    const { server, address } = await serve(
      { watchTrades: encodedStream(() => new Promise(() => undefined)) },
      {},
      { drainMs: 100 },
    );
    const reader = openRaw(
      address,
      TradeServiceService.watchTrades.path,
      WatchTradesRequest.encode(WATCH).finish(),
    );
    const closed = new Promise((resolve) => reader.session.once('close', resolve));
    await new Promise((resolve) => reader.stream.once('response', resolve));
    expect(await server.stop(() => Promise.resolve())).toBe('forced');
    await closed;
  });

  test('does not wait for ever for streams that do not end', async () => {
    const { server } = await serve({}, {}, { drainMs: 50 });
    expect(await server.stop(() => new Promise(() => undefined))).toBe('forced');
  });
});
