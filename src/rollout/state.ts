// Owns the course of a rollout, pure: what is done next in a state, and which state follows from what came of it. All it
// knows of the world is told: how the judge found the samples, and the database's clock.
import Type, { type Static } from 'typebox';
import type { RuleFinding } from './judge.js';
import type { FlagBack, RolloutPlan, RolloutStep, ServerGroup, ShadowStep } from './plan.js';

export const ROLLOUT_STATUSES = ['RUNNING', 'PAUSED', 'ROLLING_BACK', 'DONE', 'ROLLED_BACK'] as const;
export type RolloutStatus = (typeof ROLLOUT_STATUSES)[number];

/** What a rollback does, in this order; flags only where the plan names some. */
export const UNDO = ['calls', 'leader', 'flags', 'verify'] as const;
const UNDO_WITHOUT_FLAGS = UNDO.filter((part) => part !== 'flags');

export const ROLLOUT_STATE = Type.Object({
  status: Type.Enum([...ROLLOUT_STATUSES]),
  /** Which of the plan's steps. */
  step: Type.Integer({ minimum: 0 }),
  /** Whether the step's work is to be done, or is done and watched. */
  phase: Type.Enum(['ACT', 'WATCH']),
  /** When the phase began, UTC ms by the database's clock. */
  since: Type.Number(),
  /** Which part of UNDO is next while it is rolled back. */
  undo: Type.Integer({ minimum: 0 }),
  /** Why it is rolled back; empty where it is not. */
  reason: Type.String(),
});
export type RolloutState = Readonly<Static<typeof ROLLOUT_STATE>>;

/** What is done in the world. Each may be done again: the second time changes nothing. */
export type RolloutEffect =
  | { readonly kind: 'calls'; readonly percent: number }
  | { readonly kind: 'leader'; readonly to: ServerGroup }
  | { readonly kind: 'verify'; readonly group: ServerGroup }
  /** Those of the plan, and why, for the audit. */
  | { readonly kind: 'flags'; readonly flags: readonly FlagBack[]; readonly reason: string }
  | { readonly kind: 'shadow'; readonly step: ShadowStep };

/** What came of an effect that could be done. */
export interface EffectOutcome {
  readonly verdict: 'good' | 'bad';
  readonly detail: string;
}

/** Who decided on a transition: the judge, the course of the plan, or a person. */
export type RolloutDecider = 'judge' | 'plan' | 'operator';

/** A transition, as it is kept. */
export interface RolloutTransition {
  readonly decider: RolloutDecider;
  /** What happened, in a sentence. */
  readonly what: string;
  readonly to: RolloutState;
  /** What the judge had found then. */
  readonly findings: readonly RuleFinding[];
}

export type RolloutDecision =
  | { readonly kind: 'do'; readonly effect: RolloutEffect }
  | { readonly kind: 'go'; readonly transition: RolloutTransition }
  /** @property holding - why the step goes on although its time is over; empty while its time is not. */
  | { readonly kind: 'wait'; readonly holding: readonly string[] }
  | { readonly kind: 'end' };

export function firstState(now: number): RolloutState {
  return { status: 'RUNNING', step: 0, phase: 'ACT', since: now, undo: 0, reason: '' };
}

export function hasEnded({ status }: Pick<RolloutState, 'status'>): boolean {
  return status === 'DONE' || status === 'ROLLED_BACK';
}

/** The percentage of calls that green is to have in a state. */
export function percentIn(plan: RolloutPlan, { status, step }: RolloutState): number {
  if (status === 'ROLLING_BACK' || status === 'ROLLED_BACK') return 0;
  const before = plan.steps.slice(0, step + 1).findLast(({ kind }) => kind === 'calls');
  return before?.kind === 'calls' ? before.percent : 0;
}

/** How a step is called where people read it. */
export function stepText(step: RolloutStep | undefined): string {
  if (step === undefined) return 'the end';
  return step.kind === 'calls' ? `${step.percent}% of calls` : step.kind;
}

/** What is done next. @param now - UTC ms by the database's clock */
export function decide(
  plan: RolloutPlan,
  state: RolloutState,
  findings: readonly RuleFinding[],
  now: number,
): RolloutDecision {
  if (hasEnded(state)) return { kind: 'end' };
  if (state.status === 'ROLLING_BACK') return { kind: 'do', effect: undoing(plan, state) };
  const bad = findings.filter(({ verdict }) => verdict === 'bad');
  if (bad.length > 0) {
    const reason = bad.map(({ text }) => text).join('; ');
    return { kind: 'go', transition: { ...rollingBack(state, 'judge', reason, now), findings } };
  }
  if (state.status === 'PAUSED') return { kind: 'wait', holding: ['paused'] };
  const step = plan.steps[state.step];
  if (step === undefined) return { kind: 'go', transition: next(plan, state, 'plan', findings, now) };
  if (state.phase === 'ACT') {
    const effect = effectOf(step);
    return effect === null
      ? { kind: 'go', transition: watched(plan, state, 'begun', now) }
      : { kind: 'do', effect };
  }
  if (now < state.since + watchMs(step)) return { kind: 'wait', holding: [] };
  const holding = holdsBack(step) ? findings.filter(({ verdict }) => verdict === 'unproven') : [];
  if (holding.length > 0) return { kind: 'wait', holding: holding.map(({ text }) => text) };
  return { kind: 'go', transition: next(plan, state, 'plan', findings, now) };
}

/** What follows an effect that was done. */
export function after(
  plan: RolloutPlan,
  state: RolloutState,
  { verdict, detail }: EffectOutcome,
  now: number,
): RolloutTransition {
  if (state.status === 'ROLLING_BACK') return undone(plan, state, verdict, detail, now);
  if (verdict === 'good') return watched(plan, state, detail, now);
  return rollingBack(state, 'judge', `${stepText(plan.steps[state.step])}: ${detail}`, now);
}

/** What follows an effect that could not be done: null while it is tried again, as the way back always is. */
export function failing(
  plan: RolloutPlan,
  state: RolloutState,
  cause: string,
  now: number,
): RolloutTransition | null {
  if (state.status !== 'RUNNING' || now < state.since + plan.giveUpMs) return null;
  return rollingBack(state, 'judge', `${stepText(plan.steps[state.step])} could not be done: ${cause}`, now);
}

/** A person stops the course where it is; what green has stays so, and is judged. Null where there is nothing to pause. */
export function paused(state: RolloutState, reason: string, now: number): RolloutTransition | null {
  if (state.status !== 'RUNNING') return null;
  return told(`paused${because(reason)}`, { ...state, status: 'PAUSED', since: sinceIn(state, now) });
}

/** A person lets it go on: the step's time begins again. Null where it is not paused. */
export function resumed(state: RolloutState, now: number): RolloutTransition | null {
  return state.status === 'PAUSED' ? told('resumed', { ...state, status: 'RUNNING', since: now }) : null;
}

/** A person ends the watch of a step. Null where none is watched. */
export function promoted(plan: RolloutPlan, state: RolloutState, now: number): RolloutTransition | null {
  if (hasEnded(state) || state.status === 'ROLLING_BACK' || state.phase !== 'WATCH') return null;
  return next(plan, { ...state, status: 'RUNNING' }, 'operator', [], now);
}

/** A person wants blue back. Null where it is over, or on its way back. */
export function rolledBack(state: RolloutState, reason: string, now: number): RolloutTransition | null {
  if (hasEnded(state) || state.status === 'ROLLING_BACK') return null;
  return rollingBack(state, 'operator', reason, now);
}

function effectOf(step: RolloutStep): RolloutEffect | null {
  switch (step.kind) {
    case 'calls':
      return { kind: 'calls', percent: step.percent };
    case 'leader':
      return { kind: 'leader', to: 'green' };
    case 'verify':
      return { kind: 'verify', group: 'green' };
    case 'shadow':
      return { kind: 'shadow', step };
    case 'bake':
      return null;
  }
}

/** The parts of a rollback by this plan. */
const undoOf = ({ flags = [] }: RolloutPlan) => (flags.length === 0 ? UNDO_WITHOUT_FLAGS : UNDO);

function undoing(plan: RolloutPlan, { undo, reason }: RolloutState): RolloutEffect {
  switch (undoOf(plan)[undo]) {
    case 'calls':
      return { kind: 'calls', percent: 0 };
    case 'leader':
      return { kind: 'leader', to: 'blue' };
    case 'flags':
      return { kind: 'flags', flags: plan.flags ?? [], reason };
    default:
      return { kind: 'verify', group: 'blue' };
  }
}

/** For how long a step is watched once its work is done. */
const watchMs = (step: RolloutStep): number => ('forMs' in step ? step.forMs : 0);
/** Before green has calls there is nothing that could prove it. */
const holdsBack = (step: RolloutStep): boolean => 'forMs' in step;

function watched(plan: RolloutPlan, state: RolloutState, detail: string, now: number): RolloutTransition {
  const what = `${stepText(plan.steps[state.step])}: ${detail}`;
  return { decider: 'plan', what, to: { ...state, phase: 'WATCH', since: now }, findings: [] };
}

function next(
  plan: RolloutPlan,
  state: RolloutState,
  decider: RolloutDecider,
  findings: readonly RuleFinding[],
  now: number,
): RolloutTransition {
  const step = state.step + 1;
  const over = step >= plan.steps.length;
  const [name, following] = [stepText(plan.steps[state.step]), stepText(plan.steps[step])];
  const passed = decider === 'plan' ? `${name} passed` : `${name} ended by an operator`;
  return {
    decider,
    what: over ? `${passed}: green has all calls` : `${passed}; next ${following}`,
    to: over ? { ...state, status: 'DONE', since: now } : { ...state, step, phase: 'ACT', since: now },
    findings,
  };
}

function rollingBack(
  state: RolloutState,
  decider: RolloutDecider,
  reason: string,
  now: number,
): RolloutTransition {
  const to: RolloutState = { ...state, status: 'ROLLING_BACK', phase: 'ACT', since: now, undo: 0, reason };
  return { decider, what: `to be rolled back: ${reason}`, to, findings: [] };
}

function undone(
  plan: RolloutPlan,
  state: RolloutState,
  verdict: EffectOutcome['verdict'],
  detail: string,
  now: number,
): RolloutTransition {
  const undo = state.undo + 1;
  const over = undo >= undoOf(plan).length;
  const part = undoOf(plan)[state.undo] ?? '';
  const what = `rolled back, ${part}: ${verdict === 'good' ? '' : 'NOT WELL: '}${detail}`;
  const to: RolloutState = { ...state, undo, since: now, status: over ? 'ROLLED_BACK' : 'ROLLING_BACK' };
  return { decider: 'plan', what, to, findings: [] };
}

const told = (what: string, to: RolloutState): RolloutTransition => ({
  decider: 'operator',
  what,
  to,
  findings: [],
});
const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);
/** While nothing is watched yet, the time of what is to be done begins with whoever lets it go on. */
const sinceIn = ({ phase, since }: RolloutState, now: number): number => (phase === 'ACT' ? now : since);
