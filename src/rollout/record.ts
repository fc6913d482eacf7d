// Owns the record of a rollout: its rows as the types that the rest goes by, checked when they are read.
import { Compile } from 'typebox/schema';
import type { NewRolloutStep, RolloutTable, StoredRollout } from '../store/rollouts.js';
import { planOf, type RolloutPlan } from './plan.js';
import { LOOK, type RolloutSample, type ServerLook } from './samples.js';
import { hasEnded, ROLLOUT_STATE, type RolloutState, type RolloutTransition } from './state.js';
import type { ServerGroups } from './traffic.js';

/** A rollout as it stands. */
export interface Rollout extends Omit<StoredRollout, 'plan' | 'groups' | 'state'> {
  readonly plan: RolloutPlan;
  readonly groups: ServerGroups;
  readonly state: RolloutState;
}

/** What carrying a rollout out needs of its record. */
export type RolloutRecord = Pick<RolloutTable, 'begin' | 'find' | 'append' | 'addSample' | 'samples' | 'now'>;

const STATE = Compile(ROLLOUT_STATE);
const LOOK_SHAPE = Compile(LOOK);

/** A rollout; undefined where there is none. @throws Error where this program does not understand its rows */
export async function findRollout(
  record: Pick<RolloutRecord, 'find'>,
  rolloutId?: number,
): Promise<Rollout | undefined> {
  const stored = await record.find(rolloutId);
  return stored === undefined ? undefined : rolloutOf(stored);
}

/** A rollout as this program understands it. @throws Error where it does not */
export function rolloutOf(stored: StoredRollout): Rollout {
  const { state } = stored;
  if (!STATE.Check(state))
    throw new Error(`the state of rollout ${stored.rolloutId} is of another version of DTMS`);
  const plan = planOf(stored.plan, `the plan of rollout ${stored.rolloutId}`);
  return { ...stored, plan, groups: stored.groups as ServerGroups, state };
}

/** A transition as a row. */
export function stepOf({ decider, what, findings, to }: RolloutTransition, by: string): NewRolloutStep {
  return { decider, by, what, findings, state: to, end: hasEnded(to) ? 'ends' : 'goes on' };
}

/** Samples since a moment, UTC ms by the database's clock. */
export async function readRolloutSamples(
  record: Pick<RolloutRecord, 'samples'>,
  rolloutId: number,
  since: number,
): Promise<RolloutSample[]> {
  const stored = await record.samples(rolloutId, since);
  return stored.map(({ at, looks }) => ({
    at,
    looks: Array.isArray(looks)
      ? looks.filter((look: unknown): look is ServerLook => LOOK_SHAPE.Check(look))
      : [],
  }));
}
