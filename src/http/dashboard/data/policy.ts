// Owns what pages call a policy, and whether it acts.
import type { ListPoliciesResponse, Policy } from '../../../../gen/ts/dtms/v1/policy_service.js';
import type { Json } from './json.js';

export type PolicyJson = Json<Policy>;
export type ListedPolicyJson = Json<ListPoliciesResponse>['policies'][number];
/** Whether a policy acts. `unknown`: this reader may not see it, or it was not told yet. */
export type PolicyStanding = 'enforces' | 'observes' | 'unknown';

/** The documented plan, which is no policy that anybody wrote. */
export const PLAN = 'dtms';
