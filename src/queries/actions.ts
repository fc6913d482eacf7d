// Owns reading of actions, and of whether there is one for a bridge.
import { emptyAccount } from '../domain/account/account.js';
import { bridgeObstacle } from '../domain/account/bridges.js';
import type { ActionCursor, ActionFilter, ListOrder, StoredAction } from '../store/types.js';
import { type ListPage, pageOf } from './page.js';
import type { Sources } from './sources.js';

/** Actions in this order, from its beginning or after the last one seen: any server reads them. */
export async function listActions(
  sources: Pick<Sources, 'store'>,
  filter: ActionFilter,
  order: ListOrder,
  after: ActionCursor | null,
  size: number,
): Promise<ListPage<StoredAction, ActionCursor>> {
  const rows = await sources.store.listActions(filter, order, after, size + 1);
  return pageOf(rows, size, ({ plannedRevision, action }) => ({
    plannedRevision,
    actionId: action.actionId,
  }));
}

/** Whether there is anything a bridge could lease now. */
export function hasWork(sources: Sources, account: string, bridge: string): boolean {
  const state = sources.leading();
  if (!state.engine.acting.hasPending(account)) return false;
  const known = state.engine.accounts.get(account) ?? emptyAccount(account);
  return bridgeObstacle(known, bridge, state.databaseNow(), sources.rules) === '';
}
