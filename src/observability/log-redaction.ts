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

/** What a parameter of a URL is called when its value lets somebody in. */
const PARAMETER = '[\\w.-]*(?:key|token|secret|password|passwd|pwd|auth|signature|sig|credential)[\\w.-]*';

/** The value of such a parameter. */
const PARAMETERS = new RegExp(`([?&;]${PARAMETER}=)[^&;\\s"\\\\#]+`, 'gi');

/** API keys, credentials of HTTP, and who is named in any URL, in a line that is otherwise done. */
const LOOKS = /dtms_[a-z2-7]{12}_[a-z2-7]{52}|\bBearer [^\s"\\]+|(\w:\/\/[^\s:@/"\\]*):[^\s"\\]*@/g;

/** A line without what looks like a secret. */
export function withoutSecrets(line: string): string {
  return line
    .replace(PARAMETERS, `$1${REDACTED}`)
    .replace(LOOKS, (found: string, before: string | undefined) => {
      if (before !== undefined) return `${before}:${REDACTED}@`;
      return found.startsWith('Bearer') ? `Bearer ${REDACTED}` : REDACTED;
    });
}

/** A URL as it may be shown: without its user, its password and what its parameters say. */
export function withoutCredentials(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const [, scheme = '', rest = ''] = /^([^/]*\/\/)(.*)$/s.exec(text) ?? [];
  // Up to the last @: a password may have a / or a ? in it, however wrong that is.
  const [place = '', ...query] = rest.replace(/^.*@/s, `${REDACTED}@`).split('?');
  const parameters = query.join('?').replace(/=[^&#]*/g, `=${REDACTED}`);
  return withoutSecrets(scheme + place + (query.length === 0 ? '' : `?${parameters}`));
}
