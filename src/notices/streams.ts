// Owns the log as a stream into NATS JetStream: every event, in order, from a cursor of its own; a message id lets the stream
// drop what comes twice.
import { type JetStreamClient, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { secretVariable } from '../config/notice-plan.js';
import type { LogStream } from '../domain/notices/notice-plan.js';
import { over, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { LogEvent } from '../store/types.js';
import { placeOf, type ReadStore, streamReader } from './log-reader.js';
import { subjectOf } from './subject.js';

export interface StreamerParts {
  readonly stream: LogStream;
  readonly secrets: Readonly<Record<string, string>>;
  readonly store: ReadStore;
  /** Whether this server does the work now. */
  readonly works: () => boolean;
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly logger: Logger;
}

/** Events read at a time. */
const PAGE = 200;
/** After a failure, in ms. */
const RETRY_MS = 1000;

export class LogStreamer {
  readonly #parts: StreamerParts;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #connection: NatsConnection | undefined;

  constructor(parts: StreamerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#disconnect();
  }

  async #run(): Promise<void> {
    const { stream, logger, works, pollMs } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const sent = works() ? await this.#sendPage() : 0;
        if (sent < PAGE) await pause(pollMs, signal);
      } catch (error) {
        logger.warn({ error, channel: stream.name }, 'the log cannot be sent on; it waits');
        await this.#disconnect();
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** Sends a page, and moves the cursor when all of it was taken; gives how many. */
  async #sendPage(): Promise<number> {
    const { stream, store, logger } = this.#parts;
    const reader = streamReader(stream.name);
    const from = await placeOf(store, reader, logger);
    const events = await store.readEvents(from.revision, PAGE);
    const last = events.at(-1);
    if (last === undefined) return 0;
    const client = await this.#client();
    // One after the other: the next is not taken before the one before is.
    for (const event of events) {
      if (this.#stopped.signal.aborted) return 0;
      await this.#publish(client, event);
    }
    await store.notices.move(reader, from, { epoch: last.epoch, revision: last.revision }, []);
    return events.length;
  }

  async #publish(client: JetStreamClient, event: LogEvent): Promise<void> {
    const { stream, timeoutMs } = this.#parts;
    const { epoch, revision, account, symbol } = event;
    const told = headers();
    told.set('Content-Type', 'application/json');
    await client.publish(subjectOf(stream.subject, account, symbol), jsonOf(event), {
      msgID: `${epoch}-${revision}`,
      timeout: timeoutMs,
      headers: told,
    });
  }

  async #client(): Promise<JetStreamClient> {
    if (this.#connection === undefined || this.#connection.isClosed()) {
      const { stream, secrets, timeoutMs } = this.#parts;
      const pass = secrets[secretVariable(stream.name, 'PASSWORD')] ?? '';
      this.#connection = await connect({
        servers: [...stream.servers],
        name: 'dtms',
        timeout: timeoutMs,
        // Whoever sends makes another.
        reconnect: false,
        ...(stream.user === '' ? {} : { user: stream.user, pass }),
      });
      await this.#ensureStream(this.#connection);
    }
    return jetstream(this.#connection);
  }

  /** Where the server has no stream that takes these subjects, one is made. */
  async #ensureStream(connection: NatsConnection): Promise<void> {
    const { subject, name } = this.#parts.stream;
    const manager = await jetstreamManager(connection);
    const subjects = `${subject}.>`;
    const known = await over404(manager.streams.find(subjects));
    if (known !== undefined) return;
    await manager.streams.add({ name: name.toUpperCase(), subjects: [subjects] });
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await over(connection.close());
  }
}

async function over404(found: Promise<string>): Promise<string | undefined> {
  try {
    return await found;
  } catch {
    return undefined;
  }
}

/** The event as it is everywhere in JSON, with its place in the log. */
function jsonOf({ payload, revision, epoch, recordedAt }: LogEvent): string {
  const event = TradeEvent.decode(payload);
  return JSON.stringify(
    TradeEvent.toJSON({
      ...event,
      revision: BigInt(revision),
      logEpoch: epoch,
      recordedAt: new Date(recordedAt),
    }),
  );
}
