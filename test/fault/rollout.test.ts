// Rollouts in real time, behind a real HAProxy and under load: a good green gets everything and nobody notices, bad greens are led
// back by the judge within their window and 30 s, and a tool that is killed at every step is gone on with. Runs with
// DTMS_ROLLOUT=yes where haproxy is on the machine: `npm run test:faults -- --only rollout`.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DtmsClient, TradeState } from '../../src/client/index.js';
import type { RolloutPlan, RolloutRule, RolloutStep } from '../../src/rollout/plan.js';
import { until } from '../support/eventually.js';
import { logFaults, readLog } from '../support/fault-load.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';
import { RolloutLoad } from '../support/rollout-load.js';
import { BUGS, type GreenOptions, NO_HAPROXY, RolloutStage } from '../support/rollout-stage.js';

const isWanted = process.env.DTMS_ROLLOUT === 'yes';
const why = isWanted ? NO_HAPROXY : ', skipped without DTMS_ROLLOUT=yes';
const WINDOW_MS = 10_000;
/** What a rollback may take beyond its window, in ms. */
const BEYOND_MS = 30_000;

const ofCalls = { windowMs: WINDOW_MS, minimumCalls: 5, whenQuiet: 'hold' } as const;
const RULES: RolloutRule[] = [
  { kind: 'errors', above: 0.05, beyondBlue: 0.01, ...ofCalls },
  { kind: 'latency', quantile: 0.95, aboveMs: 1000, beyondBlue: 100, ...ofCalls },
  { kind: 'registrations', below: 0.95, beyondBlue: 0.01, ...ofCalls, minimumCalls: 2 },
  { kind: 'unready', forMs: 5000 },
  { kind: 'restarts', above: 1, windowMs: WINDOW_MS },
  { kind: 'newErrors', above: 0, windowMs: WINDOW_MS, ignored: [] },
];
const NONE = { transition: 0, action: 0, event: 0 };
const STEPS: RolloutStep[] = [
  { kind: 'verify' },
  { kind: 'shadow', followMs: 0, leastDecisions: 1, most: NONE },
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

/** From a share at which a bug shows itself soon. */
const callsOf = (percents: readonly number[], forMs: number): RolloutStep[] =>
  percents.map((percent) => ({ kind: 'calls', percent, forMs }));
const FROM_25: RolloutPlan['steps'] = [
  { kind: 'verify' },
  ...callsOf([25, 50, 100], 3000),
  { kind: 'leader', forMs: 3000 },
];

interface Report {
  readonly status: string;
  readonly reason: string;
  readonly rollbackMs: number | null;
  readonly timeline: readonly { readonly number: number; readonly at: string; readonly what: string }[];
  readonly samples: readonly unknown[];
}

/** Contiguous transitions, and a report of all of them. */
async function reportOf(stage: RolloutStage): Promise<Report> {
  const { code, out, err } = await stage.tool('report', '--json').ended();
  expect(code, err).toBe(0);
  const report: Report = JSON.parse(out);
  const { timeline } = report;
  expect(timeline.map(({ number }) => number)).toEqual(timeline.map((_, index) => index + 1));
  return report;
}

/** Everything that was acknowledged is in the log once, and in every watch; the log has verifications beside. */
async function expectWholeLog(stage: RolloutStage, load: RolloutLoad): Promise<number> {
  await load.finish(() => stage.newest());
  const { log, differing } = await readLog(stage.database.url);
  for (const { account, ticket } of log)
    if (account === 'dtms-verify') load.invoked.add(`${account}:${ticket}`);
  expect([...logFaults(log, load), ...differing].slice(0, 5)).toEqual([]);
  return log.length;
}

async function withStage(
  options: GreenOptions,
  run: (stage: RolloutStage, load: RolloutLoad) => Promise<void>,
) {
  const stage = await RolloutStage.open(options);
  try {
    await run(stage, new RolloutLoad(stage.address));
  } finally {
    await stage.close();
  }
}

it.skipIf(why !== '')(
  `a good green gets all calls and the lead, and no caller notices${why}`,
  { timeout: 300_000 },
  () =>
    withStage({}, async (stage, load) => {
      load.start();
      const beganAt = performance.now();
      const { code, out, err } = await stage.start(PLAN).ended();
      const seconds = Math.round((performance.now() - beganAt) / 1000);
      expect(code, out + err).toBe(0);
      expect(await stage.weights()).toEqual({ blue1: 0, green1: expect.any(Number) });
      expect(await stage.leader()).toBe(stage.green.address);
      const events = await expectWholeLog(stage, load);
      console.log(
        `to 100% in ${seconds} s: ${load.calls} calls, ${events} events, ${load.failures.length} final failures`,
      );
      expect(load.failures.slice(0, 5)).toEqual([]);
      expect(load.calls).toBeGreaterThan(1000);
      const { status, samples } = await reportOf(stage);
      expect(status).toBe('DONE');
      expect(samples.length).toBeGreaterThan(10);
    }),
);

it.skipIf(why !== '')(
  `a person leads all back from a green that leads, and no caller notices${why}`,
  { timeout: 300_000 },
  () =>
    withStage({}, async (stage, load) => {
      load.start();
      const steps: RolloutPlan['steps'] = [...callsOf([50, 100], 500), { kind: 'leader', forMs: 600_000 }];
      const tool = stage.start({ ...PLAN, steps, rules: [{ kind: 'unready', forMs: 30_000 }] });
      await until('green leads', async () => (await stage.leader()) === stage.green.address);
      const { code, err } = await stage.tool('rollback', '--reason', 'a drill').ended();
      expect(code, err).toBe(0);
      expect((await tool.ended()).code).toBe(1);
      expect((await stage.weights()).green1).toBe(0);
      expect(await stage.leader()).toBe(stage.blue.address);
      await expectWholeLog(stage, load);
      expect(load.failures.slice(0, 5)).toEqual([]);
      const { reason, rollbackMs } = await reportOf(stage);
      expect(reason).toBe('a drill');
      console.log(
        `led back in ${rollbackMs} ms, verification included; ${load.calls} calls, no final failure`,
      );
    }),
);

it.skipIf(why !== '').each([
  ['errors', / of calls failed/],
  ['slow', / ms at the quantile/],
] as const)(
  `a green that is bad by %s is rolled back within its window and 30 s${why}`,
  { timeout: 300_000 },
  (bug, found) =>
    withStage({ bug: BUGS[bug] }, async (stage, load) => {
      load.start();
      // One rule finds it: which of several would be first says nothing.
      const rules = RULES.filter(({ kind }) => kind === (bug === 'slow' ? 'latency' : 'errors'));
      const { code, err } = await stage.start({ ...PLAN, steps: FROM_25, rules }).ended();
      expect(code, err).toBe(1);
      expect(err).toMatch(found);
      expect((await stage.weights()).green1).toBe(0);
      expect(await stage.leader()).toBe(stage.blue.address);
      await expectWholeLog(stage, load);
      const { status, reason, timeline, rollbackMs } = await reportOf(stage);
      expect({ status, reason }).toEqual({ status: 'ROLLED_BACK', reason: expect.stringMatching(found) });
      // It is bad from its first call on.
      const at = (pattern: RegExp) => Date.parse(timeline.find(({ what }) => pattern.test(what))?.at ?? '');
      const tookMs = at(/^rolled back, leader/) - at(/^25% of calls: /);
      console.log(`${bug}: rolled back after ${tookMs} ms, ${rollbackMs} ms of it on the way; ${reason}`);
      expect(tookMs).toBeLessThan(WINDOW_MS + BEYOND_MS);
    }),
);

it.skipIf(why !== '')(`a green that decides otherwise gets no calls${why}`, { timeout: 300_000 }, () =>
  withStage({ blueRules: EAGER_RULES }, async (stage) => {
    const client = new DtmsClient({ address: stage.address, breaker: 'off', defaults: { retryMs: 30_000 } });
    await new LiveAccount(client, 'trouble', 1).plan(TradeState.WARNING_L1);
    client.close();
    const { code, err } = await stage.start({ ...PLAN, steps: STEPS, rules: RULES }).ended();
    expect(code, err).toBe(1);
    const { status, reason } = await reportOf(stage);
    expect({ status, reason }).toEqual({
      status: 'ROLLED_BACK',
      reason: expect.stringContaining('green decides otherwise'),
    });
    console.log(reason);
    expect(await stage.weights()).toEqual({ blue1: expect.any(Number), green1: 0 });
  }),
);

/** Starts a rollout and kills its tool at each transition, or a little later; the next one goes on. */
async function killedAtEachStep(stage: RolloutStage, steps: RolloutPlan['steps']): Promise<number> {
  let tool = stage.start({ ...PLAN, steps, rules: RULES });
  let kills = 0;
  for (let seen = 0; ; ) {
    let row: { number: number; over: boolean } | undefined;
    await until('the next transition', async () => {
      [row] = await stage.sql(
        'SELECT number, ended_at IS NOT NULL AS over FROM rollouts ORDER BY rollout_id DESC LIMIT 1',
      );
      return row !== undefined && (row.number > seen || row.over);
    });
    if (row?.over === true) {
      await tool.ended();
      return kills;
    }
    seen = row?.number ?? 0;
    await sleep((seen % 3) * 200);
    tool.tell('SIGKILL');
    await tool.ended();
    kills += 1;
    tool = stage.tool('resume');
  }
}

it.skipIf(why !== '').each([
  ['a good green', {}, 'DONE'],
  ['a bad green', { bug: BUGS.errors }, 'ROLLED_BACK'],
] as const)(
  `a tool that is killed at every step is gone on with: %s${why}`,
  { timeout: 600_000 },
  (name, options, end) =>
    withStage(options, async (stage, load) => {
      load.start();
      const steps: RolloutPlan['steps'] = [
        { kind: 'verify' },
        { kind: 'shadow', followMs: 0, leastDecisions: 1, most: NONE },
        ...callsOf([25, 100], 500),
        { kind: 'leader', forMs: 500 },
      ];
      const kills = await killedAtEachStep(stage, steps);
      const { status, reason, timeline } = await reportOf(stage);
      console.log(`${name}: ${status} after ${kills} kills, ${timeline.length} transitions; ${reason}`);
      expect(status).toBe(end);
      expect(kills).toBeGreaterThan(5);
      const isGreen = end === 'DONE';
      const weights = await stage.weights();
      expect({ blue: weights.blue1 === 0, green: weights.green1 === 0 }).toEqual({
        blue: isGreen,
        green: !isGreen,
      });
      expect(await stage.leader()).toBe((isGreen ? stage.green : stage.blue).address);
      await expectWholeLog(stage, load);
      if (isGreen) expect(load.failures.slice(0, 5)).toEqual([]);
    }),
);

it.skipIf(why !== '')(
  `where a tool is frozen another one goes on, and it finds the rollout over when it thaws${why}`,
  { timeout: 300_000 },
  () =>
    withStage({}, async (stage, load) => {
      load.start();
      const frozen = stage.start({ ...PLAN, steps: callsOf([25, 100], 2000), rules: RULES });
      await until('green has a share', async () => ((await stage.weights()).green1 ?? 0) > 0);
      frozen.tell('SIGSTOP');
      const beganAt = performance.now();
      const { code, err } = await stage.tool('resume').ended();
      expect(code, err).toBe(0);
      expect(err).toContain('another tool carries it out');
      console.log(`a frozen tool: over after ${Math.round((performance.now() - beganAt) / 1000)} s`);
      frozen.tell('SIGCONT');
      expect((await frozen.ended()).code).toBe(0);
      expect((await reportOf(stage)).status).toBe('DONE');
      await load.finish(() => stage.newest());
    }),
);
