// Owns an action's id, `account:ticket:version:TYPE` with the version of the event that planned it: the same
// decision has the same id, wherever it is made again.
import { ACTION_TYPES, type ActionType } from './action-specs.js';
import type { Trade } from './trade.js';

const ACTION_ID = /^(.+):(\d{1,19}):\d{1,15}:[A-Z_]+$/;

/** The id of an action that is planned for the trade now. */
export function nextActionId({ spec, version }: Trade, type: ActionType): string {
  return `${spec.account}:${spec.ticket}:${version + 1}:${type}`;
}

/** The trade an action id belongs to; null when it is no action id. */
export function tradeOfAction(
  actionId: string,
): { readonly account: string; readonly ticket: bigint } | null {
  const [, account, ticket] = ACTION_ID.exec(actionId) ?? [];
  return account === undefined || ticket === undefined ? null : { account, ticket: BigInt(ticket) };
}

/** The type of the action an id names; null when it is no action id. */
export function typeOfAction(actionId: string): ActionType | null {
  const name = actionId.slice(actionId.lastIndexOf(':') + 1);
  return tradeOfAction(actionId) === null ? null : (ACTION_TYPES.find((type) => type === name) ?? null);
}
