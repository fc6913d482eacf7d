// Owns reading rollouts out of their record: how each stands, its course, and what its judge finds now.
import { rolloutNotFound } from '../errors/rollouts.js';
import { judge, longestWindow, type RuleFinding } from '../rollout/judge.js';
import { type Rollout, readRolloutSamples, rolloutOf } from '../rollout/record.js';
import { hasEnded, percentIn, stepText } from '../rollout/state.js';
import type { RolloutTable, StoredRolloutStep } from '../store/rollouts.js';
import { type ListPage, pageOf } from './page.js';

/** Transitions that are told of one: the newest. */
const MOST_STEPS = 1000;

type Reads = Pick<RolloutTable, 'find' | 'list' | 'steps' | 'samples'>;

/** A rollout as it stands. Times are UTC ms by the database's clock. */
export interface RolloutView extends Pick<Rollout, 'rolloutId' | 'startedAt' | 'endedAt' | 'lookedAt'> {
  readonly status: Rollout['state']['status'];
  readonly step: number;
  readonly isWatched: boolean;
  readonly since: number;
  readonly reason: string;
  /** The share of calls that the new version is to have, in percent. */
  readonly newPercent: number;
  readonly steps: readonly {
    readonly kind: string;
    readonly text: string;
    readonly percent: number;
    readonly watchMs: number;
  }[];
  readonly servers: readonly { readonly name: string; readonly address: string; readonly isNew: boolean }[];
}

export type RolloutFinding = Pick<RuleFinding, 'rule' | 'verdict' | 'text'>;

export interface RolloutCourse {
  readonly rollout: RolloutView;
  /** What the judge finds by the newest sample; none where nothing is judged any more. */
  readonly findings: readonly RolloutFinding[];
  /** Oldest first. */
  readonly timeline: readonly (Omit<StoredRolloutStep, 'findings' | 'state'> & {
    readonly findings: readonly RolloutFinding[];
  })[];
}

/** The newest first. @param before - only those with a lower number; 0 for all */
export async function listRollouts(
  record: Reads,
  before: number,
  size: number,
): Promise<ListPage<RolloutView, number>> {
  const { items, next } = pageOf(await record.list(before, size + 1), size, ({ rolloutId }) => rolloutId);
  return { items: items.map((stored) => viewOf(rolloutOf(stored))), next };
}

/** @throws DtmsError ROLLOUT_NOT_FOUND */
export async function getRollout(record: Reads, rolloutId: number): Promise<RolloutCourse> {
  const stored = await record.find(rolloutId);
  if (stored === undefined) throw rolloutNotFound(rolloutId);
  const rollout = rolloutOf(stored);
  const steps = await record.steps(rolloutId, 0, MOST_STEPS);
  return {
    rollout: viewOf(rollout),
    findings: await findingsNow(record, rollout),
    timeline: steps.map(({ number, at, decider, by, what, findings }) => ({
      ...{ number, at, decider, by, what },
      findings: Array.isArray(findings) ? findings.filter(isFinding) : [],
    })),
  };
}

async function findingsNow(record: Reads, rollout: Rollout): Promise<readonly RolloutFinding[]> {
  const { rolloutId, plan, state, now } = rollout;
  if (hasEnded(state) || state.status === 'ROLLING_BACK') return [];
  const samples = await readRolloutSamples(record, rolloutId, now - longestWindow(plan));
  return judge(plan.rules, {
    samples,
    now: samples.at(-1)?.at ?? now,
    sampleMs: plan.sampleMs,
    since: state.since,
  });
}

function viewOf({ rolloutId, plan, state, groups, startedAt, endedAt, lookedAt }: Rollout): RolloutView {
  const { status, step, phase, since, reason } = state;
  const { blue, green } = groups;
  return {
    ...{ rolloutId, startedAt, endedAt, lookedAt, status, since, reason },
    step: status === 'DONE' ? plan.steps.length : step,
    isWatched: phase === 'WATCH',
    newPercent: percentIn(plan, state),
    steps: plan.steps.map((each) => ({
      kind: each.kind,
      text: stepText(each),
      percent: each.kind === 'calls' ? each.percent : 0,
      watchMs: 'forMs' in each ? each.forMs : 0,
    })),
    servers: [
      ...blue.map(({ name, address }) => ({ name, address, isNew: false })),
      ...green.map(({ name, address }) => ({ name, address, isNew: true })),
    ],
  };
}

const VERDICTS: ReadonlySet<unknown> = new Set(['good', 'bad', 'unproven']);

function isFinding(value: unknown): value is RolloutFinding {
  const { rule, verdict, text } = Object(value);
  return typeof rule === 'string' && VERDICTS.has(verdict) && typeof text === 'string';
}
