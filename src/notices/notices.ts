// Owns the notices of a server: looking at what lasts, and the work of delivering while that is its own.
import type { Rules } from '../domain/rules.js';
import type { LogState } from '../queries/sources.js';
import type { Store } from '../store/store.js';
import { LastingWatch, type LastingWatchParts } from './lasting-watch.js';
import { AwayLooks, alarmLook, type RegistrationCounts, RegistrationLooks } from './looks.js';
import { NoticeWorker, type WorkerParts } from './worker.js';

export interface NoticesParts extends WorkerParts {
  readonly store: WorkerParts['store'] & Pick<Store, 'servers'>;
  /** What the server that leads has in memory; undefined while this one does not. */
  readonly leading: () => LogState | undefined;
  readonly rules: Rules;
  readonly registrations: () => RegistrationCounts;
  /** This server, as people know it: the same in its next run. */
  readonly serverName: string;
}

export class Notices {
  readonly #worker: NoticeWorker;
  readonly #running: readonly { start(): void; stop(): Promise<void> }[];

  constructor(parts: NoticesParts) {
    this.#worker = new NoticeWorker(parts);
    this.#running = [
      this.#worker,
      ...watchesOf(parts, () => this.#worker.token !== null).map((watch) => new LastingWatch(watch)),
    ];
  }

  /** Before anything can happen. @throws StoreUnavailableError */
  open(): Promise<void> {
    return this.#worker.open();
  }

  start(): void {
    for (const part of this.#running) part.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((part) => part.stop()));
  }
}

/** What this server looks at: while it leads, while the work is its own, and always. */
function watchesOf(parts: NoticesParts, works: () => boolean): LastingWatchParts[] {
  const { settings, store, logger, leading, rules, registrations, serverName } = parts;
  const common = { settings, table: store.notices, logger };
  const servers = new AwayLooks(store, () => settings().notices.awayMs);
  const failing = new RegistrationLooks();
  return [
    {
      ...common,
      source: 'alarms',
      isLooking: () => leading() !== undefined,
      look: () => alarmLook(leading(), rules),
    },
    {
      ...common,
      source: 'servers',
      isLooking: () => {
        if (!works()) servers.forget();
        return works();
      },
      look: (known) => servers.look(known),
    },
    {
      ...common,
      source: `registrations:${serverName}`,
      isLooking: () => true,
      look: async () => failing.look(serverName, registrations(), await store.noticeWork.now()),
    },
  ];
}
