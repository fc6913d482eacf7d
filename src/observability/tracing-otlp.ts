// Owns traces for real: OpenTelemetry's tracer, and the delivery of spans by OTLP over HTTP. Imported only
// where traces are configured. Nothing is registered globally: several servers may live in one process.
import {
  type Attributes,
  type Context,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { over } from './background.js';
import type { Cause } from './cause.js';
import type { Logger } from './logger.js';
import type { CallShape, RemoteParent, TraceSettings, Tracing, TransactionSize } from './tracing.js';
import { parseTraceParent } from './tracing-context.js';

/** Links of a transaction; the calls above are counted only. */
const MOST_LINKS = 128;
const SIGNAL_PATH = '/v1/traces';
/** How long finished spans wait for more before they are sent, in ms. */
const DELAY_MS = 1000;

/** Begins to trace. `version` is the service's own. */
export function openTracing(settings: TraceSettings, version: string, logger: Logger): Tracing {
  const { samplePercent, queueSpans, timeoutMs } = settings;
  const exporter = new OTLPTraceExporter({ url: signalUrl(settings.endpoint), timeoutMillis: timeoutMs });
  const processor = new BatchSpanProcessor(complaining(exporter, logger), {
    maxQueueSize: queueSpans,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: timeoutMs,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'dtms', 'service.version': version }),
    // A caller's decision stands, either way.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplePercent / 100) }),
    spanLimits: { linkCountLimit: MOST_LINKS },
    spanProcessors: [processor],
  });
  return new OtlpTracing(provider.getTracer('dtms', version), () => within(timeoutMs, provider.shutdown()));
}

class OtlpTracing implements Tracing {
  readonly #tracer: Tracer;
  readonly #close: () => Promise<void>;
  /** Spans of streams. They last for hours: what they cause is traced by itself, with a link to them. */
  readonly #streams = new WeakSet<Span>();

  constructor(tracer: Tracer, close: () => Promise<void>) {
    this.#tracer = tracer;
    this.#close = close;
  }

  serve(name: string, kind: CallShape, parent: RemoteParent | undefined, attributes: Attributes): Span {
    const span = this.#tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, remote(parent));
    if (kind === 'stream') this.#streams.add(span);
    return span;
  }

  apply<T>(cause: Cause | undefined, change: () => T): T {
    const call = cause?.span;
    if (call === undefined) return change();
    const span = this.#begin('engine', SpanKind.INTERNAL, call, []);
    try {
      return change();
    } catch (error) {
      // A refusal is an answer, not a fault: its message is the caller's to read.
      span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      throw error;
    } finally {
      span.end();
    }
  }

  async wait<T>(cause: Cause | undefined, durable: Promise<T>): Promise<T> {
    const call = cause?.span;
    if (call === undefined || this.#streams.has(call)) return durable;
    const span = this.#begin('durable', SpanKind.INTERNAL, call, []);
    try {
      return await durable;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  async transaction<T>(
    calls: readonly Span[],
    { events, items }: TransactionSize,
    commit: () => Promise<T>,
  ): Promise<T> {
    const recorded = calls.filter((call) => call.isRecording());
    if (recorded.length === 0) return commit();
    const links = recorded.slice(0, MOST_LINKS).map((call): Link => ({ context: call.spanContext() }));
    const first = recorded.find((call) => !this.#streams.has(call));
    const span = this.#begin('commit', SpanKind.CLIENT, first, links);
    span.setAttributes({
      'db.system.name': 'postgresql',
      'dtms.events': events,
      'dtms.items': items,
      'dtms.calls': calls.length,
    });
    try {
      return await commit();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** A span inside a call's; without a call, or inside a stream's, in a trace of its own. */
  #begin(name: string, kind: SpanKind, call: Span | undefined, links: Link[]): Span {
    if (call === undefined) return this.#tracer.startSpan(name, { kind, links }, ROOT_CONTEXT);
    if (!this.#streams.has(call)) {
      return this.#tracer.startSpan(name, { kind, links }, trace.setSpan(ROOT_CONTEXT, call));
    }
    return this.#tracer.startSpan(name, { kind, links: [{ context: call.spanContext() }] }, ROOT_CONTEXT);
  }
}

function remote(parent: RemoteParent | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const context = parseTraceParent(parent.traceParent);
  if (context === undefined) return ROOT_CONTEXT;
  const { traceState } = parent;
  return trace.setSpanContext(
    ROOT_CONTEXT,
    traceState === '' ? context : { ...context, traceState: createTraceState(traceState) },
  );
}

/** A collector's address with the path of traces, unless it has one. */
function signalUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith(SIGNAL_PATH)) url.pathname = url.pathname.replace(/\/$/, '') + SIGNAL_PATH;
  return url.href;
}

/** Tells the log when spans cannot be delivered, once per outage. */
function complaining(inner: OTLPTraceExporter, logger: Logger): SpanExporter {
  let failing = false;
  return {
    export: (spans, done) =>
      inner.export(spans, (result) => {
        const failed = result.error !== undefined;
        if (failed && !failing) {
          logger.warn({ error: result.error, spans: spans.length }, 'traces cannot be delivered');
        }
        if (!failed && failing) logger.info('traces are delivered again');
        failing = failed;
        done(result);
      }),
    shutdown: () => inner.shutdown(),
    forceFlush: () => inner.forceFlush(),
  };
}

/** Waits for a promise, however it ends, but not longer than that. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([over(promise), late]).finally(() => clearTimeout(timer));
}
