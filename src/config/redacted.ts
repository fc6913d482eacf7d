// Owns the configuration as it may be shown: without secrets, and every URL without what lets somebody in.
import { withoutCredentials } from '../observability/log-redaction.js';
import type { Config } from './config.js';
import { freeze } from './freeze.js';
import { SECRETS } from './schema.js';

/** The configuration as it may be shown: secrets that are set read "[redacted]". */
export function redacted(config: Config): Config {
  const shown = structuredClone(config);
  const hidden = Object.keys(config.noticeSecrets).map((name) => [name, '[redacted]']);
  const copy = { ...shown, noticeSecrets: Object.fromEntries(hidden) };
  for (const path of SECRETS) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let at: unknown = copy;
    for (const name of names) at = Reflect.get(Object(at), name);
    const owner = Object(at);
    if (Reflect.get(owner, last) !== '') Reflect.set(owner, last, '[redacted]');
  }
  return freeze(withShownUrls(copy));
}

/** Every URL without what lets somebody in. */
function withShownUrls<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, inner] of Object.entries(value))
    Reflect.set(value, name, typeof inner === 'string' ? withoutCredentials(inner) : withShownUrls(inner));
  return value;
}
