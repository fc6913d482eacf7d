// Owns the times of an earlier verification, and whether this one is slower than they allow.
import { readFileSync, writeFileSync } from 'node:fs';
import { CommandError, EXIT } from '../exit.js';
import type { DoneCheck } from './check.js';

export interface Baseline {
  /** When it was saved, ISO. */
  readonly savedAt: string;
  /** The version of the server it was measured with. */
  readonly version: string;
  /** By the checks' names, in ms. */
  readonly times: Readonly<Record<string, number>>;
}

/** Less than this is no difference on any machine, in ms. */
const NOTHING_MS = 25;

/** @throws CommandError when it cannot be read. */
export function readBaseline(path: string): Baseline {
  try {
    const { savedAt, version, times } = JSON.parse(readFileSync(path, 'utf8'));
    const right = Object.values(Object(times)).every((ms) => typeof ms === 'number' && ms >= 0);
    if (typeof savedAt !== 'string' || typeof version !== 'string' || typeof times !== 'object' || !right)
      throw new Error('it is none that dtms verify --save wrote');
    return { savedAt, version, times };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${path} cannot be used as a baseline: ${cause}`, EXIT.usage, { cause: error });
  }
}

export function saveBaseline(path: string, checks: readonly DoneCheck[], version: string): void {
  const times = Object.fromEntries(checks.flatMap(({ name, ms }) => (ms === null ? [] : [[name, ms]])));
  const baseline: Baseline = { savedAt: new Date().toISOString(), version, times };
  writeFileSync(path, `${JSON.stringify(baseline, null, 2)}\n`);
}

/** The checks, those failed that took more than `ratio` times as long as then, and noticeably longer. */
export function against(checks: readonly DoneCheck[], baseline: Baseline, ratio: number): DoneCheck[] {
  return checks.map((check) => {
    if (!isSlower(check, baseline, ratio)) return check;
    const detail = `slower than ${ratio} x the baseline of ${baseline.times[check.name]} ms: ${check.detail}`;
    return { ...check, verdict: 'fail', detail };
  });
}

/** Whether a check that went well took more than `ratio` times as long as then, and noticeably longer. */
export function isSlower({ name, ms, verdict }: DoneCheck, { times }: Baseline, ratio: number): boolean {
  const then = times[name];
  if (ms === null || then === undefined || verdict === 'fail') return false;
  return ms > ratio * then && ms - then > NOTHING_MS;
}

/** Of two verifications each check at its best; one that failed in either has failed. */
export function bestOf(before: readonly DoneCheck[], after: readonly DoneCheck[]): DoneCheck[] {
  const left = new Map(before.map((check) => [check.name, check]));
  const best = after.map((check) => {
    const other = left.get(check.name) ?? check;
    left.delete(check.name);
    if (other.verdict === 'fail') return other;
    return check.verdict === 'fail' || timeOf(check) < timeOf(other) ? check : other;
  });
  return [...best, ...left.values()];
}

const timeOf = ({ ms }: DoneCheck): number => ms ?? Number.POSITIVE_INFINITY;
