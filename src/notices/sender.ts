// Owns sending what is due: each channel by a loop of its own, so that one that is slow, or away, delays no other.
import type { Config } from '../config/config.js';
import type { Channel, NoticePlan } from '../domain/notices/notice-plan.js';
import { nextTryMs, type TryOutcome } from '../domain/notices/retries.js';
import { inBackground, over, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { FencedError } from '../store/errors.js';
import type { DeliveryTable, DueDelivery } from '../store/notice-deliveries.js';
import { Wakeup } from '../watch/signal.js';
import { type Secrets, send } from './channels/channel.js';
import { messageOf } from './message.js';

/** What of the settings sending needs. */
export type SendingSettings = Pick<Config, 'notices' | 'noticePlan' | 'noticeSecrets'>;

export interface SenderParts {
  /** In force now; asked for at each look. */
  readonly settings: () => SendingSettings;
  readonly table: Pick<DeliveryTable, 'claim' | 'settle' | 'delivered'>;
  /** Proves that this server has the work; null while it has not. */
  readonly token: () => number | null;
  /** Told of what came of each try. */
  readonly tried: (channel: string, outcome: TryOutcome) => void;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Messages under way at a time, for each channel. */
const UNDER_WAY = 4;
/** A try that is not settled so long after its time is over may be repeated. */
const GRACE_MS = 5000;

/** The loop of one channel. */
export class ChannelSender {
  readonly #channel: string;
  readonly #parts: SenderParts;
  readonly #wake = new Wakeup();
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #running: Promise<void>;

  constructor(channel: string, parts: SenderParts) {
    this.#channel = channel;
    this.#parts = parts;
    this.#running = this.#run();
  }

  /** There may be something due. */
  wake(): void {
    this.#wake.notify();
  }

  /** Ends what is under way: it is tried again by whoever has the work next. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.notify();
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        if ((await this.#look()) === 0) await this.#idle();
      } catch (error) {
        // Whoever has the work now sends.
        if (!(error instanceof FencedError))
          this.#parts.logger.warn({ error, channel: this.#channel }, 'what is due cannot be read; it waits');
        await pause(this.#parts.settings().notices.pollMs, signal);
      }
    }
  }

  async #idle(): Promise<void> {
    const timer = setTimeout(() => this.#wake.notify(), this.#parts.settings().notices.pollMs);
    await this.#wake.wait();
    clearTimeout(timer);
  }

  /** Begins tries of what is due; gives how many. */
  async #look(): Promise<number> {
    const { token, table, settings } = this.#parts;
    const held = token();
    const { noticePlan, notices } = settings();
    const channel = noticePlan.channels.find(({ name }) => name === this.#channel);
    const room = UNDER_WAY - this.#underWay.size;
    if (held === null || channel === undefined || room === 0) return 0;
    const due = await table.claim(held, this.#channel, room, notices.timeoutMs + GRACE_MS);
    for (const delivery of due) this.#begin(delivery, channel, noticePlan);
    return due.length;
  }

  #begin(delivery: DueDelivery, channel: Channel, plan: NoticePlan): void {
    const trying = over(this.#try(delivery, channel, plan)).finally(() => {
      this.#underWay.delete(trying);
      this.#wake.notify();
    });
    this.#underWay.add(trying);
    inBackground(trying);
  }

  async #try(delivery: DueDelivery, channel: Channel, plan: NoticePlan): Promise<void> {
    const { settings, table, tried, logger, random } = this.#parts;
    const { notices, noticeSecrets } = settings();
    const outcome = await tryOnce(
      channel,
      noticeSecrets,
      delivery,
      plan,
      notices.timeoutMs,
      this.#stopped.signal,
    );
    // It was not the receiver that failed.
    if (this.#stopped.signal.aborted && outcome.result !== 'delivered') return;
    tried(channel.name, outcome);
    const { deliveryId, tries } = delivery;
    try {
      if (outcome.result === 'delivered') return await table.delivered(deliveryId);
      const { reason } = outcome;
      const nextMs = nextTryMs(outcome, tries, notices, random());
      const fields = { channel: channel.name, delivery: deliveryId, tries, reason };
      if (nextMs === null) logger.error(fields, 'a notice was given up; it is a dead letter');
      else if (tries === 1) logger.warn(fields, 'a notice did not get through; it is tried again');
      await table.settle(deliveryId, reason, nextMs);
    } catch (error) {
      // What is not settled is tried again.
      logger.warn(
        { error, channel: channel.name, delivery: deliveryId },
        'what came of a notice was not stored',
      );
    }
  }
}

async function tryOnce(
  channel: Channel,
  secrets: Secrets,
  delivery: DueDelivery,
  plan: NoticePlan,
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<TryOutcome> {
  try {
    return await send(channel, secrets, messageOf(delivery, plan), timeoutMs, stopped);
  } catch (error) {
    // Of a message that cannot be made.
    return { result: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}
