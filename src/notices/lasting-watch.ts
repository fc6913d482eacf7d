// Owns looking, every so often, at something that lasts: what began and what is over since the look before is written down
// with a notice of each.
import { RepeatedWork } from '../observability/background.js';
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
  readonly #repeated: RepeatedWork;

  constructor(parts: LastingWatchParts) {
    const { settings, logger, source } = parts;
    this.#parts = parts;
    this.#repeated = new RepeatedWork({
      work: () => this.#once(),
      everyMs: () => settings().notices.alarmMs,
      failed: (error) =>
        logger.warn({ error, name: source }, 'what lasts was not written down; it is looked at again'),
    });
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): Promise<void> {
    return this.#repeated.stop();
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
