// Owns the judge of a rollout, pure: what each rule of the plan finds in the samples. The same samples give the same findings.

import { fixed } from '../domain/number-text.js';
import { histogramQuantile } from '../observability/metrics/quantile.js';
import type { RolloutPlan, RolloutRule } from './plan.js';
import type { Growth } from './reading.js';
import { coursesOf, grownSince, type RolloutSample, type ServerCourse, seenSince } from './samples.js';
import { scrapedNumber } from './scrape.js';

/** What a rule finds: bad is rolled back, unproven holds the step. */
export interface RuleFinding {
  readonly rule: RolloutRule['kind'];
  readonly verdict: 'good' | 'bad' | 'unproven';
  /** What was measured of each, in the rule's unit; null where nothing could be. */
  readonly green: number | null;
  readonly blue: number | null;
  /** Calls of green that were measured, where the rule is about calls. */
  readonly calls: number | null;
  /** In a sentence, with numbers. */
  readonly text: string;
}

type RuleOf<K extends RolloutRule['kind']> = Extract<RolloutRule, { kind: K }>;
type CallRule = RuleOf<'errors' | 'latency' | 'registrations'>;

/** What is judged. Times are UTC ms by the database's clock. */
export interface RuleEvidence {
  readonly samples: readonly RolloutSample[];
  readonly now: number;
  /** Between two samples, while somebody takes them. */
  readonly sampleMs: number;
  /** Since when green has had the calls that it has: what proves a step is of that step. */
  readonly since: number;
}

/** What a group's calls came to, as a rule measures it. */
interface Measured {
  readonly calls: number;
  readonly value: number | null;
}

/** How a rule measures calls, and when a value is worse than another. */
interface Measure<R extends CallRule> {
  of(rule: R, grown: Growth): Measured;
  /** Whether it is beyond the rule's limit. */
  isBeyond(rule: R, value: number): boolean;
  /** Whether green is worse than blue by more than the rule allows. */
  isWorse(rule: R, green: number, blue: number): boolean;
  text(value: number): string;
  limit(rule: R): string;
}

const percent = (value: number): string => `${fixed(value * 100, 1)}%`;
const ratio = (part: number, all: number): number | null => (all === 0 ? null : part / all);

const MEASURES: { readonly [K in CallRule['kind']]: Measure<RuleOf<K>> } = {
  errors: {
    of: (_rule, { calls, failed }) => ({ calls, value: ratio(failed, calls) }),
    isBeyond: ({ above }, value) => value > above,
    isWorse: ({ beyondBlue }, green, blue) => green - blue > beyondBlue,
    text: (value) => `${percent(value)} of calls failed`,
    limit: ({ above }) => `above ${percent(above)}`,
  },
  latency: {
    of: ({ quantile }, { calls, latency }) => ({ calls, value: quantileMs(quantile, latency) }),
    isBeyond: ({ aboveMs }, value) => value > aboveMs,
    isWorse: ({ beyondBlue }, green, blue) => green - blue > beyondBlue,
    text: (value) => `calls took ${Math.round(value)} ms at the quantile`,
    limit: ({ quantile, aboveMs }) => `p${quantile * 100} above ${aboveMs} ms`,
  },
  registrations: {
    of: (_rule, { registrations, registered }) => ({
      calls: registrations,
      value: ratio(registered, registrations),
    }),
    isBeyond: ({ below }, value) => value < below,
    isWorse: ({ beyondBlue }, green, blue) => blue - green > beyondBlue,
    text: (value) => `${percent(value)} of registrations succeeded`,
    limit: ({ below }) => `below ${percent(below)}`,
  },
};

/** How far back samples are needed, in ms: a window, and the sample before it. */
export function longestWindow({ rules, sampleMs }: Pick<RolloutPlan, 'rules' | 'sampleMs'>): number {
  const spans = rules.map((rule) => ('windowMs' in rule ? rule.windowMs : rule.forMs));
  return Math.max(0, ...spans) + 3 * sampleMs + 60_000;
}

/** What the rules of a plan find. */
export function judge(rules: RolloutPlan['rules'], evidence: RuleEvidence): RuleFinding[] {
  const green = coursesOf(evidence.samples, 'green');
  const blue = coursesOf(evidence.samples, 'blue');
  return rules.map((rule) => found(rule, green, blue, evidence));
}

function found(
  rule: RolloutRule,
  green: readonly ServerCourse[],
  blue: readonly ServerCourse[],
  evidence: RuleEvidence,
): RuleFinding {
  switch (rule.kind) {
    case 'errors':
      return ofCalls(rule, MEASURES.errors, green, blue, evidence);
    case 'latency':
      return ofCalls(rule, MEASURES.latency, green, blue, evidence);
    case 'registrations':
      return ofCalls(rule, MEASURES.registrations, green, blue, evidence);
    case 'unready':
      return unready(rule, green, blue, evidence);
    case 'restarts':
      return restarts(rule, green, blue, evidence.now);
    case 'newErrors':
      return newErrors(rule, green, blue, evidence.now);
  }
}

function ofCalls<R extends CallRule>(
  rule: R,
  measure: Measure<R>,
  green: readonly ServerCourse[],
  blue: readonly ServerCourse[],
  { now, since }: RuleEvidence,
): RuleFinding {
  const from = now - rule.windowMs;
  const own = measure.of(rule, grownSince(green, from));
  const others = measure.of(rule, grownSince(blue, from));
  const found = { rule: rule.kind, green: own.value, blue: others.value, calls: own.calls };
  const { minimumCalls, whenQuiet } = rule;
  if (own.calls >= minimumCalls && own.value !== null && measure.isBeyond(rule, own.value)) {
    const comparable = others.calls >= minimumCalls ? others.value : null;
    const beside =
      comparable === null ? 'blue has too few calls to compare' : `blue: ${measure.text(comparable)}`;
    const told = `${measure.text(own.value)} (${measure.limit(rule)}, ${own.calls} calls in ${seconds(rule.windowMs)}; ${beside})`;
    const isWorse = comparable === null || measure.isWorse(rule, own.value, comparable);
    return {
      ...found,
      verdict: isWorse ? 'bad' : 'unproven',
      text: isWorse ? told : `as bad as blue: ${told}`,
    };
  }
  const proving = measure.of(rule, grownSince(seenSince(green, since), from)).calls;
  if (proving < minimumCalls && whenQuiet === 'hold')
    return {
      ...found,
      verdict: 'unproven',
      text: `${rule.kind}: ${proving} of ${minimumCalls} calls that a verdict needs`,
    };
  // What cannot be measured, or is not there to be measured now, proves nothing.
  const mute = green.find(({ points }) => points.at(-1)?.reading === null)?.server;
  const isUnmeasured = own.value === null && own.calls >= minimumCalls;
  if (isUnmeasured || (mute !== undefined && whenQuiet === 'hold'))
    return {
      ...found,
      verdict: 'unproven',
      text: `${rule.kind}: ${isUnmeasured ? `${own.calls} calls that nothing is measured of` : `${mute} does not tell`}`,
    };
  return {
    ...found,
    verdict: 'good',
    text: own.value === null ? `${rule.kind}: no calls` : measure.text(own.value),
  };
}

/** In ms, as Prometheus interpolates it. */
function quantileMs(quantile: number, latency: Growth['latency']): number | null {
  const edges = Object.keys(latency)
    .map((text) => [scrapedNumber(text), latency[text] ?? 0] as const)
    .sort(([one], [other]) => one - other);
  const upper = edges.map(([edge]) => edge).filter(Number.isFinite);
  const value = histogramQuantile(
    quantile,
    upper,
    edges.map(([, count]) => count),
  );
  return value === undefined ? null : value * 1000;
}

/**
 * A server that did not serve at any look for so long; one that did not at the last look is none to go on with. While no tool ran
 * nobody looked, and a look that found blue away too says nothing of green: the time begins with the first look after that.
 */
function unready(
  { forMs }: RuleOf<'unready'>,
  green: readonly ServerCourse[],
  blue: readonly ServerCourse[],
  { now, sampleMs }: RuleEvidence,
): RuleFinding {
  const pauseMs = Math.max(forMs, 3 * sampleMs);
  const away = green.flatMap(({ server, points }) => {
    const last = points.at(-1);
    if (last === undefined || last.reading?.serving === true) return [];
    const excused = excusedBy(blue, points);
    const begin = points.findLastIndex(
      ({ at, reading }, index) =>
        reading?.serving === true || excused.has(at) || (points[index + 1]?.at ?? at) - at > pauseMs,
    );
    const ms = now - (points[begin + 1]?.at ?? now);
    return {
      server,
      ms,
      problem: last.problem,
      as: excused.has(last.at) ? 'blue, which does not either' : '',
    };
  });
  const [worst] = away.sort((a, b) => b.ms - a.ms);
  const found = { rule: 'unready', green: worst?.ms ?? 0, blue: null, calls: null } as const;
  if (worst === undefined) return { ...found, verdict: 'good', text: 'green serves' };
  const why = worst.problem === '' ? '' : ` (${worst.problem})`;
  const span = worst.as === '' ? `for ${seconds(worst.ms)}` : `like ${worst.as}`;
  const text = `${worst.server} does not serve ${span}${why}`;
  return { ...found, verdict: worst.as === '' && worst.ms >= forMs ? 'bad' : 'unproven', text };
}

/**
 * The looks at which no server of blue was well either: it did not answer, or had no leader. One that green has and does nothing with
 * is green's fault.
 */
function excusedBy(blue: readonly ServerCourse[], points: ServerCourse['points']): ReadonlySet<number> {
  const excused = new Set<number>();
  let led = false;
  for (const { at, reading } of points) {
    led = reading?.leads ?? led;
    const beside = blue.flatMap((course) => course.points.filter((point) => point.at === at));
    const isWell = beside.some((point) => point.reading !== null && (point.reading.serving || led));
    if (beside.length > 0 && !isWell) excused.add(at);
  }
  return excused;
}

/** Processes that began in the window, of the server with the most. */
function mostRestarts(courses: readonly ServerCourse[], from: number) {
  const counted = courses.map(({ server, points }) => {
    const starts = points
      .filter(({ at }) => at >= from)
      .flatMap(({ reading }) => (reading === null ? [] : [reading.startedAt]));
    return {
      server,
      times: starts.filter((start, index) => index > 0 && start !== starts[index - 1]).length,
    };
  });
  return counted.reduce((a, b) => (b.times > a.times ? b : a), { server: '', times: 0 });
}

function restarts(
  { above, windowMs }: RuleOf<'restarts'>,
  green: readonly ServerCourse[],
  blue: readonly ServerCourse[],
  now: number,
): RuleFinding {
  const worst = mostRestarts(green, now - windowMs);
  const others = mostRestarts(blue, now - windowMs).times;
  const found = { rule: 'restarts', green: worst.times, blue: others, calls: null } as const;
  if (worst.times <= above) return { ...found, verdict: 'good', text: `${worst.times} restarts` };
  const text = `${worst.server} restarted ${worst.times} times in ${seconds(windowMs)}`;
  return worst.times > others
    ? { ...found, verdict: 'bad', text }
    : { ...found, verdict: 'unproven', text: `as bad as blue: ${text}` };
}

function newErrors(
  { windowMs, above, ignored }: RuleOf<'newErrors'>,
  green: readonly ServerCourse[],
  blue: readonly ServerCourse[],
  now: number,
): RuleFinding {
  const known = new Set(ignored);
  for (const { points } of blue)
    for (const { reading } of points)
      for (const [kind, times] of Object.entries(reading?.errors ?? {})) if (times > 0) known.add(kind);
  const grown = grownSince(green, now - windowMs).errors;
  const unknown = Object.entries(grown).filter(([kind, times]) => times > 0 && !known.has(kind));
  const lines = unknown.reduce((sum, [, times]) => sum + times, 0);
  const found = { rule: 'newErrors', green: lines, blue: null, calls: null } as const;
  if (lines <= above)
    return { ...found, verdict: 'good', text: `${lines} error lines of kinds that blue does not have` };
  const told = unknown.map(([kind, times]) => `"${kind}" ${times} times`).sort();
  return { ...found, verdict: 'bad', text: `log errors that blue does not have: ${told.join(', ')}` };
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
