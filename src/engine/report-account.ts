// Owns a bridge's heartbeat as the engine takes it: what its money says is read beside what is known to be open.
import type { Account, Heartbeat } from '../domain/account/account.js';
import type { Engine } from './engine.js';

/** Takes a heartbeat at database time `now`; the account after it. */
export function reportToEngine(
  engine: Pick<Engine, 'accounts' | 'tradesOf'>,
  name: string,
  heartbeat: Heartbeat,
  now: number,
): Account {
  return engine.accounts.report(name, heartbeat, now, isHolding(engine, name));
}

function isHolding(engine: Pick<Engine, 'tradesOf'>, account: string): boolean {
  for (const { state } of engine.tradesOf(account)) if (state !== 'CLOSED') return true;
  return false;
}
