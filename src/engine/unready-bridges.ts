// Owns leases of bridges that would be given no work now: what was not begun goes back, so that another bridge may have it.
import { emptyAccount } from '../domain/account/account.js';
import { bridgeObstacle } from '../domain/account/bridges.js';
import type { Moment } from '../domain/actions/context.js';
import { holds, takeBack } from '../domain/changes/lease.js';
import type { Engine } from './engine.js';
import { actionOf, type LeaseStep } from './leases.js';

/** Takes an action back that is leased and not begun, from a bridge that is not ready any more; null where nothing is. */
export function takenBack(
  engine: Engine,
  actionId: string,
  token: number,
  moment: Moment,
): Extract<LeaseStep, { outcome: 'refused' }> | null {
  const found = actionOf(engine, actionId);
  if (found?.action.status !== 'LEASED' || !holds(found.action, token, moment.now)) return null;
  const { trade, action } = found;
  const account = engine.accounts.get(trade.spec.account) ?? emptyAccount(trade.spec.account);
  const bridge = action.lease?.bridge ?? '';
  const reason = bridgeObstacle(account, bridge, moment.now, engine.rules);
  if (reason === '') return null;
  const hindrance = { verdict: 'wait', obstacle: 'BRIDGE_NOT_READY', reason } as const;
  engine.act(trade.spec, (current, context) => takeBack(current, action, hindrance, moment, context));
  return { outcome: 'refused', obstacle: 'BRIDGE_NOT_READY', reason, status: 'PENDING' };
}
