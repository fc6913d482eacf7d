// A rollout's world on virtual time: two groups whose counters grow with the calls that the weights give them, and a record in
// memory that keeps the rules of the table. Any of its calls may be the one at which the tool is killed.
import type { FlagBack, RolloutPlan } from '../../src/rollout/plan.js';
import type { ServerReading } from '../../src/rollout/reading.js';
import { findRollout, type Rollout, type RolloutRecord, stepOf } from '../../src/rollout/record.js';
import { RolloutRunner, type RolloutWorld } from '../../src/rollout/runner.js';
import type { ServerLook } from '../../src/rollout/samples.js';
import { firstState, hasEnded } from '../../src/rollout/state.js';
import type { ServerGroups } from '../../src/rollout/traffic.js';
import type { NewRolloutStep, StoredRolloutSample, StoredRolloutStep } from '../../src/store/rollouts.js';

/** How a server behaves from a moment on. */
export interface Behaviour {
  /** Shares of calls, 0 to 1. */
  readonly fails: number;
  readonly slow: number;
  /** Shares of registrations that are refused, which are a tenth of all calls. */
  readonly refuses: number;
  readonly serves: boolean;
  /** Whether each look finds a process that has just started. */
  readonly restarts: boolean;
  /** A kind of error lines that it writes, ten a second; empty: none. */
  readonly errors: string;
}

export const WELL: Behaviour = {
  fails: 0.001,
  slow: 0.01,
  refuses: 0,
  serves: true,
  restarts: false,
  errors: '',
};

export interface SimSettings {
  readonly callsPerSecond: number;
  /** Green behaves so once it has had calls for `afterMs`. */
  readonly green: Behaviour;
  readonly afterMs: number;
  readonly blue: Behaviour;
  /** The verdict of the shadow. */
  readonly shadow: 'good' | 'bad';
}

export class Killed extends Error {}

interface Counted {
  /** Of all its processes. */
  total: number;
  calls: number;
  failed: number;
  slow: number;
  refused: number;
  errors: number;
  started: number;
}

const NOTHING: Counted = { total: 0, calls: 0, failed: 0, slow: 0, refused: 0, errors: 0, started: 1 };
const START = Date.UTC(2026, 10, 30);
const ROLLOUT = 1;
export const GROUPS: ServerGroups = {
  blue: [{ name: 'blue1', address: 'b:1', http: '' }],
  green: [{ name: 'green1', address: 'g:1', http: '' }],
};

export class RolloutSim implements RolloutWorld, RolloutRecord {
  at = START;
  readonly #settings: SimSettings;
  readonly #weights = new Map([
    ['blue1', 100],
    ['green1', 0],
  ]);
  readonly #counted: Record<'blue' | 'green', Counted> = {
    blue: { ...NOTHING },
    green: { ...NOTHING },
  };
  leader: 'blue' | 'green' = 'blue';
  /** Feature flags that were set, in order, and who led then. */
  readonly flags: (Pick<FlagBack, 'flag' | 'state'> & {
    readonly reason: string;
    readonly leader: string;
  })[] = [];
  verified = 0;
  /** Whether a verification fails, by its number from 1 on. */
  unverified: (group: 'blue' | 'green', number: number) => boolean = () => false;
  /** When green first had calls; when it began to be bad. */
  servedAt: number | null = null;
  badAt: number | null = null;
  readonly steps: StoredRolloutStep[] = [];
  /** By the number of a transition, the calls that green had had then. */
  readonly callsAt: number[] = [];
  readonly kept: StoredRolloutSample[] = [];
  #stored: { plan: unknown; state: unknown; endedAt: number | null } = {
    plan: null,
    state: null,
    endedAt: null,
  };
  /** Calls of the world and the record so far. */
  calls = 0;
  /** The call at which the tool is killed, and whether it is done before. */
  killAt = 0;
  killed: 'before' | 'after' = 'before';

  constructor(settings: SimSettings) {
    this.#settings = settings;
  }

  /** Calls that green has had. */
  get greenCalls(): number {
    return Math.floor(this.#counted.green.total);
  }

  get weights(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#weights);
  }

  readonly traffic: RolloutWorld['traffic'] = {
    servers: () =>
      this.#called('servers', () =>
        [...this.#weights].map(([name, weight]) => ({ name, address: name, weight, isUp: true })),
      ),
    setWeights: (weights) =>
      this.#called('setWeights', () => {
        for (const [name, weight] of weights) this.#weights.set(name, weight);
        if ((this.#weights.get('green1') ?? 0) > 0) this.servedAt ??= this.at;
      }),
  };

  async look(): Promise<ServerLook[]> {
    return this.#called('look', () => {
      this.#pass(200);
      return (['blue', 'green'] as const).map((group) => ({
        server: `${group}1`,
        group,
        reading: this.#readingOf(group),
        problem: '',
      }));
    });
  }

  lead(group: 'blue' | 'green') {
    return this.#called('lead', () => {
      this.#pass(1000);
      this.leader = group;
      return { verdict: 'good', detail: `${group} leads` } as const;
    });
  }

  verify(group: 'blue' | 'green') {
    return this.#called('verify', () => {
      this.#pass(3000);
      this.verified += 1;
      if (this.unverified(group, this.verified)) return { verdict: 'bad', detail: `${group} fails` } as const;
      return { verdict: 'good', detail: 'well' } as const;
    });
  }

  setFlags(flags: readonly FlagBack[], reason: string) {
    return this.#called('setFlags', () => {
      for (const { flag, state } of flags) this.flags.push({ flag, state, reason, leader: this.leader });
      return { verdict: 'good', detail: 'set' } as const;
    });
  }

  shadow() {
    return this.#called('shadow', () => {
      this.#pass(5000);
      return { verdict: this.#settings.shadow, detail: 'decisions' } as const;
    });
  }

  async pause(ms: number): Promise<void> {
    this.#pass(ms);
  }

  begin(): Promise<number | undefined> {
    throw new Error('begun by plan()');
  }

  find() {
    return this.#called('find', () => ({
      rolloutId: ROLLOUT,
      groups: GROUPS,
      number: this.steps.length,
      startedAt: START,
      now: this.at,
      lookedAt: null,
      ...this.#stored,
    }));
  }

  now() {
    return this.#called('now', () => this.at);
  }

  append(_rolloutId: number, after: number, step: NewRolloutStep): Promise<boolean> {
    return this.#called('append', () => {
      if (after !== this.steps.length || this.#stored.endedAt !== null) return false;
      const { end, ...kept } = structuredClone(step);
      this.steps.push({ ...kept, number: after + 1, at: this.at });
      this.callsAt[after + 1] = this.greenCalls;
      this.#stored = { ...this.#stored, state: kept.state, endedAt: end === 'ends' ? this.at : null };
      return true;
    });
  }

  addSample(_rolloutId: number, looks: unknown) {
    return this.#called('addSample', () => {
      this.kept.push({ at: this.at, looks });
      return this.at;
    });
  }

  samples(_rolloutId: number, since: number) {
    return this.#called('samples', () => this.kept.filter(({ at }) => at >= since));
  }

  /** Begins a rollout by a plan. */
  plan(plan: RolloutPlan): void {
    const state = firstState(this.at);
    this.#stored = { plan, state, endedAt: null };
    const { end: _, ...first } = stepOf(
      { decider: 'operator', what: 'begun', to: state, findings: [] },
      'sim',
    );
    this.steps.push({ ...first, number: 1, at: this.at });
  }

  /** Carries it out until it is over, or so much time has gone by; a tool that is killed is started again. */
  async run(mostMs: number): Promise<Rollout> {
    for (;;) {
      try {
        const runner = new RolloutRunner(this, this, 'sim', () => undefined);
        return await runner.run(ROLLOUT, () => this.at < START + mostMs);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        const rollout = await findRollout(this);
        if (rollout !== undefined && hasEnded(rollout.state)) return rollout;
      }
    }
  }

  #readingOf(group: 'blue' | 'green'): ServerReading {
    const own = this.#counted[group];
    const behaviour = this.#behaviourOf(group);
    if (behaviour.restarts) Object.assign(own, NOTHING, { started: own.started + 1, total: own.total });
    const [calls, slow, refused] = [Math.floor(own.calls), Math.floor(own.slow), Math.floor(own.refused)];
    const registrations = Math.floor(own.calls / 10);
    return {
      version: '1',
      startedAt: own.started,
      serving: behaviour.serves,
      leads: this.leader === group,
      calls,
      failed: Math.floor(own.failed),
      registrations,
      registered: Math.max(0, registrations - refused),
      latency: { '0.1': Math.max(0, calls - slow), '1': 0, '5': slow, '+Inf': 0 },
      errors: own.errors >= 1 ? { [this.#settings[group].errors]: Math.floor(own.errors) } : {},
    };
  }

  #behaviourOf(group: 'blue' | 'green'): Behaviour {
    if (group === 'blue') return this.#settings.blue;
    const isBad = this.servedAt !== null && this.at >= this.servedAt + this.#settings.afterMs;
    if (isBad) this.badAt ??= this.at;
    return isBad ? this.#settings.green : WELL;
  }

  /** Time goes by, and calls with it. */
  #pass(ms: number): void {
    const all = [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
    for (const group of ['blue', 'green'] as const) {
      const own = this.#counted[group];
      const { fails, slow, refuses, errors } = this.#behaviourOf(group);
      const share = (this.#weights.get(`${group}1`) ?? 0) / all;
      const calls = share * this.#settings.callsPerSecond * (ms / 1000);
      own.total += calls;
      own.calls += calls;
      own.failed += calls * fails;
      own.slow += calls * slow;
      own.refused += (calls / 10) * refuses;
      own.errors += errors === '' ? 0 : ms / 100;
    }
    this.at += ms;
  }

  async #called<T>(_what: string, done: () => T): Promise<T> {
    this.calls += 1;
    const isLast = this.calls === this.killAt;
    if (isLast && this.killed === 'before') throw new Killed();
    const result = done();
    if (isLast) throw new Killed();
    return result;
  }
}
