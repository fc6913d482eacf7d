// Owns what a scrape shows of notices: what came of the tries of this server, and how the messages stand.
import { counter, type Family, gauge } from '../observability/metrics/families.js';
import type { DeliveryStanding } from '../store/notice-deliveries.js';

const RESULTS = ['delivered', 'failed', 'refused'] as const;
type Result = (typeof RESULTS)[number];

export class NoticeMetrics {
  readonly #tries = new Map<string, Record<Result, number>>();
  #standing: DeliveryStanding | null = null;

  /** What came of one try. The channels of a plan are few. */
  tried(channel: string, result: Result): void {
    const counts = this.#tries.get(channel) ?? { delivered: 0, failed: 0, refused: 0 };
    this.#tries.set(channel, { ...counts, [result]: counts[result] + 1 });
  }

  /** How messages stand, as the server that delivers sees it; null: this one does not deliver any more. */
  stands(standing: DeliveryStanding | null): void {
    this.#standing = standing;
  }

  families(): Family[] {
    const { pending = 0, dead = 0, oldestDueAt = null, now = 0 } = this.#standing ?? {};
    return [
      counter(
        'dtms_notice_tries_total',
        'Tries of messages to receivers, by channel and what came of them.',
        [...this.#tries].flatMap(([channel, counts]) =>
          RESULTS.map((result) => [{ channel, result }, counts[result]] as const),
        ),
      ),
      gauge(
        'dtms_notice_deliveries',
        'Messages that are to be delivered, or were given up; 0 on a server that does not deliver.',
        [
          [{ status: 'pending' }, pending],
          [{ status: 'dead' }, dead],
        ],
      ),
      gauge(
        'dtms_notice_oldest_pending_seconds',
        'Since the oldest message that is due and not delivered should have been; 0 without one.',
        oldestDueAt === null ? 0 : Math.max(0, (now - oldestDueAt) / 1000),
      ),
    ];
  }
}
