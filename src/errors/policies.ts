// Owns the refusals that are about policies.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from './errors.js';

export function policyNotFound(name: string, version = 0): DtmsError {
  const text = version === 0 ? `there is no policy ${name}` : `policy ${name} has no version ${version}`;
  return new DtmsError(ErrorReason.POLICY_NOT_FOUND, text, { metadata: { name, version: String(version) } });
}
