// Owns why a receiver did not take a message, as it may be kept and shown: what a stranger answered is text of one line, short, and
// without what lets us in, which some receivers repeat.
import { withoutSecrets } from '../../observability/log-redaction.js';
import { begunWith } from '../message.js';

/** So much of an answer is kept. */
const MOST_KEPT = 200;
/** A part of a URL that is so long may be what lets us in. */
const SECRET_PART = 16;

/** @param secrets - of the channel; each is hidden wherever it stands, a URL also by its path. */
export function toldReason(text: string, secrets: readonly string[]): string {
  const hidden = secrets.flatMap(partsOf).sort((one, other) => other.length - one.length);
  let told = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  for (const part of hidden) told = told.replaceAll(part, '[redacted]');
  return begunWith(withoutSecrets(told), MOST_KEPT);
}

function partsOf(secret: string): string[] {
  if (secret === '') return [];
  if (!URL.canParse(secret)) return [secret];
  const { pathname, search } = new URL(secret);
  const parts = [...pathname.split('/'), search].filter((part) => part.length >= SECRET_PART);
  return [secret, ...(pathname.length > 1 ? [pathname] : []), ...parts];
}
