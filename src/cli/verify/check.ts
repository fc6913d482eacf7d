// Owns one check of a verification: run, timed, and judged by what it throws.
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { hasReason } from '../../client/errors.js';
import { isCallError } from '../exit.js';

export type CheckVerdict = 'ok' | 'warn' | 'fail' | 'skip';

export interface DoneCheck {
  /** Such as rest.status; baselines know it by this. */
  readonly name: string;
  readonly verdict: CheckVerdict;
  readonly detail: string;
  /** How long it took, in ms; null where time says nothing. */
  readonly ms: number | null;
}

/** What a check that did not fail has to say. */
export interface CheckFinding {
  readonly verdict?: CheckVerdict;
  readonly detail: string;
  /** Where the check measures for itself, in ms. */
  readonly ms?: number;
}

/** Calls that are cheap are made so often, and the time in the middle counts. */
const TIMES = 3;
export const PERMISSION_DENIED = 7;
/** A verification makes more calls at once than one caller may: it waits as any caller would, and begins the check anew. */
const PATIENCE = { tries: 4, ms: 1000 };

/** Collects checks in their order. */
export class Checks {
  readonly #done: DoneCheck[] = [];

  get all(): readonly DoneCheck[] {
    return this.#done;
  }

  /** Runs a check; what it throws is its failure, but for a limit that only asks to wait. @returns whether it went well. */
  async once(name: string, run: () => Promise<CheckFinding>): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const startedAt = performance.now();
      try {
        const { verdict = 'ok', detail, ms = performance.now() - startedAt } = await run();
        return this.#add({ name, verdict, detail, ms: verdict === 'skip' ? null : rounded(ms) });
      } catch (error) {
        if (hasReason(error, ErrorReason.RATE_LIMITED) && attempt < PATIENCE.tries) {
          await sleep(PATIENCE.ms);
          continue;
        }
        if (isCallError(error, PERMISSION_DENIED))
          return this.#add({ name, verdict: 'skip', detail: 'the key is not allowed to look', ms: null });
        const detail = error instanceof Error ? error.message : String(error);
        return this.#add({ name, verdict: 'fail', detail, ms: null });
      }
    }
  }

  /** Runs a read several times. */
  repeated(name: string, run: () => Promise<CheckFinding>): Promise<boolean> {
    return this.once(name, async () => {
      const times: number[] = [];
      let finding: CheckFinding = { detail: '' };
      for (let time = 0; time < TIMES; time += 1) {
        const startedAt = performance.now();
        finding = await run();
        times.push(performance.now() - startedAt);
      }
      return { ms: median(times), ...finding };
    });
  }

  #add(check: DoneCheck): boolean {
    this.#done.push(check);
    return check.verdict !== 'fail';
  }
}

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
