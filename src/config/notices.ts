// Owns the settings of notices: where their plan is, and how patiently they are delivered.
import type convict from 'convict';
import { DAY, MINUTE, optionalText, whole } from './formats.js';

export interface NoticeSettings {
  /** A JSON file with rules and channels; empty: nobody is told of anything. */
  readonly plan: string;
  /** Between two looks at what happened and at what is due. */
  readonly pollMs: number;
  /** Between two looks at what lasts, such as an account without a bridge. */
  readonly alarmMs: number;
  /** One server delivers; when it was silent for so long, another does. */
  readonly leaseMs: number;
  /** For one try at a receiver. */
  readonly timeoutMs: number;
  /** Tries of one message before it is a dead letter. */
  readonly maxTries: number;
  /** The pause after the first failed try; it doubles with each. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** A server that was silent for so long is away. */
  readonly awayMs: number;
  /** Days notices and their deliveries are kept. */
  readonly days: number;
}

export const NOTICES_SCHEMA: convict.Schema<NoticeSettings> = {
  plan: optionalText('DTMS_NOTICES_PLAN', 'JSON file of who is told of what; empty: nobody'),
  pollMs: whole('DTMS_NOTICES_POLL_MS', 1000, 'Between two looks at what is due', 10, MINUTE),
  alarmMs: whole('DTMS_NOTICES_ALARM_MS', 5000, 'Between two looks at what lasts', 10, MINUTE),
  leaseMs: whole('DTMS_NOTICES_LEASE_MS', 10_000, 'Silence after which another server delivers', 500, MINUTE),
  timeoutMs: whole('DTMS_NOTICES_TIMEOUT_MS', 10_000, 'For one try at a receiver', 100, MINUTE),
  maxTries: whole('DTMS_NOTICES_MAX_TRIES', 300, 'Tries of one message', 1, 10_000),
  firstRetryMs: whole('DTMS_NOTICES_FIRST_RETRY_MS', 1000, 'Pause after the first failed try', 10, DAY),
  longestRetryMs: whole('DTMS_NOTICES_LONGEST_RETRY_MS', 5 * MINUTE, 'Longest pause of tries', 10, DAY),
  awayMs: whole('DTMS_NOTICES_AWAY_MS', 5 * MINUTE, 'Silence after which a server is away', 1000, DAY),
  days: whole('DTMS_NOTICES_DAYS', 30, 'Days notices are kept', 1, 3650),
};
