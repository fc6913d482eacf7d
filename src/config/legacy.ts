// Owns the settings of the old routes: whether they are served, in whose account, and until when.
import type convict from 'convict';
import { flag } from './formats.js';

export interface LegacySettings {
  readonly enabled: boolean;
  /** The account of registrations that name none: the old callers knew only tickets. */
  readonly account: string;
  /** The day after which they may be gone, YYYY-MM-DD (UTC); told in every answer. */
  readonly sunset: string;
}

/** As TradeSpec has them. */
const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}$/;

export const LEGACY_SCHEMA: convict.Schema<LegacySettings> = {
  enabled: flag('DTMS_HTTP_LEGACY_ENABLED', true, 'Whether the old routes are served'),
  account: {
    format: (value: unknown) => {
      if (typeof value !== 'string' || !ACCOUNT.test(value))
        throw new Error('must be the name of an account');
    },
    env: 'DTMS_HTTP_LEGACY_ACCOUNT',
    default: 'default',
    doc: 'Account of old registrations that name none',
  },
  sunset: {
    format: (value: unknown) => {
      if (typeof value !== 'string' || !isDay(value)) throw new Error('must be a day such as 2027-11-30');
    },
    env: 'DTMS_HTTP_LEGACY_SUNSET',
    default: '2027-11-30',
    doc: 'Day after which the old routes may be gone',
  },
};

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${text}T`);
}
