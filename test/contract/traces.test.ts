// Traces over real sockets: from a program's span through the client, the chain, the engine and the
// transaction, to a collector that reads OTLP.
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Direction, DtmsClient, Timeframe, tracingInterceptor } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { startService, type TestService } from '../support/app.js';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.js';

type Line = Readonly<Record<string, unknown>>;

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

const lines: Line[] = [];
const logger = createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) });
let collector: OtlpReceiver;
let service: TestService;
let provider: BasicTracerProvider;
let traced: DtmsClient;

beforeAll(async () => {
  collector = await startOtlpReceiver();
  service = await startService({ limits: { mode: 'off' }, traces: { endpoint: collector.endpoint } }, logger);
  const exporter = new OTLPTraceExporter({ url: `${collector.endpoint}/v1/traces` });
  provider = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 50 })],
  });
  traced = new DtmsClient({
    address: service.address,
    interceptors: [tracingInterceptor(provider.getTracer('a program'))],
  });
});
afterAll(async () => {
  traced.close();
  await provider.shutdown();
  await service.end();
  await collector.stop();
});

let tickets = 0n;
const tradeOf = (account: string) => {
  tickets += 1n;
  const trade = { account, ticket: tickets, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100 };
  return { trade: { ...trade, volume: 1, stopLoss: 90 } };
};

const ofTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
const headers = (flags: string, more: Record<string, string> = {}) => ({
  headers: { traceparent: `00-${TRACE}-${PARENT}-${flags}`, ...more },
});

describe('a call of a traced client', () => {
  it('is one trace from the client to the transaction', async () => {
    await traced.registerTrade(tradeOf('one'), { headers: { 'x-correlation-id': 'traced-1' } });
    const complete = (spans: readonly ReceivedSpan[]) => {
      const first = spans.find(({ service: name }) => name !== 'dtms');
      return first !== undefined && spans.filter(({ traceId }) => traceId === first.traceId).length >= 5;
    };
    await collector.until(complete);
    const client = collector.spans.find(({ service: name }) => name !== 'dtms');
    const spans = ofTrace(client?.traceId ?? '');
    const server = spans.find(({ kind }) => kind === 'SPAN_KIND_SERVER');
    expect(client).toMatchObject({
      name: 'dtms.v1.TradeService/RegisterTrade',
      kind: 'SPAN_KIND_CLIENT',
      parentSpanId: '',
    });
    expect(server).toMatchObject({
      name: 'dtms.v1.TradeService/RegisterTrade',
      parentSpanId: client?.spanId,
      service: 'dtms',
      isError: false,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'dtms.v1.TradeService',
        'rpc.method': 'RegisterTrade',
        'rpc.grpc.status_code': 0,
        'dtms.correlation_id': 'traced-1',
      },
    });
    const inside = spans.filter(({ parentSpanId }) => parentSpanId === server?.spanId);
    expect(inside.map(({ name }) => name).sort()).toEqual(['commit', 'durable', 'engine']);
    expect(inside.find(({ name }) => name === 'commit')).toMatchObject({
      links: [server?.spanId],
      attributes: { 'db.system.name': 'postgresql', 'dtms.events': 1, 'dtms.calls': 1 },
    });
    expect(collector.requests).toContainEqual({ path: '/v1/traces', type: 'application/x-protobuf' });
    // The lines about it name the trace, and the call's own names its span.
    const told = lines.filter((line) => line.correlation_id === 'traced-1');
    expect(told.map(({ message }) => message)).toEqual(['a trade was registered', 'call finished']);
    for (const line of told)
      expect(line).toMatchObject({ trace_id: server?.traceId, span_id: server?.spanId });
  });

  it('that is refused says why, and is no error of the service', async () => {
    await expect(traced.getTrade({ account: 'one', ticket: 404n })).rejects.toThrow();
    const named = ({ name }: ReceivedSpan) => name === 'dtms.v1.TradeService/GetTrade';
    await collector.until((spans) => spans.filter(named).length === 2);
    const byKind = Object.fromEntries(collector.spans.filter(named).map((span) => [span.kind, span]));
    const attributes = { 'rpc.grpc.status_code': 5, 'error.type': 'TRADE_NOT_FOUND' };
    expect(byKind.SPAN_KIND_SERVER).toMatchObject({ isError: false, attributes });
    expect(byKind.SPAN_KIND_CLIENT).toMatchObject({ isError: true, attributes });
  });
});

describe('a transaction', () => {
  it('that carries many calls links to all of them', async () => {
    const before = collector.spans.length;
    await Promise.all(Array.from({ length: 40 }, () => service.client.registerTrade(tradeOf('many'))));
    const since = () => collector.spans.slice(before);
    const linked = () => new Set(since().flatMap(({ links }) => links));
    await collector.until(() => linked().size === 40);
    const commits = since().filter(({ name }) => name === 'commit');
    const servers = new Set(
      since().flatMap(({ kind, spanId }) => (kind === 'SPAN_KIND_SERVER' ? [spanId] : [])),
    );
    expect(commits.length).toBeLessThan(40);
    expect(commits.map(({ attributes }) => Number(attributes['dtms.calls'])).reduce((a, b) => a + b)).toBe(
      40,
    );
    expect(linked()).toEqual(servers);
    for (const { parentSpanId, links } of commits) expect(links).toContain(parentSpanId);
  });
});

describe('a caller', () => {
  it('decides whether its trace is recorded, and its id is in the lines either way', async () => {
    await service.client.registerTrade(tradeOf('off'), headers('00', { 'x-correlation-id': 'off-1' }));
    await service.client.registerTrade(tradeOf('on'), headers('01', { 'x-correlation-id': 'on-1' }));
    await collector.until(() => ofTrace(TRACE).length >= 4);
    expect(ofTrace(TRACE).filter(({ name }) => name === 'commit')).toHaveLength(1);
    const servers = ofTrace(TRACE).filter(({ kind }) => kind === 'SPAN_KIND_SERVER');
    expect(servers).toMatchObject([{ parentSpanId: PARENT, attributes: { 'dtms.correlation_id': 'on-1' } }]);
    for (const id of ['off-1', 'on-1']) {
      expect(lines.find((line) => line.correlation_id === id)).toMatchObject({ trace_id: TRACE });
    }
  });

  it('without a trace gets one of its own, which names the call', async () => {
    await service.client.registerTrade(tradeOf('none'));
    const line = lines.find(({ account }) => account === 'none');
    expect(line?.correlation_id).toMatch(/^[0-9a-f]{32}$/);
    expect(line?.trace_id).toBe(line?.correlation_id);
  });

  it('that opens a stream gets a span for it', async () => {
    const before = collector.spans.length;
    const ended = new AbortController();
    for await (const _message of traced.watchTrades({ sendInitialState: true, signal: ended.signal })) {
      ended.abort();
    }
    const since = () => collector.spans.slice(before).filter(({ name }) => name.endsWith('/WatchTrades'));
    await collector.until(() => since().length === 2);
    const [client, server] = ['SPAN_KIND_CLIENT', 'SPAN_KIND_SERVER'].map((kind) =>
      since().find((span) => span.kind === kind),
    );
    expect(server).toMatchObject({ traceId: client?.traceId, parentSpanId: client?.spanId, isError: false });
  });
});

describe('a stream of market data', () => {
  it('has its span when it ends, and what its messages cause is traced apart, with links to it', async () => {
    const before = collector.spans.length;
    const stream = service.client.raw.marketData.streamMarketData();
    const bar = { symbol: 'BTCUSD', timeframe: Timeframe.M5, openTime: new Date(Date.UTC(2025, 5, 2)) };
    const prices = { open: 1, high: 2, low: 1, close: 2, volume: 1, forming: false };
    const data = { $case: 'bar' as const, value: { ...bar, ...prices } };
    stream.write({ sequence: 1n, feed: 'traced', items: [{ data }] });
    for await (const { sequence } of stream) if (sequence === 1n) stream.end();
    const since = () => collector.spans.slice(before);
    await collector.until(() => since().some(({ name }) => name.endsWith('/StreamMarketData')));
    await collector.until(() => since().some(({ name }) => name === 'commit'));
    const server = since().find(({ name }) => name.endsWith('/StreamMarketData'));
    for (const span of since().filter(({ name }) => name === 'engine' || name === 'commit')) {
      expect(span).toMatchObject({ parentSpanId: '', links: [server?.spanId] });
      expect(span.traceId).not.toBe(server?.traceId);
    }
  });
});

describe('a collector that is gone', () => {
  it('harms no call and no stop, and is told of once', async () => {
    const told: Line[] = [];
    const other = await startService(
      { limits: { mode: 'off' }, traces: { endpoint: 'http://127.0.0.1:9', timeoutMs: 300 } },
      createLogger('info', { write: (line: string) => told.push(JSON.parse(line)) }),
    );
    for (let n = 0; n < 50; n += 1) await other.client.registerTrade(tradeOf('dead'));
    await expect.poll(() => told.map(({ message }) => message)).toContain('traces cannot be delivered');
    await other.end();
    expect(told.filter(({ message }) => message === 'traces cannot be delivered')).toHaveLength(1);
  });

  it('registers nothing for the rest of the process', () => {
    expect(trace.getTracer('x').startSpan('x').isRecording()).toBe(false);
  });
});
