// Owns what the program asks of traces. Nothing of OpenTelemetry is loaded here: what does it for real is
// imported when traces are configured.
import type { Attributes, Span } from '@opentelemetry/api';
import type { Cause } from './cause.js';

/** A caller's place in a trace, as its headers tell it. */
export interface RemoteParent {
  readonly traceParent: string;
  readonly traceState: string;
}

/** Whether a call ends with its answer, or may last. */
export type CallShape = 'unary' | 'stream';

/** Spans of calls. */
export interface CallTracing {
  /** Begins the span of a call that is served; a trace of its own when its caller is in none. */
  serve(name: string, kind: CallShape, parent: RemoteParent | undefined, attributes: Attributes): Span;
}

/** Spans of what calls cause. */
export interface WorkTracing {
  /** Around an engine's change. */
  apply<T>(cause: Cause | undefined, change: () => T): T;
  /** Around a call's wait for what it changed to be durable. */
  wait<T>(cause: Cause | undefined, durable: Promise<T>): Promise<T>;
  /**
   * Around a transaction. It belongs to the trace of the first call it carries and links to all of them.
   *
   * @param calls - the spans of the calls whose changes it carries
   */
  transaction<T>(calls: readonly Span[], size: TransactionSize, commit: () => Promise<T>): Promise<T>;
}

/** How much a transaction carries. */
export interface TransactionSize {
  readonly events: number;
  readonly items: number;
}

export interface Tracing extends CallTracing, WorkTracing {
  /** Sends what is left, for a bounded time; never rejects. */
  close(): Promise<void>;
}

export interface TraceSettings {
  /** Where OTLP over HTTP is taken, such as http://collector:4318; empty means no traces. */
  readonly endpoint: string;
  /** Share of the traces begun here that are kept, in percent; a caller's own decision stands. */
  readonly samplePercent: number;
  /** Finished spans that may wait to be sent; more are dropped. */
  readonly queueSpans: number;
  /** How long one delivery may take, and the last one at the end. */
  readonly timeoutMs: number;
}
