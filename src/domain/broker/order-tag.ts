// Owns the comment an action's order carries at the broker, by which positions and deals are known again as
// DTMS's own. SHA-256 comes from node:crypto: it is a pure function, and the only one the domain borrows.
import { hash } from 'node:crypto';

/** What every tag begins with. */
const TAG_PREFIX = 'dtms-';

/** The length of a whole tag: brokers keep 31 characters of a comment at most. */
const TAG_LENGTH = 25;

const TAG = new RegExp(`^${TAG_PREFIX}[0-9a-f]{${TAG_LENGTH - TAG_PREFIX.length}}$`);

/** The comment of an action's order: 25 characters, the same for every attempt. */
export function tagOf(actionId: string): string {
  return (TAG_PREFIX + hash('sha256', actionId, 'hex')).slice(0, TAG_LENGTH);
}

/** Whether a broker's comment is a tag, of whichever action. */
export function isTag(comment: string): boolean {
  return TAG.test(comment);
}
