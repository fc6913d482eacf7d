// Owns what a database must be before DTMS trusts it with a trade.
import type pg from 'pg';

import { UnsuitableDatabaseError } from './errors.js';
import { query } from './pool.js';

/** The oldest major version that is tested and has everything the schema uses. */
const OLDEST_MAJOR = 15;

export interface ServerFacts {
  /** Such as "18.4". */
  readonly version: string;
  readonly dataChecksums: boolean;
  /** Reasons not to use it; empty when it may be used. */
  readonly faults: readonly string[];
}

/** What is wrong with each setting, and what it would cost. */
const SETTINGS = `
  SELECT current_setting('server_version_num')::int AS version_num,
         current_setting('server_version') AS version,
         current_setting('fsync') AS fsync,
         current_setting('full_page_writes') AS full_page_writes,
         current_setting('synchronous_commit') AS synchronous_commit,
         current_setting('data_checksums') AS data_checksums,
         current_setting('server_encoding') AS encoding,
         current_setting('transaction_read_only') AS read_only,
         pg_is_in_recovery() AS in_recovery`;

/** Looks at a server without refusing it: for `dtms doctor` and the check below. */
export async function inspectServer(on: pg.Pool | pg.ClientBase): Promise<ServerFacts> {
  const row = (await query(on, SETTINGS)).rows[0];
  const faults: string[] = [];
  if (row.version_num < OLDEST_MAJOR * 10_000)
    faults.push(`it is PostgreSQL ${row.version}; DTMS needs ${OLDEST_MAJOR} or newer`);
  if (row.fsync !== 'on')
    faults.push(
      'fsync is off: a crash of the machine would lose or break acknowledged trades; set fsync = on',
    );
  if (row.full_page_writes !== 'on')
    faults.push('full_page_writes is off: a crash could leave torn pages; set full_page_writes = on');
  if (row.synchronous_commit === 'off')
    faults.push(
      'synchronous_commit is off: trades would be acknowledged before they are durable; ' +
        'set it to on in postgresql.conf and look for ALTER DATABASE or ALTER ROLE settings',
    );
  if (row.encoding !== 'UTF8')
    faults.push(`its encoding is ${row.encoding}; create the database with ENCODING 'UTF8'`);
  if (row.in_recovery === true) faults.push('it is a standby: connect to the primary');
  else if (row.read_only === 'on')
    faults.push('its transactions are read-only by default: connect to the primary');
  return { version: row.version, dataChecksums: row.data_checksums === 'on', faults };
}

/** @throws UnsuitableDatabaseError with every reason when the server must not be used. */
export async function checkServer(on: pg.Pool | pg.ClientBase): Promise<ServerFacts> {
  const facts = await inspectServer(on);
  if (facts.faults.length > 0) throw new UnsuitableDatabaseError(facts.faults);
  return facts;
}
