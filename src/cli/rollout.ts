// Owns `dtms rollout`: leading calls and the lead from one group of servers (blue) to another one (green), judged on the way, and
// back again where green is bad.
import { hostname, userInfo } from 'node:os';
import { Command } from 'commander';
import type { Rollout, RolloutRecord } from '../rollout/record.js';
import type { RolloutTransition } from '../rollout/state.js';
import type { RolloutHold } from '../store/rollouts.js';
import type { Store } from '../store/store.js';
import { type Where, where, withStore } from './database.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { collect, parseWhole } from './options.js';
import { jsonText, print, remark, spanText, timeText } from './output.js';

interface StartOptions extends Where {
  readonly green: readonly string[];
  readonly plan: string;
}

interface ToldOptions extends Where {
  readonly reason: string;
}

interface StatusOptions extends Where {
  readonly watch: boolean;
}

const EXAMPLES = `
Examples:
  $ dtms rollout start --green 10.0.0.2:50051 --plan config/rollout.json
  $ dtms rollout status --watch
  $ dtms rollout rollback --reason "orders look odd"
  $ dtms rollout resume
  $ dtms rollout report --json > rollout.json

Everything it knows is in the database: where the tool ended or was killed, resume goes on, from any terminal. While no tool
runs nobody judges, and the weights stay as they are.

start, resume and rollback carry the rollout out until it is over. Exit codes: 0 green has all calls, or for rollback blue has them;
1 rolled back by the judge, or failed; 2 wrong usage.`;

/** Between two looks of a tool that only looks on, in ms. */
const WATCH_MS = 1000;

export function rolloutCommand(): Command {
  const command = new Command('rollout')
    .description('move calls and the lead to new servers by steps, judged, and back where they are bad')
    .addHelpText('after', EXAMPLES);
  const add = (name: string, description: string) => {
    const inner = where(new Command(name).description(description).addHelpText('after', EXIT_HELP));
    command.addCommand(inner);
    return inner;
  };
  add('start', 'begin a rollout, and carry it out')
    .requiredOption(
      '--green <addresses...>',
      'the new servers: addresses, or names at the proxy',
      collect,
      [],
    )
    .requiredOption('--plan <file>', 'steps and rules, such as config/rollout.json')
    .action(start);
  add('resume', 'go on with a rollout that was paused, or whose tool ended').action(resume);
  add('pause', 'stay at this step; green is judged all the same')
    .option('--reason <text>', 'why, for the record', '')
    .action((options: ToldOptions) => tell(options, 'pause'));
  add('promote', 'end the watch of this step').action((options: Where) =>
    tell({ ...options, reason: '' }, 'promote'),
  );
  add('rollback', 'lead everything back to blue')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(rollBack);
  add('status', 'where the rollout stands')
    .option('--watch', 'tell what happens until it is over', false)
    .action(status);
  add('report', 'what was decided when and why, with every sample')
    .argument('[rollout]', 'its number; the newest one without', parseWhole)
    .action(report);
  return command;
}

/** Who does it, for the record. */
const by = (): string => `${userInfo().username}@${hostname()}`;

async function start(options: StartOptions): Promise<void> {
  const [{ readPlan }, { HaproxyTraffic }, { groupsOf }, { firstState }, { stepOf }] = await Promise.all([
    import('../rollout/plan.js'),
    import('../rollout/haproxy.js'),
    import('./rollout/groups.js'),
    import('../rollout/state.js'),
    import('../rollout/record.js'),
  ]);
  const plan = readPlan(options.plan);
  const groups = groupsOf(plan, options.green, await new HaproxyTraffic(plan.traffic).servers());
  await withStore(options, async (store) => {
    const to = firstState(await store.rollouts.now());
    const names = groups.green.map(({ name }) => name).join(', ');
    const first: RolloutTransition = {
      decider: 'operator',
      what: `begun with green ${names}`,
      to,
      findings: [],
    };
    const rolloutId = await store.rollouts.begin({ plan, groups }, stepOf(first, by()));
    if (rolloutId === undefined)
      throw new CommandError('a rollout is active: dtms rollout status', EXIT.usage);
    remark(`rollout ${rolloutId} begins`);
    await carryOut(store, options, rolloutId, 'DONE');
  });
}

async function resume(options: Where): Promise<void> {
  const { resumed } = await import('../rollout/state.js');
  await withStore(options, async (store) => {
    const { rolloutId } = await active(store.rollouts);
    await change(store.rollouts, ({ state, now }) => resumed(state, now));
    await carryOut(store, options, rolloutId, 'DONE');
  });
}

async function rollBack(options: ToldOptions): Promise<void> {
  const { rolledBack } = await import('../rollout/state.js');
  await withStore(options, async (store) => {
    const { rolloutId } = await active(store.rollouts);
    await change(store.rollouts, ({ state, now }) => rolledBack(state, options.reason, now));
    await carryOut(store, options, rolloutId, 'ROLLED_BACK');
  });
}

async function tell(options: ToldOptions, what: 'pause' | 'promote'): Promise<void> {
  const { paused, promoted } = await import('../rollout/state.js');
  await withStore(options, async (store) => {
    const { state: seen } = await active(store.rollouts);
    const told = await change(store.rollouts, ({ plan, state, now }) => {
      if (what === 'pause') return paused(state, options.reason, now);
      // A step that began meanwhile is not the one that whoever types it means.
      return state.step === seen.step ? promoted(plan, state, now) : null;
    });
    if (told === null) throw new CommandError(`there is nothing to ${what} now: dtms rollout status`);
    print(told.what);
  });
}

/** The active rollout. @throws CommandError where there is none */
async function active(record: Pick<RolloutRecord, 'find'>): Promise<Rollout> {
  const { findRollout } = await import('../rollout/record.js');
  const rollout = await findRollout(record);
  if (rollout === undefined || rollout.endedAt !== null) throw new CommandError('no rollout is active');
  return rollout;
}

/** Writes a person's transition, however the rollout moves meanwhile; null where there is none to write. */
async function change(
  record: RolloutRecord,
  transitionOf: (rollout: Rollout) => RolloutTransition | null,
): Promise<RolloutTransition | null> {
  const { stepOf } = await import('../rollout/record.js');
  for (;;) {
    const rollout = await active(record);
    const transition = transitionOf(rollout);
    if (transition === null) return null;
    if (await record.append(rollout.rolloutId, rollout.number, stepOf(transition, by()))) return transition;
  }
}

/** Carries a rollout out, or looks on while another tool does. @throws CommandError where it ends otherwise than it should */
async function carryOut(
  store: Store,
  options: Where,
  rolloutId: number,
  wanted: 'DONE' | 'ROLLED_BACK',
): Promise<void> {
  const [{ RolloutRunner }, { findRollout }, { hasEnded }, { worldOf }, { pause }] = await Promise.all([
    import('../rollout/runner.js'),
    import('../rollout/record.js'),
    import('../rollout/state.js'),
    import('./rollout/world.js'),
    import('../observability/background.js'),
  ]);
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const news = (line: string) => remark(`${timeText(new Date())}  ${line}`);
  for (let told = false; !ending.signal.aborted; ) {
    let hold: RolloutHold | undefined;
    try {
      const rollout = await findRollout(store.rollouts, rolloutId);
      if (rollout === undefined) throw new CommandError(`there is no rollout ${rolloutId}`);
      if (hasEnded(rollout.state)) return ended(rollout, wanted);
      hold = await store.rollouts.hold();
      const held = hold;
      if (held === undefined) {
        if (!told) remark('another tool carries it out; this one goes on where that one ends');
        told = true;
        await pause(WATCH_MS, ending.signal);
        continue;
      }
      const world = worldOf(rollout.plan, options, by(), ending.signal);
      const runner = new RolloutRunner(store.rollouts, world, by(), news);
      await runner.run(rolloutId, () => !held.lost && !ending.signal.aborted);
    } catch (error) {
      // A rollout outlives its database's failover: what is not known now is asked again.
      if (!isAway(error)) throw error;
      remark(`the database is away, and is asked again: ${error.message}`);
      await pause(WATCH_MS, ending.signal);
    } finally {
      await hold?.release();
    }
  }
  throw new CommandError('the rollout stays as it is: dtms rollout resume goes on with it');
}

/** Whether the database cannot be reached now, which ends. */
function isAway(error: unknown): error is Error {
  return error instanceof Error && error.name === 'StoreUnavailableError';
}

function ended({ rolloutId, state, startedAt, endedAt, now }: Rollout, wanted: 'DONE' | 'ROLLED_BACK'): void {
  const took = spanText((endedAt ?? now) - startedAt);
  const text = `rollout ${rolloutId} ${state.status}, after ${took}`;
  if (state.status !== wanted)
    throw new CommandError(state.reason === '' ? text : `${text}: ${state.reason}`);
  print(text);
}

async function status(options: StatusOptions): Promise<void> {
  const [{ findRollout }, { hasEnded, percentIn, stepText }, { pause }] = await Promise.all([
    import('../rollout/record.js'),
    import('../rollout/state.js'),
    import('../observability/background.js'),
  ]);
  await withStore(options, async ({ rollouts }) => {
    for (let seen = 0; ; await pause(WATCH_MS)) {
      const rollout = await findRollout(rollouts);
      if (rollout === undefined) throw new CommandError('there was no rollout yet');
      const { rolloutId, state, plan } = rollout;
      for (const { number, at, what } of options.watch ? await rollouts.steps(rolloutId, seen) : []) {
        print(options.json ? jsonText({ number, at, what }) : `${timeText(new Date(at))}  ${what}`);
        seen = number;
      }
      if (options.watch && !hasEnded(state)) continue;
      const percent = percentIn(plan, state);
      const step = stepText(plan.steps[state.step]);
      const told = {
        rolloutId,
        status: state.status,
        step,
        phase: state.phase,
        percent,
        reason: state.reason,
      };
      const why = state.reason === '' ? '' : `: ${state.reason}`;
      print(
        options.json
          ? jsonText(told)
          : `rollout ${rolloutId} ${state.status}, ${step}, green has ${percent}% of calls${why}`,
      );
      return;
    }
  });
}

async function report(rolloutId: number | undefined, options: Where): Promise<void> {
  const [{ findRollout, readRolloutSamples }, { reportOf, rolloutText }] = await Promise.all([
    import('../rollout/record.js'),
    import('./rollout/report.js'),
  ]);
  await withStore(options, async ({ rollouts }) => {
    const rollout = await findRollout(rollouts, rolloutId);
    if (rollout === undefined) throw new CommandError('there is no such rollout');
    const steps = await rollouts.steps(rollout.rolloutId);
    const samples = await readRolloutSamples(rollouts, rollout.rolloutId, 0);
    const made = reportOf(rollout, steps, samples);
    print(options.json ? jsonText(made) : rolloutText(made));
  });
}
