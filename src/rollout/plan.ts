// Owns the plan of a rollout: its steps, the rules of its judge and the proxy that moves calls, as data that is checked as a
// whole, so that everything that is wrong with it is told at once and where.
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/schema';
import { readJson } from '../config/json-file.js';
import { faultsOf, meant, type ShapeFault } from '../config/shape-faults.js';
import { FLAG_NAMES, FLAGS } from '../domain/flags/flag.js';

/** The servers that a rollout leads away from, and those it leads to. */
export type ServerGroup = 'blue' | 'green';

/** What is wrong with a plan, a problem a line. */
export class RolloutPlanError extends Error {
  override readonly name = 'RolloutPlanError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super([`${file} is no plan of a rollout:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

const strict = { additionalProperties: false } as const;
const DAY_MS = 86_400_000;
const ms = Type.Integer({ minimum: 0, maximum: 30 * DAY_MS });
const windowMs = Type.Integer({ minimum: 1000, maximum: DAY_MS });
const share = Type.Number({ minimum: 0, maximum: 1 });
const count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });

const TRAFFIC = Type.Object(
  {
    kind: Type.Literal('haproxy'),
    /** Its runtime socket: a path, or host:port on this machine. */
    socket: Type.String({ minLength: 1, maxLength: 200 }),
    backend: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,64}$' }),
  },
  strict,
);

/** By kind. */
const STEPS = {
  verify: Type.Object({ kind: Type.Literal('verify') }, strict),
  shadow: Type.Object(
    {
      kind: Type.Literal('shadow'),
      /** Follows the journal for so long after its end was reached. */
      followMs: ms,
      /** Fewer decisions to compare are no verdict. */
      leastDecisions: count,
      /** First differences that are allowed, by what differs. */
      most: Type.Object({ transition: count, action: count, event: count }, strict),
    },
    strict,
  ),
  calls: Type.Object(
    { kind: Type.Literal('calls'), percent: Type.Integer({ minimum: 1, maximum: 100 }), forMs: ms },
    strict,
  ),
  leader: Type.Object({ kind: Type.Literal('leader'), forMs: ms }, strict),
  bake: Type.Object({ kind: Type.Literal('bake'), forMs: ms }, strict),
} as const;

const ofCalls = {
  windowMs,
  /** Fewer calls than this are no verdict. */
  minimumCalls: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  /** Whether too few calls hold the step. */
  whenQuiet: Type.Enum(['hold', 'pass']),
} as const;

/** By kind. `beyondBlue`: green is bad only where it is worse than blue was at the same time, by more than this. */
const RULES = {
  errors: Type.Object({ kind: Type.Literal('errors'), above: share, beyondBlue: share, ...ofCalls }, strict),
  latency: Type.Object(
    {
      kind: Type.Literal('latency'),
      quantile: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      aboveMs: Type.Number({ exclusiveMinimum: 0, maximum: 600_000 }),
      /** In ms. */
      beyondBlue: Type.Number({ minimum: 0, maximum: 600_000 }),
      ...ofCalls,
    },
    strict,
  ),
  registrations: Type.Object(
    { kind: Type.Literal('registrations'), below: share, beyondBlue: share, ...ofCalls },
    strict,
  ),
  unready: Type.Object({ kind: Type.Literal('unready'), forMs: ms }, strict),
  restarts: Type.Object({ kind: Type.Literal('restarts'), above: count, windowMs }, strict),
  newErrors: Type.Object(
    {
      kind: Type.Literal('newErrors'),
      windowMs,
      /** So many lines are allowed. */
      above: count,
      /** Kinds that are no reason. */
      ignored: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 100 }),
    },
    strict,
  ),
} as const;

/** A feature flag as it is set on the way back. */
const FLAG_BACK = Type.Object(
  {
    flag: Type.Enum([...FLAG_NAMES]),
    state: Type.Enum(['on', 'off']),
    /** Without one for everybody's. */
    account: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}$' })),
    symbol: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  strict,
);

const SHAPE = Type.Object(
  {
    traffic: TRAFFIC,
    /** What is to be known of servers by their names at the proxy, where it cannot be found out. */
    servers: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 64 }),
        Type.Object(
          {
            /** host:port or https://host:port. */
            address: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
            /** Where it serves HTTP. */
            http: Type.Optional(Type.String({ pattern: '^https?://', maxLength: 300 })),
          },
          strict,
        ),
      ),
    ),
    /** Between two samples. */
    sampleMs: Type.Integer({ minimum: 100, maximum: 600_000 }),
    /** What cannot be done for so long is given up, and the rollout rolled back. */
    giveUpMs: ms,
    steps: Type.Array(Type.Unsafe<RolloutStep>(Type.Unknown()), { minItems: 1, maxItems: 100 }),
    /** Without one nothing would be judged, and every green promoted. */
    rules: Type.Array(Type.Unsafe<RolloutRule>(Type.Unknown()), { minItems: 1, maxItems: 100 }),
    /** What the way back sets of feature flags. */
    flags: Type.Optional(Type.Array(FLAG_BACK, { maxItems: 100 })),
  },
  strict,
);

export type RolloutStep = { [K in keyof typeof STEPS]: Static<(typeof STEPS)[K]> }[keyof typeof STEPS];
export type RolloutRule = { [K in keyof typeof RULES]: Static<(typeof RULES)[K]> }[keyof typeof RULES];
export type ShadowStep = Extract<RolloutStep, { kind: 'shadow' }>;
export type FlagBack = Static<typeof FLAG_BACK>;
export type TrafficPlan = Static<typeof TRAFFIC>;
export type RolloutPlan = Static<typeof SHAPE>;

interface Shape {
  readonly schema: TSchema;
  readonly validator: {
    Check(body: unknown): boolean;
    Errors(body: unknown): [boolean, ShapeFault[]];
  };
}

const shapeOf = (schema: TSchema): Shape => ({ schema, validator: Compile(schema) });
const shapesOf = (kinds: Readonly<Record<string, TSchema>>): Shapes =>
  new Map(Object.entries(kinds).map(([kind, schema]) => [kind, shapeOf(schema)]));
const PLAN = shapeOf(SHAPE);
const STEP_SHAPES = shapesOf(STEPS);
const RULE_SHAPES = shapesOf(RULES);

/** Reads a plan. @throws RolloutPlanError that names every problem. */
export function readPlan(file: string): RolloutPlan {
  let body: unknown;
  try {
    body = readJson(file);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new RolloutPlanError(file, [`it cannot be read: ${cause}`]);
  }
  return planOf(body, file);
}

/** A plan of parsed JSON. @throws RolloutPlanError that names every problem. */
export function planOf(body: unknown, file: string): RolloutPlan {
  const { steps, rules } = Object(body);
  const problems = [
    ...problemsOf('', PLAN, body),
    ...kindProblems('steps', STEP_SHAPES, steps),
    ...kindProblems('rules', RULE_SHAPES, rules),
  ];
  if (problems.length > 0) throw new RolloutPlanError(file, problems);
  const plan = body as RolloutPlan;
  const contradicting = contradictions(plan);
  if (contradicting.length > 0) throw new RolloutPlanError(file, contradicting);
  return plan;
}

type Shapes = ReadonlyMap<string, Shape>;

/** Of a list whose items say by `kind` which shape they have. */
function kindProblems(list: string, shapes: Shapes, items: unknown): string[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown, index) => {
    const kind: unknown = Reflect.get(Object(item), 'kind');
    const shape = typeof kind === 'string' ? shapes.get(kind) : undefined;
    const place = `${list}[${index}]`;
    const kinds = [...shapes.keys()];
    return shape === undefined
      ? [`${place}.kind: must be one of ${kinds.join(', ')}${meant(String(kind), kinds)}`]
      : problemsOf(place, shape, item);
  });
}

function problemsOf(place: string, { schema, validator }: Shape, body: unknown): string[] {
  return validator.Check(body) ? [] : faultsOf(validator.Errors(body)[1], schema, place);
}

/** What the shape cannot say. */
function contradictions({ traffic, steps, rules, sampleMs, flags = [] }: RolloutPlan): string[] {
  const problems: string[] = [];
  if (!isLocal(traffic.socket))
    problems.push('traffic.socket: a path, or a port of this machine: whoever reaches it moves calls');
  let before = 0;
  for (const [index, step] of steps.entries()) {
    if (step.kind !== 'calls') continue;
    if (step.percent <= before) problems.push(`steps[${index}].percent: must be above ${before}`);
    before = step.percent;
  }
  if (before !== 100) problems.push('steps: the last of kind calls must have 100 percent');
  if (steps.filter(({ kind }) => kind === 'leader').length > 1) problems.push('steps: one leader at most');
  for (const [index, rule] of rules.entries())
    if ('windowMs' in rule && rule.windowMs < 2 * sampleMs)
      problems.push(`rules[${index}].windowMs: must hold two samples, so at least ${2 * sampleMs}`);
  for (const [index, { flag, ...subjects }] of flags.entries())
    for (const subject of ['account', 'symbol'] as const)
      if (subjects[subject] !== undefined && !FLAGS[flag].subjects.includes(subject))
        problems.push(`flags[${index}].${subject}: flag ${flag} is the same for every ${subject}`);
  return problems;
}

/** Whether a runtime socket is reached from this machine alone. */
function isLocal(socket: string): boolean {
  return socket.startsWith('/') || /^(127(\.\d{1,3}){3}|localhost|\[::1\]):\d{1,5}$/.test(socket);
}
