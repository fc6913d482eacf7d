// Owns hints by NATS, beside those of the database: for many servers, which then need not each be told by Postgres. They
// are hints and no more: NATS away costs nothing but the time until the database's own hint, or the next look.
import { natsServers } from '../config/nats-url.js';
import { guarded } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Hint } from './hints.js';
import { NatsLine } from './nats-line.js';

export interface NatsSettings {
  /** Of the servers; not empty. */
  readonly url: string;
  /** Under which servers of one database tell each other. */
  readonly subject: string;
}

/** What is told with a hint when the lead was given up. */
const LEAD_IS_FREE = 'lead';
const RECONNECT_MS = 1000;

export class NatsHints {
  readonly #servers: readonly URL[];
  readonly #subject: string;
  readonly #logger: Logger;
  readonly #hear: (what: Hint) => void;
  #line: NatsLine | undefined;
  #retry: NodeJS.Timeout | undefined;
  #tries = 0;
  /** Whether it was said that it is away: once for each time. */
  #isMissed = false;
  #closed = false;

  /** @param hear - called on every hint, also on those of this server, and when some may have been missed. */
  constructor({ url, subject }: NatsSettings, logger: Logger, hear: (what: Hint) => void) {
    this.#servers = natsServers(url);
    this.#subject = subject;
    this.#logger = logger;
    this.#hear = hear;
  }

  /** Begins to connect: it goes on until there is a server, and after each break. */
  start(): void {
    const server = this.#servers[this.#tries % this.#servers.length];
    if (this.#closed || server === undefined) return;
    this.#tries += 1;
    this.#line = new NatsLine(server, this.#subject, {
      up: () => {
        this.#isMissed = false;
        this.#logger.info('hints go by NATS as well');
        this.#hear('log');
      },
      heard: (payload) => this.#hear(payload === LEAD_IS_FREE ? 'lead is free' : 'log'),
      down: (error) => this.#down(error),
    });
  }

  /** Tells the others, where there is a connection. */
  tell(what: Hint): void {
    this.#line?.tell(what === 'log' ? '' : LEAD_IS_FREE);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#line?.close();
  }

  #down(error: Error): void {
    this.#line = undefined;
    if (this.#closed) return;
    if (!this.#isMissed) this.#logger.warn({ error }, 'NATS is away; hints of the database go on');
    this.#isMissed = true;
    this.#retry = setTimeout(
      guarded(
        () => this.start(),
        (failure) => this.#logger.warn({ error: failure }, 'NATS is not tried any more'),
      ),
      RECONNECT_MS,
    );
    this.#retry.unref();
  }
}
