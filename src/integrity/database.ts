// Owns verifying all that a database holds, as of one moment, while servers work on.
import type pg from 'pg';
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
  return [
    await checkLog(on),
    ...(await checkTrades(on)),
    await checkAudits(on),
    ...(await checkJournal(on)),
    await checkState(on),
  ];
}

async function checkAudits(client: pg.ClientBase): Promise<IntegrityFinding> {
  const faults = new FaultList('audits');
  const { rows, fault } = await new AuditTable(client).verify();
  faults.count(rows);
  if (fault !== null) faults.add(fault);
  return faults.finding;
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
