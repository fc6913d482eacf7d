// Rollouts in real time, behind a real HAProxy and under load: a good green gets everything and nobody notices, bad greens are led
// back by the judge within their window and 30 s, and a tool that is killed at every step is gone on with. Runs with
// DTMS_ROLLOUT=yes where haproxy is on the machine: `npm run test:faults -- --only rollout`.
import { expect, it } from 'vitest';
import type { RolloutPlan, RolloutRule, RolloutStep } from '../../src/rollout/plan.js';
import { UNDO } from '../../src/rollout/state.js';
import { until } from '../support/eventually.js';
import { logFaults, readLog } from '../support/fault-load.js';
import { RolloutLoad } from '../support/rollout-load.js';
import { BUGS, NO_HAPROXY, RolloutStage } from '../support/rollout-stage.js';

const isWanted = process.env.DTMS_ROLLOUT === 'yes';
const why = isWanted ? NO_HAPROXY : ', skipped without DTMS_ROLLOUT=yes';
const WINDOW_MS = 10_000;
/** What a rollback may take beyond its window, in ms. */
const BEYOND_MS = 30_000;

const ofCalls = { windowMs: WINDOW_MS, minimumCalls: 5, whenQuiet: 'hold' } as const;
const RULES: readonly RolloutRule[] = [
  { kind: 'errors', above: 0.05, beyondBlue: 0.01, ...ofCalls },
  { kind: 'latency', quantile: 0.95, aboveMs: 1000, beyondBlue: 100, ...ofCalls },
  { kind: 'registrations', below: 0.95, beyondBlue: 0.01, ...ofCalls, minimumCalls: 2 },
  { kind: 'unready', forMs: 5000 },
  { kind: 'restarts', above: 1, windowMs: WINDOW_MS },
  { kind: 'newErrors', windowMs: WINDOW_MS, ignored: [] },
];
const NONE = { transition: 0, action: 0, event: 0 };
const STEPS: readonly RolloutStep[] = [
  { kind: 'verify' },
  { kind: 'shadow', followMs: 0, most: NONE },
  ...[1, 5, 25, 50, 100].map((percent) => ({ kind: 'calls', percent, forMs: 2000 }) as const),
  { kind: 'leader', forMs: 2000 },
  { kind: 'bake', forMs: 3000 },
];
const PLAN: Omit<RolloutPlan, 'traffic'> = {
  sampleMs: 500,
  giveUpMs: 60_000,
  steps: [...STEPS],
  rules: [...RULES],
};

it.skipIf(why !== '')(
  `a good green gets all calls and the lead, and no caller notices${why}`,
  { timeout: 300_000 },
  async () => {
    const stage = await RolloutStage.open();
    const load = new RolloutLoad(stage.address);
    try {
      load.start();
      const beganAt = performance.now();
      const { code, out, err } = await stage.start(PLAN).ended();
      const seconds = Math.round((performance.now() - beganAt) / 1000);
      expect(code, out + err).toBe(0);
      expect(await stage.weights()).toEqual({ blue1: 0, green1: expect.any(Number) });
      expect(await stage.leader()).toBe(stage.green.address);
      await load.finish(() => stage.newest());
      const { log, differing } = await readLog(stage.database.url);
      console.log(
        `to 100% in ${seconds} s: ${load.calls} calls, ${log.length} events, ${load.failures.length} final failures`,
      );
      expect({
        failures: load.failures.slice(0, 5),
        log: [...logFaults(log, load), ...differing].slice(0, 5),
      }).toEqual({ failures: [], log: [] });
      expect(load.calls).toBeGreaterThan(1000);
      await expectWholeRecord(stage, 'DONE');
    } finally {
      await stage.close();
    }
  },
);

/** Contiguous transitions, and a report of all of them. */
async function expectWholeRecord(stage: RolloutStage, status: string) {
  const { code, out, err } = await stage.tool('report', '--json').ended();
  expect(code, err).toBe(0);
  const report = JSON.parse(out);
  expect(report.status).toBe(status);
  const { timeline, samples } = report;
  expect(timeline.map(({ number }: { number: number }) => number)).toEqual(
    timeline.map((_: unknown, index: number) => index + 1),
  );
  expect(samples.length).toBeGreaterThan(3);
  return report;
}
