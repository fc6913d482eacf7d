// Owns the work of notices, done by one server at a time: it reads the log, makes deliveries of what happened by the rules of
// the plan, and has them sent.
import { secretVariable } from '../config/notice-plan.js';
import { type Notice, type NoticeKind, notice } from '../domain/notices/notice.js';
import type { LogStream, NoticePlan } from '../domain/notices/notice-plan.js';
import type { TryOutcome } from '../domain/notices/retries.js';
import { routesOf } from '../domain/notices/routing.js';
import { over, RepeatedWork } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { FencedError } from '../store/errors.js';
import type { DeliveryStanding } from '../store/notice-deliveries.js';
import type { Held } from '../store/notice-worker.js';
import type { Store } from '../store/store.js';
import { placeOf, READER, readLog, streamReader } from './log-reader.js';
import { ChannelSender, type SendingSettings } from './sender.js';
import type { LogStreamer } from './streams.js';

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

/** Why a message ends whose channel is gone. */
const NO_CHANNEL = 'its channel is not in the plan any more';
/** Between two clean-ups. */
const COMPACT_MS = 600_000;

export class NoticeWorker {
  readonly #parts: WorkerParts;
  readonly #repeated: RepeatedWork;
  readonly #senders = new Map<string, ChannelSender>();
  readonly #streamers = new Map<string, { readonly of: string; readonly streamer: LogStreamer }>();
  #token: number | null = null;
  /** Until when the work is this server's, by performance.now(). */
  #until = Number.NEGATIVE_INFINITY;
  #compactedAt = Number.NEGATIVE_INFINITY;
  /** Whether messages may wait that an earlier plan made. */
  #mayWait = true;
  /** The channels by which this server has the work, and since when, by performance.now(). */
  #channels = { of: '', since: 0 };

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#repeated = new RepeatedWork({
      work: () => this.#once(),
      everyMs: () => {
        const { pollMs, leaseMs } = parts.settings().notices;
        return Math.min(pollMs, leaseMs / 3);
      },
      failed: (error) => {
        if (!(error instanceof FencedError))
          parts.logger.warn({ error }, 'the work of notices failed; it is tried again');
      },
    });
  }

  /** Takes its place in the log, unless it has one: what happens from now on is told. @throws StoreUnavailableError */
  async open(): Promise<void> {
    const { settings, store, logger } = this.#parts;
    const { noticePlan } = settings();
    if (isEmpty(noticePlan)) return;
    for (const reader of [READER, ...noticePlan.streams.map(({ name }) => streamReader(name))])
      await placeOf(store, reader, logger);
  }

  start(): void {
    this.#repeated.start();
  }

  /** Ends what is under way, and leaves the work to others. */
  async stop(): Promise<void> {
    await this.#repeated.stop();
    await this.#drop();
    const { store, serverId } = this.#parts;
    await over(store.noticeWork.release(serverId));
  }

  /** Proves that this server has the work; null while it has not. */
  get token(): number | null {
    return performance.now() < this.#until ? this.#token : null;
  }

  async #once(): Promise<void> {
    if (!isEmpty(this.#parts.settings().noticePlan)) await this.#work();
    else if (await this.#someWait()) await this.#hold();
    else await this.#drop();
  }

  /** Takes the work, or keeps it; undefined while another server has it. */
  async #hold(): Promise<Held | undefined> {
    const { store, serverId, settings } = this.#parts;
    const { leaseMs } = settings().notices;
    const askedAt = performance.now();
    const held = await store.noticeWork.hold(serverId, leaseMs);
    if (held === undefined) await this.#drop();
    else {
      await this.#taken(held, askedAt + leaseMs);
      await this.#endOthers(held);
    }
    return held;
  }

  /** Whether messages wait although the plan is empty: asked until none do. */
  async #someWait(): Promise<boolean> {
    if (this.#mayWait) this.#mayWait = (await this.#parts.store.deliveries.standing()).pending > 0;
    return this.#mayWait;
  }

  /** Gives up what waits for channels that the plan has no more, once it stood for so long that it is every server's. */
  async #endOthers({ token }: Held): Promise<void> {
    const { store, settings, logger } = this.#parts;
    const { notices, noticePlan } = settings();
    const channels = noticePlan.channels.map(({ name }) => name);
    const of = JSON.stringify([token, channels]);
    if (of !== this.#channels.of) this.#channels = { of, since: performance.now() };
    if (performance.now() - this.#channels.since < notices.awayMs) return;
    for (const { channel, deliveryId: delivery, tries } of await store.deliveries.endOthers(
      token,
      channels,
      NO_CHANNEL,
    ))
      logger.error(
        { channel, delivery, tries, reason: NO_CHANNEL },
        'a notice was given up; it is a dead letter',
      );
  }

  async #work(): Promise<void> {
    const { store, settings, logger } = this.#parts;
    const { days } = settings().notices;
    this.#mayWait = true;
    const held = await this.#hold();
    if (held === undefined) return;
    this.#keepSenders();
    await this.#keepStreamers();
    await readLog(store, () => settings().noticePlan, logger);
    if (tells(settings().noticePlan, 'ROLLOUT_STEP')) await store.notices.addRolloutSteps();
    await this.#route(held);
    this.#parts.stands(await store.deliveries.standing());
    if (performance.now() - this.#compactedAt < COMPACT_MS) return;
    this.#compactedAt = performance.now();
    await store.notices.compact(days);
  }

  async #taken({ token, idleMs, now }: Held, until: number): Promise<void> {
    const { store, logger, settings } = this.#parts;
    const isNew = this.#token !== token;
    this.#token = token;
    this.#until = until;
    if (!isNew) return;
    logger.info({ token }, 'this server delivers notices');
    if (idleMs !== null && idleMs > settings().notices.awayMs)
      await store.notices.add([wasAway(now - idleMs, now)]);
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

  /** One streamer for each stream of the plan, as it is there now: one that was taken out gets nothing more. */
  async #keepStreamers(): Promise<void> {
    const { settings, store, logger } = this.#parts;
    const { noticePlan, noticeSecrets: secrets, notices } = settings();
    const wanted = new Map(
      noticePlan.streams.map((stream) => [stream.name, streamOf(stream, secrets)] as const),
    );
    for (const [name, { of, streamer }] of this.#streamers) {
      if (wanted.get(name) === of) continue;
      this.#streamers.delete(name);
      await streamer.stop();
    }
    for (const stream of noticePlan.streams) {
      if (this.#streamers.has(stream.name)) continue;
      // Loaded only where a plan has one: nobody else pays for it.
      const { LogStreamer } = await import('./streams.js');
      const { timeoutMs, pollMs } = notices;
      const works = () => this.token !== null;
      const parts = { stream, secrets, store, works, timeoutMs, pollMs, logger };
      this.#streamers.set(stream.name, {
        of: streamOf(stream, secrets),
        streamer: new LogStreamer(parts),
      });
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
    const streamers = Array.from(this.#streamers.values(), ({ streamer }) => streamer);
    const ending = [...this.#senders.values(), ...streamers];
    this.#senders.clear();
    this.#streamers.clear();
    await Promise.all(ending.map((each) => each.stop()));
  }
}

/** All by which a stream is sent. */
function streamOf(stream: LogStream, secrets: Readonly<Record<string, string>>): string {
  return JSON.stringify([stream, secrets[secretVariable(stream.name, 'PASSWORD')] ?? '']);
}

function tells({ rules }: NoticePlan, kind: NoticeKind): boolean {
  return rules.some(({ kinds }) => kinds.includes(kind));
}

/** What nobody could be told of while it lasted. Times are UTC ms. */
function wasAway(from: number, until: number): Notice {
  const [since, back] = [from, until].map((at) => `${new Date(at).toISOString().slice(0, 19)}Z`);
  return notice({
    key: `was-away:${until}`,
    kind: 'SERVICE_WAS_AWAY',
    text: `nobody was told of anything from ${since} to ${back}: no server ran, or none had the database`,
    advice: 'See what happened meanwhile; trades were not defended while no server ran.',
    command: 'dtms alarms',
    at: until,
  });
}

function isEmpty({ channels, rules, streams }: NoticePlan): boolean {
  return channels.length === 0 && rules.length === 0 && streams.length === 0;
}
