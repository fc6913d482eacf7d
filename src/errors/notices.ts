// Owns the errors about notices.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from './errors.js';

/** It does not exist, or was delivered. */
export function deadLetterNotFound(deliveryId: bigint): DtmsError {
  const text = `there is no dead letter ${deliveryId}: only what was given up can be sent again`;
  return new DtmsError(ErrorReason.DEAD_LETTER_NOT_FOUND, text, {
    metadata: { delivery_id: String(deliveryId) },
  });
}
