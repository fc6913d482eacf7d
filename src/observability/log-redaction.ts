// Owns what never reaches the log: secrets by the names of their fields, and by how they look wherever a
// text has them, an error's message included.

const REDACTED = '[redacted]';

const NAMES = [
  'authorization',
  'x-api-key',
  'api_key',
  'apiKey',
  'cookie',
  'password',
  'passphrase',
  'secret',
  'token',
  'database_url',
  'url',
] as const;

/** The objects that may have them inside. */
const OWNERS = ['headers', 'metadata', 'database', 'config.database', 'request', 'error'] as const;

const step = (name: string): string => (/^\w+$/.test(name) ? `.${name}` : `["${name}"]`);

/** For pino: where secrets stand in the objects that are logged. */
export const REDACTION = {
  paths: [
    ...NAMES.map((name) => step(name).replace(/^\./, '')),
    ...OWNERS.flatMap((owner) => NAMES.map((name) => `${owner}${step(name)}`)),
  ],
  censor: REDACTED,
};

/** API keys, credentials of HTTP, and the password of any URL, in a line that is otherwise done. */
const LOOKS = /dtms_[a-z2-7]{12}_[a-z2-7]{52}|\bBearer [^\s"\\]+|(\w:\/\/[^\s:@/"\\]*):[^\s@/"\\]*@/g;

/** A line without what looks like a secret. */
export function withoutSecrets(line: string): string {
  return line.replace(LOOKS, (found: string, before: string | undefined) => {
    if (before !== undefined) return `${before}:${REDACTED}@`;
    return found.startsWith('Bearer') ? `Bearer ${REDACTED}` : REDACTED;
  });
}
