// Owns whether the log is whole: every revision from the compaction to the head is there, once, and with its words unless an
// audit of an erasure names it.
import type pg from 'pg';
import type { ErasurePlaces } from '../store/audit-chain.js';
import { query } from '../store/pool.js';
import { FaultList, type IntegrityFinding } from './faults.js';

const BOUNDS = `SELECT h.revision AS head, h.compacted, e.number, e.first, e.last
  FROM log_head h, (SELECT count(*) AS number, min(revision) AS first, max(revision) AS last FROM events) e`;
const GAPS = `SELECT before, revision FROM (
    SELECT revision, lag(revision) OVER (ORDER BY revision) AS before FROM events) e
  WHERE revision <> before + 1 ORDER BY revision`;
const PAGE = 10_000;
const ERASED = `SELECT revision, octet_length(payload) AS bytes FROM events WHERE account = '' AND revision > $1
  ORDER BY revision LIMIT ${PAGE}`;

/** @param erasures - what the chain of audits says of them */
export async function checkLog(
  on: pg.ClientBase,
  erasures: readonly ErasurePlaces[],
): Promise<IntegrityFinding> {
  const faults = new FaultList('log');
  const { head, compacted, number, first, last } = (await query(on, BOUNDS)).rows[0];
  faults.count(Number(number));
  if (Number(head) > Number(compacted)) {
    faults.same('the first revision', first, String(Number(compacted) + 1));
    faults.same('the last revision', last, head);
  } else if (last !== null) {
    faults.add(`revision ${last} is there, and the log ends at ${head}`);
  }
  for (const { before, revision } of (await query(on, GAPS)).rows)
    faults.add(`after revision ${before} comes ${revision}`);
  await checkErased(on, faults, erasures, Number(compacted));
  return faults.finding;
}

/** Events without words are those that erasures name, and no others. */
async function checkErased(
  on: pg.ClientBase,
  faults: FaultList,
  erasures: readonly ErasurePlaces[],
  compacted: number,
): Promise<void> {
  let named = 0;
  for (let after = compacted; ; ) {
    const { rows } = await query(on, ERASED, [after]);
    for (const { revision, bytes } of rows) {
      if (!erasures.some(({ events }) => events.has(Number(revision))))
        faults.add(`revision ${revision} is of no account, and no erasure names it`);
      else if (bytes !== 0) faults.add(`revision ${revision} was erased and says something`);
      else named += 1;
    }
    if (rows.length < PAGE) break;
    after = Number(rows.at(-1)?.revision);
  }
  let expected = 0;
  for (const { events } of erasures)
    for (const [first, last] of events.runs)
      expected += Math.max(0, last - Math.max(first, compacted + 1) + 1);
  faults.same('the number of events without words', named, expected);
}
