// Owns what the commands show of one trade.
import {
  type Action,
  ActionStatus,
  CloseReason,
  Direction,
  type FieldOwner,
  Monitoring,
  type Trade,
  TradeField,
  TradeOrigin,
  TradeState,
} from '../../gen/ts/dtms/v1/types.js';
import { fixed } from '../domain/number-text.js';
import { factsText, numberText, print, timeText } from './output.js';

/** A trade as a list of what is known of it. @param policy - what is told of its policy; by default its name */
export function showTrade(trade: Trade | undefined, policy = policyName(trade)): void {
  if (trade === undefined) return;
  const facts: [string, string][] = [
    ['trade', `${trade.account} ${trade.ticket}`],
    ['symbol', `${trade.symbol} (${trade.instrument}, feed ${trade.feed})`],
    ['known by', `${TradeOrigin[trade.origin]} ${trade.label}`.trim()],
    ['position', `${Direction[trade.direction]} ${trade.volume} at ${trade.entryPrice}`],
    ['stop, target', `${trade.stopLoss ?? 'none'}, ${trade.takeProfit ?? 'none'}`],
    ['state', `${TradeState[trade.state]} since ${timeText(trade.stateEnteredAt)}`],
    ['policy', policy],
    ['watched', Monitoring[trade.monitoring]],
    ['score', `${numberText(trade.evaluation?.score, 1)} ${trade.evaluation?.summary ?? ''}`.trim()],
    ['result', trade.openResultR === undefined ? '' : `${fixed(trade.openResultR, 2)} R`],
    ['hedge', trade.hedge === undefined ? '' : `${trade.hedge.volume} at ${trade.hedge.entryPrice}`],
    ['owned', trade.owners.map(ownerText).join(', ')],
    [
      'missing',
      trade.missingSince === undefined ? '' : `at the broker since ${timeText(trade.missingSince)}`,
    ],
    ...trade.openActions.map((action): [string, string] => ['action', openActionText(action)]),
    [
      'closed',
      trade.closedAt === undefined ? '' : `${CloseReason[trade.closeReason]} ${timeText(trade.closedAt)}`,
    ],
    ['version', `${trade.tradeVersion}, revision ${trade.revision}`],
  ];
  for (const signal of trade.evaluation?.signals ?? []) {
    facts.push([
      '',
      signal.available ? `${numberText(signal.contribution, 2)}  ${signal.reason}` : `--  ${signal.reason}`,
    ]);
  }
  print(factsText(facts));
}

function policyName(trade: Trade | undefined): string {
  return trade?.policy === undefined ? '' : `${trade.policy.name} ${trade.policy.version}`;
}

/** Who owns a field, such as "STOP_LOSS by dtms_manager until 2026-01-05 12:00:00". */
function ownerText({ field, manager, leaseEndsAt, committed }: FieldOwner): string {
  const until = leaseEndsAt === undefined ? '' : ` until ${timeText(leaseEndsAt)}`;
  return `${TradeField[field]} by ${manager}${until}${committed ? ', at the broker now' : ''}`;
}

/** An action that is not over, such as "demo:42:7:PARTIAL_CLOSE LEASED by mt5-1". */
function openActionText({ actionId, status, lease, reason }: Action): string {
  const by = lease === undefined || status === ActionStatus.PENDING ? '' : ` by ${lease.bridgeId}`;
  return `${actionId} ${ActionStatus[status]}${by} ${reason}`.trim();
}
