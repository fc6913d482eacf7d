// Owns the kinds of settings: how each is read from a variable and what it must be.
import type convict from 'convict';
import { hostsOf } from './database-url.js';
import { natsServers } from './nats-url.js';

/** Formats of our own: convict's would take "5x" for 5 and any text for true. */
export const FORMATS: convict.Format[] = [
  {
    name: 'whole',
    coerce: (value: unknown) =>
      typeof value === 'string' && /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : value,
    validate: (value: unknown, { min = 0, max = Number.MAX_SAFE_INTEGER }: convict.SchemaObj) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
        throw new Error(`must be a whole number from ${min} to ${max}`);
    },
  },
  {
    name: 'flag',
    coerce: (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value),
    validate: (value: unknown) => {
      if (typeof value !== 'boolean') throw new Error('must be true or false');
    },
  },
  {
    name: 'text',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (typeof value !== 'string' || value.length === 0)
        throw new Error('must be a text that is not empty');
    },
  },
  {
    name: 'optional-text',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (typeof value !== 'string') throw new Error('must be a text');
    },
  },
  {
    name: 'database-url',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (value === '') return;
      hostsOf(String(value));
    },
  },
  {
    name: 'nats-url',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (value === '') return;
      natsServers(String(value));
    },
  },
  {
    name: 'nats-subject',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(value))
        throw new Error('must be words of letters, digits, _ and - with dots between');
    },
  },
  {
    name: 'http-url',
    coerce: (value: unknown) => value,
    validate: (value: unknown) => {
      if (value === '') return;
      const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
      if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
        throw new Error('must be empty or a URL such as http://host:4318, without user and password');
    },
  },
];

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** A setting whose format is one of ours, by its name, or a list of words. */
export interface OwnSetting<T> extends Omit<convict.SchemaObj<T>, 'format' | 'default'> {
  readonly format: string | readonly string[];
  readonly default: T;
}

/** The types of convict know its own formats alone. */
export const setting = <T>(own: OwnSetting<T>) => own as convict.SchemaObj<T>;

/** A whole number within its limits. */
export const whole = (env: string, value: number, doc: string, min: number, max: number) =>
  setting({ format: 'whole', env, default: value, doc, min, max });
/** True or false. */
export const flag = (env: string, value: boolean, doc: string) =>
  setting({ format: 'flag', env, default: value, doc });
/** A text that is not empty. */
export const text = (env: string, value: string, doc: string) =>
  setting({ format: 'text', env, default: value, doc });

/** A text that may be empty. */
export const optionalText = (env: string, doc: string) =>
  setting({ format: 'optional-text', env, default: '', doc });

/** One of a few words; the first is the default. */
export const choice = <T extends string>(env: string, words: readonly [T, ...T[]], doc: string) =>
  setting<T>({ format: [...words], env, default: words[0], doc });
