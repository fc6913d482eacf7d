// Owns reading a study file: JSON or YAML, checked as a whole, so that everything that is wrong with it is told at once and
// where.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { Compile } from 'typebox/schema';
import { parseDocument } from 'yaml';
import { resolveInstrument } from '../domain/market/symbols.js';
import { setFaults, variantFaults } from './study-checks.js';
import { STUDY, type StudyText } from './study-shape.js';
import { isSweep, type ReadSweep, type Sweep, sweepOf } from './sweeps.js';
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

/** Where its trades are entered from, UTC ms, and where its bars end; null for all there are. */
export interface SetStretch {
  readonly from: number | null;
  readonly until: number | null;
}

export type StudySet = Omit<StudyText['sets'][number], 'market' | 'from' | 'until'> &
  SetStretch & { readonly market: string };
export type TradeSampling = Omit<StudyText['trades'], 'seeds'> & { readonly seeds: readonly number[] };

export interface Study {
  readonly name: string;
  readonly sets: readonly StudySet[];
  readonly trades: TradeSampling;
  /** The benchmarks first. */
  readonly variants: readonly Variant[];
  readonly sweeps: readonly Sweep[];
  readonly worthwhileR: number;
  readonly draws: number;
  readonly seed: number;
}

const DEFAULTS = { worthwhileR: 0.05, draws: 2000, seed: 1 } as const;
const validator = Compile(STUDY);

/** Reads a study file; the files it names are beside it. @throws StudyFileError that names every problem. */
export function readStudy(file: string): Study {
  const study = studyOf(bodyOf(file), file);
  const missing = study.sets.flatMap((set, index) =>
    (['bars', 'bid', 'ask', 'ticks', 'trades'] as const).flatMap((field) => {
      const path = set[field];
      return path === undefined || existsSync(path)
        ? []
        : [`sets[${index}].${field}: there is no file ${path}`];
    }),
  );
  if (missing.length > 0) throw new StudyFileError(file, missing);
  return study;
}

function bodyOf(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  if (['.yaml', '.yml'].includes(extname(file).toLowerCase())) {
    const document = parseDocument(text);
    const problems = [...document.errors, ...document.warnings].map(({ message }) => message.split('\n')[0]);
    if (problems.length > 0)
      throw new StudyFileError(
        file,
        problems.map((problem) => `it is not YAML: ${problem}`),
      );
    return document.toJS();
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StudyFileError(file, [`it is not JSON: ${error.message}`]);
  }
}

/** A study of a parsed file. @throws StudyFileError that names every problem. */
export function studyOf(body: unknown, file: string): Study {
  if (!validator.Check(body)) {
    const [, errors] = validator.Errors(body);
    throw new StudyFileError(file, problemsOf(errors));
  }
  const sweeps = (body.sweeps ?? []).map(sweepOf);
  const asked = [
    ...(body.variants ?? []).map((variant, index) => ({ path: `variants[${index}]`, variant })),
    ...sweeps.flatMap((sweep, index) =>
      isSweep(sweep) ? sweep.variants.map((variant) => ({ path: `sweeps[${index}]`, variant })) : [],
    ),
  ];
  const problems = [
    ...setFaults(body.sets),
    ...variantFaults(asked),
    ...sweeps.flatMap((sweep, index) =>
      isSweep(sweep) ? [] : sweep.map((problem) => `sweeps[${index}]${problem}`),
    ),
  ];
  if (problems.length > 0) throw new StudyFileError(file, problems);
  const beside = (path: string | undefined) =>
    path === undefined ? undefined : resolve(dirname(file), path);
  const sets = body.sets.map((set) => ({
    ...set,
    market: set.market ?? resolveInstrument(set.symbol),
    bars: beside(set.bars),
    bid: beside(set.bid),
    ask: beside(set.ask),
    ticks: beside(set.ticks),
    trades: beside(set.trades),
    from: timeOf(set.from),
    until: timeOf(set.until),
  }));
  const variants = asked.flatMap(({ variant }): readonly Variant[] =>
    'plan' in variant ? planVariants(variant.name, variant.plan) : [variant],
  );
  const shown = body.ablation === true ? ablations() : [];
  return {
    ...DEFAULTS,
    ...body,
    sets,
    variants: [...BENCHMARKS, ...variants, ...shown],
    sweeps: sweeps.filter(isSweep).map(mapOf),
  };
}

/** Without its variants, which are among the study's. */
function mapOf({ name, axes, points }: ReadSweep): Sweep {
  return { name, axes, points };
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
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
