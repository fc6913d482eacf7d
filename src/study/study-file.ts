// Owns the study file: JSON, checked as a whole, so that everything that is wrong with it is told at once and where.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, normalize, resolve } from 'node:path';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/schema';
import { TIMEFRAMES } from '../domain/market/data.js';
import { resolveInstrument } from '../domain/market/symbols.js';
import { SPREAD_UNITS } from '../replay/input/asked.js';
import { DATE_ORDERS } from '../replay/input/time-text.js';
import { wallZone } from '../replay/input/time-zone.js';
import { PLAN } from './plan-change.js';
import { ablations, BENCHMARKS, planVariants, type Variant } from './variants.js';

/** What is wrong with a study file, a problem a line. */
export class StudyFileError extends Error {
  override readonly name = 'StudyFileError';
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super([`${file}: cannot be studied:`, ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

const strict = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 80 });
const above0 = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });
const least0 = Type.Number({ minimum: 0, maximum: 1e9 });
const share = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
const count = (maximum: number) => Type.Integer({ minimum: 1, maximum });

const RULE = Type.Union([
  Type.Object({ kind: Type.Literal('chandelier'), atrs: above0 }, strict),
  Type.Object({ kind: Type.Literal('atr_trail'), atrs: above0 }, strict),
  Type.Object(
    {
      kind: Type.Literal('step_locks'),
      steps: Type.Array(Type.Object({ atR: above0, lockR: Type.Number() }, strict), { minItems: 1 }),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('breakeven'), atR: above0, bufferR: least0 }, strict),
  Type.Object({ kind: Type.Literal('loss_stop'), atR: above0 }, strict),
  Type.Object(
    {
      kind: Type.Literal('time_stop'),
      bars: count(1_000_000),
      when: Type.Enum(['always', 'losing', 'winning']),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('size_down'),
      bars: count(1_000_000),
      keep: Type.Number({ minimum: 0, exclusiveMaximum: 1 }),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('targets'),
      targets: Type.Array(Type.Object({ atR: above0, share }, strict), { minItems: 1 }),
    },
    strict,
  ),
]);

const COSTS = Type.Object(
  {
    /** ask - bid of every bar; what the data has when absent. */
    spread: Type.Optional(least0),
    slippageTicks: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    commission: Type.Optional(least0),
    swapBuy: Type.Optional(Type.Number()),
    swapSell: Type.Optional(Type.Number()),
  },
  strict,
);

const SET = Type.Object(
  {
    name,
    symbol: name,
    /** Sets of one market share a decision; the instrument of the symbol when absent. */
    market: Type.Optional(name),
    bars: Type.Optional(name),
    bid: Type.Optional(name),
    ask: Type.Optional(name),
    /** Its own trades; they are sampled when absent. */
    trades: Type.Optional(name),
    tradesTimeZone: Type.Optional(name),
    timeframe: Type.Optional(Type.Enum([...TIMEFRAMES])),
    timeZone: Type.Optional(name),
    decimal: Type.Optional(Type.Enum(['point', 'comma'])),
    dateOrder: Type.Optional(Type.Enum([...DATE_ORDERS])),
    spreadUnit: Type.Optional(Type.Enum([...SPREAD_UNITS])),
    costs: Type.Optional(COSTS),
  },
  strict,
);

const SHAPE = Type.Object(
  {
    name,
    sets: Type.Array(SET, { minItems: 1, maxItems: 100 }),
    trades: Type.Object(
      {
        /** Of each set and seed. */
        count: count(100_000),
        seeds: Type.Array(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }), {
          minItems: 1,
          maxItems: 100,
          uniqueItems: true,
        }),
        entry: Type.Enum(['random', 'even']),
        /** In ATR(14) of M15 bars; no target at 0. */
        stopAtr: above0,
        targetAtr: least0,
        /** The longest a trade is held, in M15 bars. */
        holdBars: count(1_000_000),
        /** Whether a trade may be entered while another of its seed is held. */
        overlap: Type.Enum(['allowed', 'none']),
      },
      strict,
    ),
    /** Beside the benchmarks, which are in every study. */
    variants: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Object({ name, rules: Type.Array(RULE, { minItems: 1, maxItems: 20 }) }, strict),
          Type.Object({ name, plan: PLAN }, strict),
        ]),
        { maxItems: 50 },
      ),
    ),
    /** Whether the plan is also run without each of its actions, and with each alone. */
    ablation: Type.Optional(Type.Boolean()),
    /** The least improvement of the mean that is worth anything, in R. */
    worthwhileR: Type.Optional(above0),
    /** Samples of the bootstrap, and what they are drawn by. */
    draws: Type.Optional(Type.Integer({ minimum: 200, maximum: 100_000 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 })),
  },
  strict,
);

type StudyText = Static<typeof SHAPE>;
export type StudySet = Omit<StudyText['sets'][number], 'market'> & { readonly market: string };
export type TradeSampling = Omit<StudyText['trades'], 'seeds'> & { readonly seeds: readonly number[] };

export interface Study {
  readonly name: string;
  readonly sets: readonly StudySet[];
  readonly trades: TradeSampling;
  /** The benchmarks first. */
  readonly variants: readonly Variant[];
  readonly worthwhileR: number;
  readonly draws: number;
  readonly seed: number;
}

const DEFAULTS = { worthwhileR: 0.05, draws: 2000, seed: 1 } as const;
const validator = Compile(SHAPE);

/** Reads a study file; the files it names are beside it. @throws StudyFileError that names every problem. */
export function readStudy(file: string): Study {
  let body: unknown;
  try {
    body = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StudyFileError(file, [`it is not JSON: ${error.message}`]);
  }
  const study = studyOf(body, file);
  const missing = study.sets.flatMap((set, index) =>
    (['bars', 'bid', 'ask', 'trades'] as const).flatMap((field) => {
      const path = set[field];
      return path === undefined || existsSync(path)
        ? []
        : [`sets[${index}].${field}: there is no file ${path}`];
    }),
  );
  if (missing.length > 0) throw new StudyFileError(file, missing);
  return study;
}

/** A study of parsed JSON. @throws StudyFileError that names every problem. */
export function studyOf(body: unknown, file: string): Study {
  if (!validator.Check(body)) {
    const [, errors] = validator.Errors(body);
    throw new StudyFileError(file, problemsOf(errors));
  }
  const problems = contradictions(body);
  if (problems.length > 0) throw new StudyFileError(file, problems);
  const beside = (path: string | undefined) =>
    path === undefined ? undefined : resolve(dirname(file), path);
  const sets = body.sets.map((set) => ({
    ...set,
    market: set.market ?? resolveInstrument(set.symbol),
    bars: beside(set.bars),
    bid: beside(set.bid),
    ask: beside(set.ask),
    trades: beside(set.trades),
  }));
  const asked = (body.variants ?? []).flatMap((variant): readonly Variant[] =>
    'plan' in variant ? planVariants(variant.name, variant.plan) : [variant],
  );
  const shown = body.ablation === true ? ablations() : [];
  return { ...DEFAULTS, ...body, sets, variants: [...BENCHMARKS, ...asked, ...shown] };
}

interface ShapeError {
  readonly instancePath: string;
  readonly message: string;
  readonly params?: unknown;
}

/** Errors of the shape with their path; of a union that fits nowhere only that it does not. */
function problemsOf(errors: readonly ShapeError[]): string[] {
  const problems = errors.map(({ instancePath, message, params }) => {
    const extra: unknown = Reflect.get(Object(params), 'additionalProperties');
    const known = Array.isArray(extra) ? ` (${extra.join(', ')})` : '';
    return `${pathText(instancePath)}: ${message}${known}`;
  });
  return [...new Set(problems)];
}

/** "/sets/0/costs" as sets[0].costs. */
function pathText(pointer: string): string {
  const text = pointer.replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

/** What the shape cannot say. */
function contradictions({ sets, variants = [] }: StudyText): string[] {
  const problems: string[] = [];
  for (const [index, { bars, bid, ask, timeZone, tradesTimeZone }] of sets.entries()) {
    const isOne = bars !== undefined && bid === undefined && ask === undefined;
    const isPair = bars === undefined && bid !== undefined && ask !== undefined;
    if (!isOne && !isPair) problems.push(`sets[${index}]: name either bars, or bid and ask`);
    for (const [field, zone] of Object.entries({ timeZone, tradesTimeZone })) {
      const why = zone === undefined ? null : zoneFault(zone);
      if (why !== null) problems.push(`sets[${index}].${field}: ${why}`);
    }
  }
  problems.push(
    ...repeated('sets', sets),
    ...countedTwice(sets),
    ...repeated('variants', variants, [...BENCHMARKS, ...ablations()]),
  );
  for (const [index, variant] of variants.entries()) {
    for (const [place, rule] of ('rules' in variant ? variant.rules : []).entries()) {
      if (rule.kind !== 'targets') continue;
      const sum = rule.targets.reduce((all, target) => all + target.share, 0);
      if (sum > 1 + 1e-9)
        problems.push(`variants[${index}].rules[${place}].targets: their shares add up to ${sum}`);
    }
  }
  return problems;
}

/** Sets of the same data: their trades are no more than those of one, and every interval would be too narrow. */
function countedTwice(sets: StudyText['sets']): string[] {
  const firsts = new Map<string, number>();
  return sets.flatMap(({ bars, bid, ask, trades }, index) => {
    const files = [bars, bid, ask, trades].map((file) => (file === undefined ? '' : normalize(file)));
    const data = JSON.stringify(files);
    const first = firsts.get(data);
    if (first !== undefined) return [`sets[${index}]: the data of sets[${first}] would count twice`];
    firsts.set(data, index);
    return [];
  });
}

/** What is wrong with the name of a time zone; null for nothing. */
function zoneFault(zone: string): string | null {
  try {
    wallZone(zone);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function repeated(
  list: string,
  items: readonly { readonly name: string }[],
  taken: readonly { readonly name: string }[] = [],
): string[] {
  const names = new Set(taken.map((item) => item.name));
  return items.flatMap((item, index) => {
    if (names.has(item.name)) return [`${list}[${index}].name: "${item.name}" is taken`];
    names.add(item.name);
    return [];
  });
}
