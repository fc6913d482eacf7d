// The kinds of settings: how each is read from a variable and what it must be.
import type convict from 'convict';

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
      if (typeof value !== 'string' || !/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value))
        throw new Error('must be empty or a URL such as postgres://user:password@host:5432/database');
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

/** A whole number within its limits. */
export const whole = (env: string, value: number, doc: string, min: number, max: number) =>
  ({ format: 'whole', env, default: value, doc, min, max }) as unknown as convict.SchemaObj<number>;
/** True or false. */
export const flag = (env: string, value: boolean, doc: string) =>
  ({ format: 'flag', env, default: value, doc }) as unknown as convict.SchemaObj<boolean>;
/** A text that is not empty. */
export const text = (env: string, value: string, doc: string) =>
  ({ format: 'text', env, default: value, doc }) as unknown as convict.SchemaObj<string>;

/** A text that may be empty. */
export const optionalText = (env: string, doc: string) =>
  ({ format: 'optional-text', env, default: '', doc }) as unknown as convict.SchemaObj<string>;

/** One of a few words; the first is the default. */
export const choice = <T extends string>(env: string, words: readonly [T, ...T[]], doc: string) =>
  ({ format: [...words], env, default: words[0], doc }) as unknown as convict.SchemaObj<T>;
