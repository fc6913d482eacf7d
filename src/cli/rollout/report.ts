// Owns the report of a rollout: what was decided when, by whom and by which measurements, how long it took; as JSON and as text.
import type { RuleFinding } from '../../rollout/judge.js';
import type { Rollout } from '../../rollout/record.js';
import type { RolloutSample } from '../../rollout/samples.js';
import { stepText } from '../../rollout/state.js';
import type { StoredRolloutStep } from '../../store/rollouts.js';
import { factsText, spanText, tableText, timeText } from '../output.js';

/** A rollout with all that is kept of it. Times are ISO, spans in ms. */
export function reportOf(
  rollout: Rollout,
  steps: readonly StoredRolloutStep[],
  samples: readonly RolloutSample[],
) {
  const { rolloutId, state, plan, groups, startedAt, endedAt, now } = rollout;
  const away = steps.find(({ state: to }) => Reflect.get(Object(to), 'status') === 'ROLLING_BACK');
  const last = steps.at(-1);
  return {
    rolloutId,
    status: state.status,
    step: stepText(plan.steps[state.step]),
    reason: state.reason,
    startedAt: isoOf(startedAt),
    endedAt: endedAt === null ? null : isoOf(endedAt),
    tookMs: Math.round((endedAt ?? now) - startedAt),
    /** From the decision to roll back to its end. */
    rollbackMs: away === undefined || last === undefined ? null : Math.round((endedAt ?? now) - away.at),
    groups,
    plan,
    timeline: steps.map(({ number, at, decider, by, what, findings, state: to }) => ({
      number,
      at: isoOf(at),
      decider,
      by,
      what,
      findings,
      state: to,
    })),
    samples: samples.map(({ at, looks }) => ({ at: isoOf(at), looks })),
  };
}

export type RolloutReport = ReturnType<typeof reportOf>;

/** The report for people. */
export function rolloutText(report: RolloutReport): string {
  const { rolloutId, status, step, reason, startedAt, endedAt, tookMs, rollbackMs, groups, timeline } =
    report;
  const names = (group: 'blue' | 'green') =>
    groups[group].map(({ name, address }) => `${name} ${address}`).join(', ');
  const facts = factsText([
    ['rollout', String(rolloutId)],
    ['status', status],
    ['step', endedAt === null ? step : ''],
    ['reason', reason],
    ['blue', names('blue')],
    ['green', names('green')],
    ['started', timeText(new Date(startedAt))],
    ['ended', endedAt === null ? '' : timeText(new Date(endedAt))],
    ['took', spanText(tookMs)],
    ['of that, rolling back', rollbackMs === null ? '' : spanText(rollbackMs)],
    ['samples', String(report.samples.length)],
  ]);
  const rows = timeline.map(({ number, at, decider, by, what }) => [
    String(number),
    timeText(new Date(at)),
    `${decider}: ${by}`,
    what,
  ]);
  const measured = timeline.flatMap(({ findings }) => findings as readonly RuleFinding[]).filter(isBad);
  const measurements = measured.map(({ rule, green, blue, calls, text }) => [
    rule,
    figure(green),
    figure(blue),
    figure(calls),
    text,
  ]);
  const parts = [facts, tableText(['', 'at (UTC)', 'decided by', 'what'], rows)];
  if (measurements.length > 0)
    parts.push(tableText(['rule', 'green', 'blue', 'calls', 'found'], measurements));
  return parts.join('\n\n');
}

const isBad = ({ verdict }: RuleFinding): boolean => verdict === 'bad';
const figure = (value: number | null): string =>
  value === null ? '' : String(Math.round(value * 1000) / 1000);
const isoOf = (ms: number): string => new Date(ms).toISOString();
