// Owns hints that the log moved, for servers that did not move it: one debounced NOTIFY after commits, and a
// LISTEN connection of its own. A hint may be lost; who needs the truth polls as well.
import type pg from 'pg';

import { guarded, inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { connect, type DatabaseOptions, disconnect, lookUp } from './pool.js';

const CHANNEL = 'dtms_log';
/** What is told with a hint when the lead was given up. */
const LEAD_IS_FREE = 'lead';
const DEBOUNCE_MS = 20;
const PROBE_MS = 10_000;
const RECONNECT_MS = 1000;

/** What a hint is about. */
export type Hint = 'log' | 'lead is free';

/** Tells others that the log moved: at most once in 20 ms, and never inside a commit. */
export class Notifier {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #also: (what: Hint) => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param also - tells them by another way too; it does not throw. */
  constructor(pool: pg.Pool, logger: Logger, also: (what: Hint) => void) {
    this.#pool = pool;
    this.#logger = logger;
    this.#also = also;
  }

  notify(): void {
    if (this.#closed) return;
    const lost = (error: unknown) => this.#logger.debug({ error }, 'a hint was lost');
    this.#timer ??= setTimeout(
      guarded(() => {
        this.#timer = undefined;
        this.#also('log');
        inBackground(lookUp(this.#pool, `NOTIFY ${CHANNEL}`), lost);
      }, lost),
      DEBOUNCE_MS,
    );
  }

  /** Tells others at once that nobody leads. */
  leadIsFree(): void {
    if (this.#closed) return;
    this.#also('lead is free');
    inBackground(lookUp(this.#pool, `NOTIFY ${CHANNEL}, '${LEAD_IS_FREE}'`), (error) =>
      this.#logger.debug({ error }, 'a hint was lost'),
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** Hears them. A LISTEN connection can die silently, so it is probed and made again. */
export class Listener {
  readonly #options: DatabaseOptions;
  readonly #logger: Logger;
  readonly #hear: (what: Hint) => void;
  #client: pg.Client | undefined;
  #probe: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param hear - called on every hint, and when hints may have been missed. */
  constructor(options: DatabaseOptions, logger: Logger, hear: (what: Hint) => void) {
    this.#options = options;
    this.#logger = logger;
    this.#hear = hear;
  }

  /** Never rejects: it tries again by itself. */
  async start(): Promise<void> {
    if (this.#closed) return;
    try {
      const client = await connect(this.#options, 'listen', (error) => this.#restart(error));
      if (this.#closed || this.#client !== undefined) return await disconnect(client);
      this.#client = client;
      const broke = (error: unknown) => this.#restart(error);
      client.on(
        'notification',
        guarded(({ payload }) => this.#hear(payload === LEAD_IS_FREE ? 'lead is free' : 'log'), broke),
      );
      await lookUp(client, `LISTEN ${CHANNEL}`);
      this.#probe = setInterval(
        guarded(() => inBackground(lookUp(client, 'SELECT 1'), broke), broke),
        PROBE_MS,
      );
      this.#probe.unref();
      this.#hear('log');
    } catch (error) {
      this.#restart(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#probe);
    if (this.#client !== undefined) await disconnect(this.#client);
  }

  #restart(error: unknown): void {
    if (this.#closed || this.#retry !== undefined) return;
    this.#logger.debug({ error }, 'the LISTEN connection broke; hints are late until it is back');
    clearInterval(this.#probe);
    const broken = this.#client;
    this.#client = undefined;
    if (broken !== undefined) inBackground(disconnect(broken));
    this.#retry = setTimeout(
      guarded(
        () => {
          this.#retry = undefined;
          inBackground(this.start());
        },
        (error) => this.#restart(error),
      ),
      RECONNECT_MS,
    );
    this.#retry.unref();
  }
}
