// Owns which positions belong to trades: a trade's own, its hedge's, or one it names by its present ticket.
import type { Engine } from './engine.js';

/** Whether the position is a trade's of the account, or its hedge. */
export function isOwned(engine: Engine, account: string, ticket: bigint): boolean {
  return engine.get(account, ticket) !== undefined || engine.naming(account, ticket) !== undefined;
}
