// Owns the work of notices, done by one server at a time: it reads the log, makes deliveries of what happened by the rules of
// the plan, and has them sent.
import type { NoticePlan } from '../domain/notices/notice-plan.js';
import type { TryOutcome } from '../domain/notices/retries.js';
import { routesOf } from '../domain/notices/routing.js';
import { over, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { FencedError } from '../store/errors.js';
import type { DeliveryStanding } from '../store/notice-deliveries.js';
import type { Held } from '../store/notice-worker.js';
import type { Store } from '../store/store.js';
import { placeOf, READER, readLog } from './log-reader.js';
import { ChannelSender, type SendingSettings } from './sender.js';

export type WorkedStore = Pick<
  Store,
  'head' | 'readEvents' | 'findTrades' | 'notices' | 'deliveries' | 'noticeWork'
>;

export interface WorkerParts {
  /** This server, as others name it. */
  readonly serverId: string;
  /** In force now; asked for at each look. */
  readonly settings: () => SendingSettings;
  readonly store: WorkedStore;
  readonly tried: (channel: string, outcome: TryOutcome) => void;
  /** Told how messages stand at each look; null where this server does not deliver. */
  readonly stands: (standing: DeliveryStanding | null) => void;
  readonly logger: Logger;
}

/** Between two clean-ups. */
const COMPACT_MS = 600_000;

export class NoticeWorker {
  readonly #parts: WorkerParts;
  readonly #stopped = new AbortController();
  readonly #senders = new Map<string, ChannelSender>();
  #running: Promise<void> = Promise.resolve();
  #token: number | null = null;
  /** Until when the work is this server's, by performance.now(). */
  #until = Number.NEGATIVE_INFINITY;
  #compactedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Takes its place in the log, unless it has one: what happens from now on is told. @throws StoreUnavailableError */
  async open(): Promise<void> {
    const { settings, store, logger } = this.#parts;
    if (!isEmpty(settings().noticePlan)) await placeOf(store, READER, logger);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends what is under way, and leaves the work to others. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    await this.#drop();
    const { store, serverId } = this.#parts;
    await over(store.noticeWork.release(serverId));
  }

  /** Proves that this server has the work; null while it has not. */
  get token(): number | null {
    return performance.now() < this.#until ? this.#token : null;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const { notices, noticePlan } = this.#parts.settings();
      try {
        if (isEmpty(noticePlan)) await this.#drop();
        else await this.#work();
      } catch (error) {
        if (!(error instanceof FencedError))
          this.#parts.logger.warn({ error }, 'the work of notices failed; it is tried again');
      }
      await pause(Math.min(notices.pollMs, notices.leaseMs / 3), signal);
    }
  }

  async #work(): Promise<void> {
    const { store, serverId, settings, logger } = this.#parts;
    const { leaseMs, days } = settings().notices;
    const askedAt = performance.now();
    const held = await store.noticeWork.hold(serverId, leaseMs);
    if (held === undefined) return await this.#drop();
    this.#taken(held, askedAt + leaseMs);
    this.#keepSenders();
    await readLog(store, () => settings().noticePlan, logger);
    await this.#route(held);
    this.#parts.stands(await store.deliveries.standing());
    if (performance.now() - this.#compactedAt < COMPACT_MS) return;
    this.#compactedAt = performance.now();
    await store.notices.compact(days);
  }

  #taken({ token }: Held, until: number): void {
    if (this.#token !== token) this.#parts.logger.info({ token }, 'this server delivers notices');
    this.#token = token;
    this.#until = until;
  }

  /** One sender for each channel of the plan. */
  #keepSenders(): void {
    const { settings, store, tried, logger } = this.#parts;
    for (const { name } of settings().noticePlan.channels) {
      if (this.#senders.has(name)) continue;
      const table = store.deliveries;
      const token = () => this.token;
      const parts = { settings, table, token, tried, logger, random: Math.random };
      this.#senders.set(name, new ChannelSender(name, parts));
    }
  }

  async #route({ token }: Held): Promise<void> {
    const { store, settings } = this.#parts;
    const { deliveries } = store;
    for (;;) {
      const plan = settings().noticePlan;
      const longestRateMs = Math.max(0, ...plan.rules.map(({ rate }) => rate?.windowMs ?? 0));
      const routed = await deliveries.route(token, longestRateMs, (notice, memory, now) =>
        routesOf(notice, plan, memory, now),
      );
      if (routed === 0) return;
      for (const sender of this.#senders.values()) sender.wake();
    }
  }

  /** The work is not this server's any more. */
  async #drop(): Promise<void> {
    this.#token = null;
    this.#parts.stands(null);
    const senders = [...this.#senders.values()];
    this.#senders.clear();
    await Promise.all(senders.map((sender) => sender.stop()));
  }
}

function isEmpty({ channels, rules, streams }: NoticePlan): boolean {
  return channels.length === 0 && rules.length === 0 && streams.length === 0;
}
