// Owns what pages call a policy, and whether it acts.
import type { ListPoliciesResponse, Policy } from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { AlarmJson, Json, TradeJson } from './json.js';

export type PolicyJson = Json<Policy>;
export type ListedPolicyJson = Json<ListPoliciesResponse>['policies'][number];
/** Whether a policy acts. `unknown`: this reader may not see it, or it was not told yet. */
export type PolicyStanding = 'enforces' | 'observes' | 'unknown';

/** The documented plan, which is no policy that anybody wrote. */
export const PLAN = 'dtms';

const OBSERVING = 'ALARM_KIND_OBSERVING';
/** The server lists no more alarms of a kind. */
const MOST_OF_A_KIND = 50;

/** Whether alarms say that DTMS only observes an account, or may: of many such accounts not all are listed. */
export function isObservedBy(
  alarms: readonly Pick<AlarmJson, 'kind' | 'account'>[],
  account: string,
): boolean {
  const observing = alarms.filter(({ kind }) => kind === OBSERVING);
  return (
    observing.length >= MOST_OF_A_KIND ||
    observing.some((alarm) => alarm.account === '' || alarm.account === account)
  );
}

/** Whether a trade is acted for: where DTMS only observes its account, no policy does. */
export function standingOf(
  trade: Pick<TradeJson, 'account' | 'policy'>,
  alarms: { isObserved(account: string): boolean },
  policies: { standing(trade: Pick<TradeJson, 'policy'>): PolicyStanding },
): PolicyStanding {
  return alarms.isObserved(trade.account) ? 'observes' : policies.standing(trade);
}
