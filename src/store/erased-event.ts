// Owns what of the log is left where an account was erased (erasure.ts): the place of each event, and when it was recorded.
import type { LogEvent } from './types.js';

/** Whether it is the place of an event of which nothing else is left: readers pass it by. */
export function isErased({ account }: Pick<LogEvent, 'account'>): boolean {
  return account === '';
}
