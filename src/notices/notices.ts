// Owns the notices of a server: looking at what lasts while it leads, and the work of delivering while that is its own.
import { AlarmWatch, type AlarmWatchParts } from './alarm-watch.js';
import { NoticeWorker, type WorkerParts } from './worker.js';

export class Notices {
  readonly #worker: NoticeWorker;
  readonly #parts: readonly { start(): void; stop(): Promise<void> }[];

  constructor(worker: WorkerParts, alarms: AlarmWatchParts) {
    this.#worker = new NoticeWorker(worker);
    this.#parts = [this.#worker, new AlarmWatch(alarms)];
  }

  /** Before anything can happen. @throws StoreUnavailableError */
  open(): Promise<void> {
    return this.#worker.open();
  }

  start(): void {
    for (const part of this.#parts) part.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.stop()));
  }
}
