// Owns the refusals that are about rollouts.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from './errors.js';

export function rolloutNotFound(rolloutId: number): DtmsError {
  const metadata = { rollout_id: String(rolloutId) };
  return new DtmsError(ErrorReason.ROLLOUT_NOT_FOUND, `there is no rollout ${rolloutId}`, { metadata });
}
