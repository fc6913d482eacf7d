// Owns what the service's role may do where the schema is another's: read and write what it works with, add to what
// happened, and alter neither that nor the schema.
import type pg from 'pg';
import { query } from './pool.js';
import { primaryUrl } from './primary.js';

/** Who adds to these cannot change or take out what they hold. */
const APPENDED = ['events', 'audit_events', 'journal', 'rollout_steps', 'rollout_samples'];
/** Read only: triggers and migrations write them. */
const SHOWN = ['audit_head', 'dtms_migrations', 'dtms_schema'];

/** The role of the service; null where it owns the schema. */
export function serviceRoleOf({
  url,
  ownerUrl,
}: {
  readonly url: string;
  readonly ownerUrl: string;
}): string | null {
  return ownerUrl === url ? null : decodeURIComponent(new URL(primaryUrl(url)).username);
}

/** Gives a role the service's rights, on what later migrations made as well. Repeating it changes nothing. */
export async function grantService(owner: pg.Client, role: string): Promise<void> {
  const { rows } = await query(
    owner,
    'SELECT quote_ident($1) AS role, quote_ident(current_schema()) AS schema',
    [role],
  );
  const { role: to, schema } = rows[0];
  await query(
    owner,
    `BEGIN;
     GRANT USAGE ON SCHEMA ${schema} TO ${to};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${to};
     REVOKE UPDATE, DELETE, TRUNCATE ON ${APPENDED.join(', ')} FROM ${to};
     REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ${SHOWN.join(', ')} FROM ${to};
     GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} TO ${to};
     COMMIT`,
  );
}
