// Owns the refusals that are about policies.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';
import { DtmsError } from './errors.js';

const DOCUMENTED =
  'is the documented plan, which trades have that no policy is for: it is built in, by the thresholds and timers of the configuration (rules), and is not kept as a policy is';

export function policyNotFound(name: string, version = 0): DtmsError {
  const absent = version === 0 ? `there is no policy ${name}` : `policy ${name} has no version ${version}`;
  const text = name === DEFAULT_POLICY.name ? `${name} ${DOCUMENTED}` : absent;
  return new DtmsError(ErrorReason.POLICY_NOT_FOUND, text, { metadata: { name, version: String(version) } });
}
