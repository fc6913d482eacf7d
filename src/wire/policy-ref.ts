// Owns which policy a trade has, on the wire.
import type { PolicyRef as PolicyRefMessage } from '../../gen/ts/dtms/v1/types.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';

export function policyRefToProto({ name, version }: PolicyRef): PolicyRefMessage {
  return { name, version: BigInt(version) };
}
