// Owns what the commands tell of a trade's policy: which it is, and whether anything is done by it.
import type { Trade } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/index.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';

/** Such as "watch-gold 2, only observes: nothing is sent"; empty without a trade. */
export async function policyTextOf(client: DtmsClient, trade: Trade | undefined): Promise<string> {
  const ref = trade?.policy;
  if (ref === undefined) return '';
  const name = `${ref.name} ${ref.version}`;
  if (ref.name === DEFAULT_POLICY.name) return `${name}, the documented plan`;
  const { policy } = await client.getPolicy({ name: ref.name, version: ref.version });
  if (policy?.policy?.observe) return `${name}, ONLY OBSERVES: it decides and sends nothing`;
  const isNothing = policy?.policy?.plan?.off === true && policy.policy.rules.length === 0;
  return isNothing ? `${name}, HAS NEITHER THE PLAN NOR RULES: nothing is decided` : name;
}
