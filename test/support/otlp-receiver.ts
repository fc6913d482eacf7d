// A collector for tests: takes spans by OTLP over HTTP on a real socket and reads their protobuf.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromJSON } from '@grpc/proto-loader';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** SPAN_KIND_SERVER and so on. */
  readonly kind: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Span ids. */
  readonly links: readonly string[];
  readonly isError: boolean;
  readonly service: string;
}

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** Paths and content types of what came. */
  readonly requests: { readonly path: string; readonly type: string }[];
  /** Waits until the spans that came pass; throws with them when they do not. */
  until(passes: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** The parts of opentelemetry-proto that are looked at; the others are skipped. */
const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule ? { rule } : {}) });
const MESSAGES = {
  AnyValue: {
    oneofs: { value: { oneof: ['stringValue', 'boolValue', 'intValue', 'doubleValue'] } },
    fields: {
      stringValue: field('string', 1),
      boolValue: field('bool', 2),
      intValue: field('int64', 3),
      doubleValue: field('double', 4),
    },
  },
  KeyValue: { fields: { key: field('string', 1), value: field('AnyValue', 2) } },
  Resource: { fields: { attributes: field('KeyValue', 1, 'repeated') } },
  Link: { fields: { traceId: field('bytes', 1), spanId: field('bytes', 2) } },
  Status: { fields: { code: field('int32', 3) } },
  Span: {
    fields: {
      traceId: field('bytes', 1),
      spanId: field('bytes', 2),
      parentSpanId: field('bytes', 4),
      name: field('string', 5),
      kind: field('SpanKind', 6),
      attributes: field('KeyValue', 9, 'repeated'),
      links: field('Link', 13, 'repeated'),
      status: field('Status', 15),
    },
  },
  SpanKind: {
    values: {
      SPAN_KIND_UNSPECIFIED: 0,
      SPAN_KIND_INTERNAL: 1,
      SPAN_KIND_SERVER: 2,
      SPAN_KIND_CLIENT: 3,
    },
  },
  ScopeSpans: { fields: { spans: field('Span', 2, 'repeated') } },
  ResourceSpans: {
    fields: { resource: field('Resource', 1), scopeSpans: field('ScopeSpans', 2, 'repeated') },
  },
  Request: { fields: { resourceSpans: field('ResourceSpans', 1, 'repeated') } },
  Response: { fields: {} },
  Traces: { methods: { Export: { requestType: 'Request', responseType: 'Response', comment: '' } } },
};

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>> & { readonly value: string };
}
interface RawSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: string;
  readonly attributes: readonly KeyValue[];
  readonly links: readonly { readonly spanId: Buffer }[];
  readonly status: { readonly code: number } | null;
}
interface RawRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

const definition = fromJSON(
  { nested: MESSAGES },
  { defaults: true, oneofs: true, enums: String, longs: Number },
);

function decode(body: Buffer): RawRequest {
  const service = definition.Traces;
  if (service === undefined || 'format' in service) throw new Error('there is no service Traces');
  const method = service.Export;
  if (method === undefined) throw new Error('there is no method Export');
  return method.requestDeserialize(body) as RawRequest;
}

const valuesOf = (attributes: readonly KeyValue[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value[value.value]]));

function* spansOf({ resourceSpans }: RawRequest): Iterable<ReceivedSpan> {
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = String(valuesOf(resource.attributes)['service.name']);
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      yield {
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentSpanId: span.parentSpanId.toString('hex'),
        name: span.name,
        kind: span.kind,
        attributes: valuesOf(span.attributes),
        links: span.links.map(({ spanId }) => spanId.toString('hex')),
        isError: span.status?.code === 2,
        service,
      };
    }
  }
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; type: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '' });
    spans.push(...spansOf(decode(Buffer.concat(chunks))));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    requests,
    until: async (passes) => {
      for (let attempt = 0; attempt < 1500; attempt += 1) {
        if (passes(spans)) return;
        await sleep(20);
      }
      throw new Error(`these spans came:\n${JSON.stringify(spans, null, 1)}`);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
