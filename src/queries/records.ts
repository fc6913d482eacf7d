// Owns reading that any server answers from the database alone: API keys, and what was done by hand.
import type { AuditTable } from '../store/audits.js';
import type { KeyTable } from '../store/keys.js';
import type { AuditFilter, StoredAudit, StoredKey } from '../store/types.js';
import { type ListPage, pageOf } from './page.js';

/** Keys in the order they were made; `accounts` null means those of every account. */
export async function listKeys(
  keys: KeyTable,
  accounts: readonly string[] | null,
  after: number,
  size: number,
): Promise<ListPage<StoredKey, number>> {
  return pageOf(await keys.list(accounts, after, size + 1), size, ({ number }) => number);
}

/** Audits after a number in the order they were written; with `before`, the newest first of those that are also before that one. */
export async function listAudits(
  audits: AuditTable,
  filter: AuditFilter,
  { after, before }: { readonly after: number; readonly before: number | null },
  size: number,
): Promise<ListPage<StoredAudit, number>> {
  return pageOf(await audits.list(filter, after, size + 1, before), size, ({ auditId }) => auditId);
}
