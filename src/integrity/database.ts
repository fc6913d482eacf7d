// Owns verifying all that a database holds, as of one moment, while servers work on.
import type pg from 'pg';
import type { ErasurePlaces } from '../store/audit-chain.js';
import { AuditTable } from '../store/audits.js';
import { atOneMoment } from '../store/backup/back-up.js';
import { connect, disconnect } from '../store/pool.js';
import { restore } from '../store/reads.js';
import { FaultList, type IntegrityFinding } from './faults.js';
import { checkJournal } from './journal.js';
import { checkLog } from './log.js';
import { checkTrades } from './trades.js';

/** Everything that was found, of each check. @throws BackupError NOTHING; StoreUnavailableError */
export async function checkDatabase(url: string): Promise<IntegrityFinding[]> {
  const client = await connect({ url, statementTimeoutMs: 0 }, 'verify', () => undefined);
  try {
    return await atOneMoment(client, () => checkAll(client));
  } finally {
    await disconnect(client);
  }
}

/** @param on - inside a transaction, to which nothing changes */
export async function checkAll(on: pg.ClientBase): Promise<IntegrityFinding[]> {
  const { audits, erasures } = await checkAudits(on);
  return [
    await checkLog(on, erasures),
    ...(await checkTrades(on)),
    audits,
    ...(await checkJournal(on)),
    await checkState(on),
  ];
}

async function checkAudits(
  client: pg.ClientBase,
): Promise<{ readonly audits: IntegrityFinding; readonly erasures: readonly ErasurePlaces[] }> {
  const faults = new FaultList('audits');
  const { rows, fault, erasures } = await new AuditTable(client).verify();
  faults.count(rows);
  if (fault !== null) faults.add(fault);
  return { audits: faults.finding, erasures };
}

/** Whether a leader could begin: accounts, terms, feeds, news, flags and markets can be read. */
async function checkState(client: pg.ClientBase): Promise<IntegrityFinding> {
  const faults = new FaultList('state');
  try {
    const { accounts, instruments, feeds, news, views } = await restore(client, 1);
    for (const each of [accounts, instruments, feeds, news, views]) faults.count(each.length);
  } catch (error) {
    // Of the connection it is no finding.
    if (!(error instanceof Error) || error.name !== 'UnreadableBodyError') throw error;
    faults.add(error.message);
  }
  return faults.finding;
}
