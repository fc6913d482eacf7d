// Owns carrying a rollout out: it looks at the servers, asks what is next, does it and writes down what came of it. All it
// knows is in the record, so whoever goes on after it begins as it did.
import { judge, longestWindow, type RuleFinding } from './judge.js';
import type { FlagBack, ServerGroup, ShadowStep } from './plan.js';
import { findRollout, type Rollout, type RolloutRecord, readRolloutSamples, stepOf } from './record.js';
import type { RolloutSample, ServerLook } from './samples.js';
import {
  after,
  decide,
  type EffectOutcome,
  failing,
  hasEnded,
  percentIn,
  type RolloutEffect,
  type RolloutTransition,
} from './state.js';
import { directCalls, type ServerGroups, type Traffic } from './traffic.js';

/** What a rollout does in the world. Each may be done twice, and throws where it could not be done now. */
export interface RolloutWorld {
  readonly traffic: Traffic;
  /** Looks at every server; one that does not answer is a look as well. */
  look(groups: ServerGroups): Promise<ServerLook[]>;
  /** Gives the lead to a server of a group, unless one has it. */
  lead(group: ServerGroup, groups: ServerGroups): Promise<EffectOutcome>;
  verify(group: ServerGroup, groups: ServerGroups): Promise<EffectOutcome>;
  /** Sets feature flags as blue knows them. @param reason - for the audit */
  setFlags(flags: readonly FlagBack[], reason: string, groups: ServerGroups): Promise<EffectOutcome>;
  shadow(step: ShadowStep, groups: ServerGroups): Promise<EffectOutcome>;
  /** Resolves after so many ms, or sooner where the tool is to end. */
  pause(ms: number): Promise<void>;
}

/** What whoever looks on is told. */
export type RolloutNews = (line: string) => void;

/** Between two looks at the record, so that what a person wants is noticed; ms. */
const POLL_MS = 1000;

export class RolloutRunner {
  readonly #record: RolloutRecord;
  readonly #world: RolloutWorld;
  readonly #by: string;
  readonly #news: RolloutNews;
  #samples: RolloutSample[] | null = null;
  #judged: { readonly at: number; readonly since: number; readonly findings: readonly RuleFinding[] } | null =
    null;
  /** What was told last of what does not go on. */
  #told = '';

  /** @param by - who carries it out, for the record */
  constructor(record: RolloutRecord, world: RolloutWorld, by: string, news: RolloutNews) {
    this.#record = record;
    this.#world = world;
    this.#by = by;
    this.#news = news;
  }

  /** Carries it on until it is over, or `goesOn` says no; resolves with where it stands then. */
  async run(rolloutId: number, goesOn: () => boolean): Promise<Rollout> {
    for (;;) {
      const rollout = await this.#find(rolloutId);
      if (hasEnded(rollout.state) || !goesOn()) return rollout;
      const waits = await this.#turn(rollout);
      if (waits) await this.#world.pause(Math.min(rollout.plan.sampleMs, POLL_MS));
    }
  }

  /** One step of the machine. Whether nothing is to be done at once. */
  async #turn(rollout: Rollout): Promise<boolean> {
    const { plan, state } = rollout;
    await this.#keepCalls(rollout);
    // The way back waits for nothing.
    const findings = state.status === 'ROLLING_BACK' ? [] : await this.#judge(rollout);
    const { now } = await this.#find(rollout.rolloutId);
    const decision = decide(plan, state, findings, now);
    if (decision.kind === 'end') return false;
    if (decision.kind === 'wait') {
      if (decision.holding.length > 0) this.#tell(`holds: ${decision.holding.join('; ')}`);
      return true;
    }
    if (decision.kind === 'go') return !(await this.#write(rollout, decision.transition));
    return this.#act(rollout, decision.effect);
  }

  async #act(rollout: Rollout, effect: RolloutEffect): Promise<boolean> {
    const { plan, state, rolloutId } = rollout;
    try {
      const outcome = await this.#do(effect, rollout);
      const now = await this.#record.now();
      return !(await this.#write(rollout, after(plan, state, outcome, now)));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#tell(`${effect.kind} could not be done, and is tried again: ${cause}`);
      const transition = failing(plan, state, cause, (await this.#find(rolloutId)).now);
      if (transition !== null) await this.#write(rollout, transition);
      return true;
    }
  }

  async #do(effect: RolloutEffect, { rolloutId, groups }: Rollout): Promise<EffectOutcome> {
    switch (effect.kind) {
      case 'calls':
        return { verdict: 'good', detail: await directCalls(this.#world.traffic, groups, effect.percent) };
      case 'leader':
        return this.#world.lead(effect.to, groups);
      case 'verify':
        return effect.group === 'green' ? this.#verifyGreen(groups) : this.#world.verify('blue', groups);
      case 'flags':
        return this.#world.setFlags(effect.flags, `rollout ${rolloutId}: ${effect.reason}`, groups);
      case 'shadow':
        return this.#world.shadow(effect.step, groups);
    }
  }

  /**
   * A verification that fails is repeated beside blue's: what a busy machine or a database that is away does to both is not green's
   * fault, and is tried again.
   */
  async #verifyGreen(groups: ServerGroups): Promise<EffectOutcome> {
    const first = await this.#world.verify('green', groups);
    if (first.verdict === 'good') return first;
    this.#tell(`it is verified again, beside blue: ${first.detail}`);
    const blue = await this.#world.verify('blue', groups);
    const green = await this.#world.verify('green', groups);
    if (green.verdict === 'bad' && blue.verdict === 'bad')
      throw new Error(`blue is no better: ${green.detail}; ${blue.detail}`);
    return green;
  }

  /** A proxy that was restarted has forgotten its weights: they are set again. */
  async #keepCalls({ plan, state, groups }: Rollout): Promise<void> {
    const moves = state.phase === 'ACT' && plan.steps[state.step]?.kind === 'calls';
    if (moves && state.status !== 'ROLLING_BACK') return;
    try {
      await directCalls(this.#world.traffic, groups, percentIn(plan, state));
    } catch (error) {
      this.#tell(`weights cannot be kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What the judge finds, after a new sample where one is due. */
  async #judge({ rolloutId, plan, groups, state, now }: Rollout): Promise<readonly RuleFinding[]> {
    const keptMs = longestWindow(plan);
    const known = this.#samples ?? (await readRolloutSamples(this.#record, rolloutId, now - keptMs));
    // A clock that was put back would hold off the next look for as long, and show what is over as the newest.
    const samples = known.filter(({ at }) => at <= now);
    const newest = samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
    if (now >= newest + plan.sampleMs) {
      const looks = await this.#world.look(groups);
      samples.push({ at: await this.#record.addSample(rolloutId, looks), looks });
    }
    this.#samples = samples.filter(({ at }) => at >= now - keptMs);
    const at = this.#samples.at(-1)?.at ?? now;
    // Between two samples there is nothing new to be found.
    const judged = this.#judged;
    if (judged?.at === at && judged.since === state.since) return judged.findings;
    const findings = judge(plan.rules, {
      samples: this.#samples,
      now: at,
      sampleMs: plan.sampleMs,
      since: state.since,
    });
    this.#judged = { at, since: state.since, findings };
    return findings;
  }

  async #write({ rolloutId, number }: Rollout, transition: RolloutTransition): Promise<boolean> {
    const isWritten = await this.#record.append(rolloutId, number, stepOf(transition, this.#by));
    if (isWritten) this.#news(transition.what);
    this.#told = '';
    return isWritten;
  }

  #tell(line: string): void {
    if (line === this.#told) return;
    this.#told = line;
    this.#news(line);
  }

  async #find(rolloutId: number): Promise<Rollout> {
    const rollout = await findRollout(this.#record, rolloutId);
    if (rollout === undefined) throw new Error(`there is no rollout ${rolloutId}`);
    return rollout;
  }
}
