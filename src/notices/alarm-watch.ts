// Owns looking at what lasts, on the server that leads: what needs a person now, and since the look before. It is written down
// with a notice of each that began or is over.
import type { Rules } from '../domain/rules.js';
import { inBackground, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { everyAlarm } from '../queries/alarms.js';
import type { LogState } from '../queries/sources.js';
import type { NoticeTable } from '../store/notices.js';
import { foundAlarm, turnOf } from './lasting.js';
import type { SendingSettings } from './sender.js';

export interface AlarmWatchParts {
  readonly settings: () => SendingSettings;
  /** What the server that leads has in memory; undefined while this one does not. */
  readonly leading: () => LogState | undefined;
  readonly rules: Rules;
  readonly table: Pick<NoticeTable, 'lasting' | 'turn'>;
  readonly logger: Logger;
}

const SOURCE = 'alarms';

export class AlarmWatch {
  readonly #parts: AlarmWatchParts;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: AlarmWatchParts) {
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
    const { settings, logger } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        logger.warn({ error }, 'what lasts was not written down; it is looked at again');
      }
      await pause(settings().notices.alarmMs, signal);
    }
  }

  async #look(): Promise<void> {
    const { settings, leading, rules, table } = this.#parts;
    const state = leading();
    if (state === undefined || settings().noticePlan.rules.length === 0) return;
    const known = await table.lasting(SOURCE);
    const at = Math.floor(state.databaseNow());
    const { begun, over } = turnOf(known, everyAlarm(state, rules, null, at).map(foundAlarm), at);
    if (begun.length + over.length > 0) await table.turn(SOURCE, begun, over);
  }
}
