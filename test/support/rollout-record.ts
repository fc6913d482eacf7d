// A rollout as its record has it, without anybody who carries it out: for what reads the record.
import { readPlan } from '../../src/rollout/plan.js';
import { firstState } from '../../src/rollout/state.js';
import { execute } from './postgres.js';

const GROUPS = {
  blue: [{ name: 'dtms-1', address: '10.0.0.1:50051', http: '' }],
  green: [{ name: 'dtms-2', address: '10.0.0.2:50051', http: '' }],
};

/** One that has begun, watches its first share of calls, and found an error too many. @returns its number */
export async function recordedRollout(databaseUrl: string): Promise<number> {
  const plan = readPlan('config/rollout.json');
  const begun = firstState(Date.now());
  const state = { ...begun, step: 2, phase: 'WATCH' };
  const finding = {
    rule: 'errors',
    verdict: 'unproven',
    green: null,
    blue: 0,
    calls: 3,
    text: '3 calls say little',
  };
  const { rows } = await execute(
    databaseUrl,
    `WITH begun AS (
       INSERT INTO rollouts (plan, groups, state, number)
       SELECT $1, $2, $3, 2 WHERE NOT EXISTS (SELECT FROM rollouts) RETURNING rollout_id
     ), steps AS (
       INSERT INTO rollout_steps (rollout_id, number, decider, by, what, findings, state)
       SELECT rollout_id, 1, 'operator', 'ann', 'begun', '[]'::json, $4::json FROM begun
       UNION ALL SELECT rollout_id, 2, 'plan', 'ann', '1% of calls: weights set', $5::json, $3::json FROM begun
     )
     SELECT rollout_id FROM begun`,
    [plan, GROUPS, state, begun, [finding]].map((body) => JSON.stringify(body)),
  );
  return Number(rows[0]?.rollout_id ?? 1);
}
