// Owns sending a dead letter of notices again, on a person's word.
import { deadLetterNotFound } from '../errors/notices.js';
import type { AuditTable } from '../store/audits.js';
import type { DeliveryTable } from '../store/notice-deliveries.js';
import { auditOf, type Issuer } from './command.js';

export interface RetryingParts {
  readonly deliveries: Pick<DeliveryTable, 'retry'>;
  readonly audits: Pick<AuditTable, 'add'>;
}

/** It is due at once, on whichever server delivers. @throws DtmsError DEAD_LETTER_NOT_FOUND; StoreUnavailableError */
export async function retryDelivery(
  { deliveries, audits }: RetryingParts,
  { deliveryId, by }: { readonly deliveryId: bigint; readonly by: string },
  issuer: Issuer,
): Promise<void> {
  if (!(await deliveries.retry(deliveryId))) throw deadLetterNotFound(deliveryId);
  await audits.add(auditOf(issuer, { detail: { by, deliveryId: String(deliveryId) } }));
}
