// Owns what "an event matches a filter" means.
import { isErased } from '../store/erased-event.js';
import type { TradeFilter } from '../store/types.js';
import type { EncodedEvent } from './frames.js';

export type EventMatch = (event: EncodedEvent) => boolean;

const isThere: EventMatch = (event) => !isErased(event);

/** An empty field admits all that was not erased; the fields that are given must all admit the event. */
export function matching({ account, symbols, states, tickets }: TradeFilter): EventMatch {
  const conditions: EventMatch[] = [account === null ? isThere : (event) => event.account === account];
  if (states.length > 0) conditions.push(memberOf(states, (event) => event.state));
  if (symbols.length > 0) conditions.push(memberOf(symbols, (event) => event.symbol));
  if (tickets.length > 0) conditions.push(memberOf(tickets, (event) => event.ticket));
  const [only] = conditions;
  if (only !== undefined && conditions.length === 1) return only;
  return (event) => conditions.every((condition) => condition(event));
}

function memberOf<T>(values: readonly T[], of: (event: EncodedEvent) => T): EventMatch {
  const set = new Set(values);
  return (event) => set.has(of(event));
}
