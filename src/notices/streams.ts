// Owns the log as a stream into NATS JetStream: every event, in order, from a cursor of its own; a message id lets the stream
// drop what comes twice.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { secretVariable } from '../config/notice-plan.js';
import type { LogStream } from '../domain/notices/notice-plan.js';
import { pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { isErased } from '../store/erased-event.js';
import type { LogEvent } from '../store/types.js';
import { type JetMessage, JetStream } from './jet-stream.js';
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
  #connection: JetStream | undefined;
  /** Connections that were tried: of several servers the next one is. */
  #tries = 0;

  constructor(parts: StreamerParts) {
    this.#parts = parts;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    // What waits for an answer does not wait for it any more.
    this.#disconnect();
    await this.#running;
    this.#disconnect();
  }

  async #run(): Promise<void> {
    const { stream, logger, works, pollMs } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        const sent = works() ? await this.#sendPage() : 0;
        if (sent < PAGE) await pause(pollMs, signal);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ error, channel: stream.name }, 'the log cannot be sent on; it waits');
        this.#disconnect();
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
    const connection = await this.#connected();
    // One after the other: the next is not taken before the one before is.
    for (const event of events) {
      if (this.#stopped.signal.aborted) return 0;
      if (!isErased(event)) await connection.publish(this.#messageOf(event));
    }
    await store.notices.move(reader, from, { epoch: last.epoch, revision: last.revision }, []);
    return events.length;
  }

  #messageOf(event: LogEvent): JetMessage {
    const { epoch, revision, account, symbol } = event;
    const subject = subjectOf(this.#parts.stream.subject, account, symbol);
    return { subject, id: `${epoch}-${revision}`, body: jsonOf(event) };
  }

  async #connected(): Promise<JetStream> {
    if (this.#connection?.isOver === false) return this.#connection;
    const { stream, timeoutMs } = this.#parts;
    const connection = await JetStream.connect(this.#server(), timeoutMs);
    this.#connection = connection;
    await connection.ensure(stream.name.toUpperCase(), `${stream.subject}.>`);
    return connection;
  }

  #server(): URL {
    const { stream, secrets } = this.#parts;
    const { servers, user, name } = stream;
    const server = servers[this.#tries % servers.length] ?? '';
    this.#tries += 1;
    const url = new URL(server.includes('://') ? server : `nats://${server}`);
    if (user === '') return url;
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(secrets[secretVariable(name, 'PASSWORD')] ?? '');
    return url;
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = undefined;
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
