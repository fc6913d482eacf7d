// Owns what is counted of calls. It is on the way of every call, so a method's counts lie in arrays that
// are found once, when the method is bound: nothing is looked up or made while calls are served.
import { status } from '@grpc/grpc-js';
import { counter, type Exemplar, type Family, gauge, histogramSamples, type Sample } from './families.js';

/** Upper edges of the latency buckets, in seconds. */
export const LATENCY_EDGES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] as const;

const CODES = 17;
const BUCKETS = LATENCY_EDGES.length + 1;

/** What an exemplar is found by. */
export interface Found {
  readonly correlationId: string;
  /** 32 hex digits; undefined where the call is in no trace. */
  readonly traceId: string | undefined;
}

/** The calls of one method. */
class MethodCalls {
  readonly service: string;
  readonly method: string;
  readonly streaming: boolean;
  /** Begun and not ended. */
  open = 0;
  /** Ended, by canonical code. */
  readonly codes = new Float64Array(CODES);
  /** Ended, by how long they took. Only unary calls: how long a stream is open says nothing. */
  readonly buckets = new Float64Array(BUCKETS);
  /** Seconds they took in all. */
  seconds = 0;
  readonly #exemplars: (Found | undefined)[] = new Array<Found | undefined>(BUCKETS).fill(undefined);
  readonly #took = new Float64Array(BUCKETS);
  readonly #at = new Float64Array(BUCKETS);

  constructor(path: string, streaming: boolean) {
    const [, service = '', method = ''] = path.split('/');
    this.service = service;
    this.method = method;
    this.streaming = streaming;
  }

  begun(): void {
    this.open += 1;
  }

  /** @param began - when it did, by performance.now() */
  ended(code: status, began: number, call: Found): void {
    this.open -= 1;
    this.codes[code] = (this.codes[code] ?? 0) + 1;
    if (this.streaming) return;
    const now = performance.now();
    const seconds = (now - began) / 1000;
    const bucket = bucketOf(seconds);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.seconds += seconds;
    // At most once a second: nobody looks more often, and most calls are spared the work.
    if (now - (this.#at[bucket] ?? 0) < EXEMPLAR_MS && this.#exemplars[bucket] !== undefined) return;
    this.#at[bucket] = now;
    this.#took[bucket] = seconds;
    const { correlationId, traceId } = call;
    this.#exemplars[bucket] = { correlationId, traceId };
  }

  exemplar(bucket: number): Exemplar | undefined {
    const call = this.#exemplars[bucket];
    if (call === undefined) return undefined;
    return {
      labels:
        call.traceId === undefined ? { correlation_id: call.correlationId } : { trace_id: call.traceId },
      value: this.#took[bucket] ?? 0,
      timestamp: (performance.timeOrigin + (this.#at[bucket] ?? 0)) / 1000,
    };
  }
}

const EXEMPLAR_MS = 1000;

function bucketOf(seconds: number): number {
  let bucket = 0;
  while (bucket < LATENCY_EDGES.length && seconds > (LATENCY_EDGES[bucket] ?? 0)) bucket += 1;
  return bucket;
}

/** Unary calls of all methods since the start. */
export interface CallTotals {
  readonly calls: number;
  /** Of these, refused for a mistake of the caller. */
  readonly refused: number;
  /** Of these, failed by a fault of the service. */
  readonly failed: number;
  /** By how long they took, as LATENCY_EDGES has it. */
  readonly buckets: Float64Array;
}

/** Codes that say the service is at fault; the others but OK are a caller's doing. */
const FAULTS: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.DATA_LOSS,
]);

export class CallMetrics {
  readonly #methods = new Map<string, MethodCalls>();
  readonly #unserved = new Map<status, number>();
  #cut = 0;

  /** The counts of a method that is served; asked for when it is bound. */
  of(path: string, streaming: boolean): MethodCalls {
    const known = this.#methods.get(path) ?? new MethodCalls(path, streaming);
    this.#methods.set(path, known);
    return known;
  }

  /** Counts a connection that was cut for its calls. */
  cut(): void {
    this.#cut += 1;
  }

  /** Counts a call that was refused outside the chain. */
  unserved(code: status): void {
    this.#unserved.set(code, (this.#unserved.get(code) ?? 0) + 1);
  }

  totals(): CallTotals {
    const buckets = new Float64Array(BUCKETS);
    let [calls, refused, failed] = [0, 0, 0];
    for (const { streaming, codes, buckets: own } of this.#methods.values()) {
      if (streaming) continue;
      for (const [code, count] of codes.entries()) {
        calls += count;
        if (FAULTS.has(code)) failed += count;
        else if (code !== status.OK) refused += count;
      }
      for (const [bucket, count] of own.entries()) buckets[bucket] = (buckets[bucket] ?? 0) + count;
    }
    return { calls, refused, failed, buckets };
  }

  families(): Family[] {
    const methods = [...this.#methods.values()];
    const { requests, streams, latency } = ended(methods);
    return [
      {
        name: 'dtms_requests_total',
        help: 'Unary calls that ended, by canonical code.',
        type: 'counter',
        samples: requests,
      },
      {
        name: 'dtms_streams_total',
        help: 'Streams that ended, by canonical code; CANCELLED when their caller went away.',
        type: 'counter',
        samples: streams,
      },
      {
        name: 'dtms_unserved_requests_total',
        help: 'Calls refused outside the chain: too large, not to be inflated, of methods or services that do not exist.',
        type: 'counter',
        samples: [...this.#unserved].map(([code, value]) => ({
          suffix: '',
          labels: { code: status[code] },
          value,
        })),
      },
      counter(
        'dtms_connections_cut_total',
        'Connections cut because too many of their calls had no answer: begun and given up, or never finished.',
        this.#cut,
      ),
      {
        name: 'dtms_request_duration_seconds',
        help: 'How long unary calls took in the server.',
        type: 'histogram',
        samples: latency,
      },
      gauge(
        'dtms_requests_in_flight',
        'Unary calls under way.',
        openBy(methods.filter(({ streaming }) => !streaming)),
      ),
      gauge(
        'dtms_streams_open',
        'Streams open.',
        methods
          .filter(({ streaming }) => streaming)
          .map(({ service, method, open }) => [{ service, method }, open]),
      ),
    ];
  }
}

/** Samples of the calls and streams that ended. */
function ended(methods: readonly MethodCalls[]): Record<'requests' | 'streams' | 'latency', Sample[]> {
  const requests: Sample[] = [];
  const streams: Sample[] = [];
  const latency: Sample[] = [];
  for (const calls of methods) {
    const labels = { service: calls.service, method: calls.method };
    for (const [code, value] of calls.codes.entries()) {
      // OK is there from the start, so that the first failure is seen as a share of something.
      if (value === 0 && code !== status.OK) continue;
      const sample = { suffix: '', labels: { ...labels, code: status[code] ?? '' }, value };
      (calls.streaming ? streams : requests).push(sample);
    }
    if (calls.streaming || calls.buckets.every((count) => count === 0)) continue;
    latency.push(
      ...histogramSamples(labels, LATENCY_EDGES, calls.buckets, calls.seconds, (bucket) =>
        calls.exemplar(bucket),
      ),
    );
  }
  return { requests, streams, latency };
}

function openBy(methods: readonly MethodCalls[]): [{ service: string }, number][] {
  const open = new Map<string, number>();
  for (const calls of methods) open.set(calls.service, (open.get(calls.service) ?? 0) + calls.open);
  return [...open].map(([service, count]) => [{ service }, count]);
}
