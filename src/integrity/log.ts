// Owns whether the log is whole: every revision from the compaction to the head is there, once.
import type pg from 'pg';
import { query } from '../store/pool.js';
import { FaultList, type IntegrityFinding } from './faults.js';

const BOUNDS = `SELECT h.revision AS head, h.compacted, e.number, e.first, e.last
  FROM log_head h, (SELECT count(*) AS number, min(revision) AS first, max(revision) AS last FROM events) e`;
const GAPS = `SELECT before, revision FROM (
    SELECT revision, lag(revision) OVER (ORDER BY revision) AS before FROM events) e
  WHERE revision <> before + 1 ORDER BY revision`;

export async function checkLog(on: pg.ClientBase): Promise<IntegrityFinding> {
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
  return faults.finding;
}
