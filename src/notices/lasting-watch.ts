// Owns looking, every so often, at something that lasts: what began and what is over since the look before is written down
// with a notice of each.
import { inBackground, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Lasting, NoticeTable } from '../store/notices.js';
import { type FoundLasting, turnOf } from './lasting.js';
import type { SendingSettings } from './sender.js';

/** What is found at one look, and when it was by the database's clock, UTC ms. */
export interface LastingLook {
  readonly found: readonly FoundLasting[];
  readonly at: number;
}

export interface LastingWatchParts {
  /** Names whose finds these are: it compares with its own alone. */
  readonly source: string;
  readonly settings: () => SendingSettings;
  /** What lasts now, knowing what did; undefined where this server cannot tell. */
  readonly look: (known: readonly Lasting[]) => Promise<LastingLook | undefined> | LastingLook | undefined;
  /** Whether this server looks now: what is not looked at costs nothing. */
  readonly isLooking: () => boolean;
  readonly table: Pick<NoticeTable, 'lasting' | 'turn'>;
  readonly logger: Logger;
}

export class LastingWatch {
  readonly #parts: LastingWatchParts;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: LastingWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
    inBackground(this.#running);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { settings, logger, source } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#once();
      } catch (error) {
        logger.warn({ error, name: source }, 'what lasts was not written down; it is looked at again');
      }
      await pause(settings().notices.alarmMs, signal);
    }
  }

  async #once(): Promise<void> {
    const { settings, look, isLooking, source, table } = this.#parts;
    if (settings().noticePlan.rules.length === 0 || !isLooking()) return;
    const known = await table.lasting(source);
    const seen = await look(known);
    if (seen === undefined) return;
    const { begun, over } = turnOf(known, seen.found, seen.at);
    if (begun.length + over.length > 0) await table.turn(source, begun, over);
  }
}
