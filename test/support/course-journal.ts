// What callers of a course saw: answers, refusals, revisions, and the silences of a watch.
import { status } from '@grpc/grpc-js';
import type { App } from '../../src/app.js';
import { type ClientInterceptor, DtmsCallError, DtmsClient, ErrorReason } from '../../src/client/index.js';
import { until } from './eventually.js';

/** For each call with all its attempts. */
export const CALL_MS = 60_000;
/** Longest silence of an open watch, ms. */
const SILENCE_MS = 5000;

/** What callers saw. */
export class Journal {
  readonly untyped: string[] = [];
  readonly acknowledged = new Set<bigint>();
  readonly silences: number[] = [];
  readonly seen: bigint[] = [];
  /** Where the log begins. */
  firstRevision = 1n;
  attempts = 0;
  refused = 0;

  /** @param apiKey - where calls need one. */
  client(app: App, apiKey?: string): DtmsClient {
    const interceptor: ClientInterceptor = {
      unary: async (call, next) => {
        this.attempts += 1;
        try {
          const response = await next(call);
          this.#acknowledge(response);
          return response;
        } catch (error) {
          this.refused += 1;
          this.#refuse(error);
          throw error;
        }
      },
      stream: (call, next) => this.#listen(next(call)),
    };
    return new DtmsClient({
      address: app.grpcAddress,
      ...(apiKey === undefined ? {} : { apiKey }),
      breaker: 'off',
      defaults: { retryMs: CALL_MS, deadlineMs: 5000 },
      interceptors: [interceptor],
    });
  }

  /** Tries until it works: what it tries may be repeated. @param mayBe - failures that need no reason of the contract. */
  async repeat<T>(step: () => Promise<T>, mayBe: (error: unknown) => boolean = () => false): Promise<T> {
    const result: { value?: T } = {};
    await until('a step works', async () => {
      try {
        result.value = await step();
        return true;
      } catch (error) {
        if (!mayBe(error)) this.#refuse(error);
        return false;
      }
    });
    return result.value as T;
  }

  async watch(client: DtmsClient, signal: AbortSignal): Promise<void> {
    const { logEpoch } = await client.getStatus({});
    const messages = client.watchTrades({
      resumeAfter: { logEpoch, revision: 0n },
      retryMs: CALL_MS,
      signal,
    });
    try {
      for await (const message of messages) {
        if (message.$case === 'events')
          this.seen.push(...message.value.events.map(({ revision }) => revision));
      }
    } catch (error) {
      if (!signal.aborted) this.untyped.push(`the watch ended: ${String(error)}`);
    }
  }

  watchReached(head: bigint): Promise<void> {
    return until('the watch has everything', () => (this.seen.at(-1) ?? 0n) >= head);
  }

  #acknowledge(response: unknown): void {
    if (typeof response !== 'object' || response === null || !('revision' in response)) return;
    if (typeof response.revision === 'bigint') this.acknowledged.add(response.revision);
  }

  #refuse(error: unknown): void {
    const report = error instanceof DtmsCallError ? error.report : undefined;
    // A client ends its own calls: those that are late, and a stream nobody wants any more.
    const isOwn = report?.code === status.DEADLINE_EXCEEDED || report?.code === status.CANCELLED;
    if (isOwn || (report?.reason !== undefined && report.reason !== ErrorReason.INTERNAL)) return;
    this.untyped.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }

  async *#listen(messages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    let heardAt = performance.now();
    const hear = () => {
      const silentMs = Math.round(performance.now() - heardAt);
      if (silentMs > SILENCE_MS) this.silences.push(silentMs);
      heardAt = performance.now();
    };
    try {
      for await (const message of messages) {
        hear();
        yield message;
      }
    } catch (error) {
      hear();
      this.#refuse(error);
      throw error;
    }
  }
}
