// Owns reading a study file: JSON or YAML, checked as a whole, so that everything that is wrong with it is told at once and
// where.
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { Compile } from 'typebox/schema';
import { parseDocument } from 'yaml';
import { resolveInstrument } from '../domain/market/symbols.js';
import type { PolicyTerms } from '../domain/policy/policy.js';
import { type AskedVariant, newsFaults, setFaults, variantFaults } from './study-checks.js';
import { type PolicyVariantText, STUDY, type StudyText, type VariantText } from './study-shape.js';
import { isSweep, type ReadSweep, type Sweep, sweepOf } from './sweeps.js';
import { ablations, BENCHMARKS, planVariants, policyVariants, type Variant } from './variants.js';

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
  /** The policy files that variants are of, by the variants' names. */
  readonly policyFiles: Readonly<Record<string, string>>;
  readonly sweeps: readonly Sweep[];
  readonly worthwhileR: number;
  readonly draws: number;
  readonly seed: number;
}

const DEFAULTS = { worthwhileR: 0.05, draws: 2000, seed: 1 } as const;
const validator = Compile(STUDY);

/** Reads a policy file. @throws Error that says what is wrong with it */
export type PolicyReader = (file: string) => PolicyTerms;

/** Reads a study file; the files it names are beside it. @throws StudyFileError that names every problem. */
export function readStudy(file: string, readPolicy: PolicyReader): Study {
  const study = studyOf(bodyOf(file), file, readPolicy);
  const missing = study.sets.flatMap((set, index) =>
    (['bars', 'bid', 'ask', 'ticks', 'trades', 'news'] as const).flatMap((field) => {
      const path = set[field];
      return path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory() === false
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
    try {
      return document.toJS();
    } catch (error) {
      // Aliases of nothing, or of more than anybody writes.
      if (!(error instanceof ReferenceError)) throw error;
      throw new StudyFileError(file, [`it is not YAML: ${error.message}`]);
    }
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new StudyFileError(file, [`it is not JSON: ${error.message}`]);
  }
}

/** A study of a parsed file. @throws StudyFileError that names every problem. */
export function studyOf(body: unknown, file: string, readPolicy: PolicyReader): Study {
  if (!validator.Check(body)) {
    const [, errors] = validator.Errors(body);
    throw new StudyFileError(file, problemsOf(errors));
  }
  const sweeps = (body.sweeps ?? []).map(sweepOf);
  const beside = (path: string) => resolve(dirname(file), path);
  const given = (body.variants ?? []).map((variant, index) =>
    askedOf(variant, `variants[${index}]`, beside, readPolicy),
  );
  const asked: readonly AskedVariant[] = [
    ...given.filter(isAsked),
    ...sweeps.flatMap((sweep, index) =>
      isSweep(sweep) ? sweep.variants.map((variant) => ({ path: `sweeps[${index}]`, variant })) : [],
    ),
  ];
  const problems = [
    ...setFaults(body.sets),
    ...given.flatMap((read) => (isAsked(read) ? [] : read)),
    ...variantFaults(asked),
    ...newsFaults(asked, body.sets),
    ...sweeps.flatMap((sweep, index) =>
      isSweep(sweep) ? [] : sweep.map((problem) => `sweeps[${index}]${problem}`),
    ),
  ];
  if (problems.length > 0) throw new StudyFileError(file, problems);
  const besideIt = (path: string | undefined) => (path === undefined ? undefined : beside(path));
  const sets = body.sets.map((set) => ({
    ...set,
    market: set.market ?? resolveInstrument(set.symbol),
    bars: besideIt(set.bars),
    bid: besideIt(set.bid),
    ask: besideIt(set.ask),
    ticks: besideIt(set.ticks),
    trades: besideIt(set.trades),
    news: besideIt(set.news),
    from: timeOf(set.from),
    until: timeOf(set.until),
  }));
  const variants = asked.flatMap(variantsOf);
  const shown = body.ablation === true ? ablations() : [];
  return {
    ...DEFAULTS,
    ...body,
    sets,
    variants: [...BENCHMARKS, ...variants, ...shown],
    policyFiles: Object.fromEntries(
      asked.flatMap(({ variant, file: of }) => (of === undefined ? [] : [[variant.name, of]])),
    ),
    sweeps: sweeps.filter(isSweep).map(mapOf),
  };
}

/** A variant as it is asked for, or what is wrong with its policy. */
function askedOf(
  variant: VariantText | PolicyVariantText,
  path: string,
  beside: (path: string) => string,
  readPolicy: PolicyReader,
): AskedVariant | readonly string[] {
  if (!('policy' in variant)) return { path, variant };
  const file = beside(variant.policy);
  try {
    const policy = readPolicy(file);
    if (policy.plan.states === 'off' && policy.rules.length === 0)
      return [`${path}.policy: ${file}: it has neither the plan nor rules`];
    return { path, variant: { name: variant.name ?? policy.name, policy }, file };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return why.split('\n').map((line) => `${path}.policy: ${line.trim()}`);
  }
}

function isAsked(read: AskedVariant | readonly string[]): read is AskedVariant {
  return 'variant' in read;
}

function variantsOf({ variant }: AskedVariant): readonly Variant[] {
  if ('policy' in variant) return policyVariants(variant.name, variant.policy);
  return 'plan' in variant ? planVariants(variant.name, variant.plan) : [variant];
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
