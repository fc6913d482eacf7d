// Owns what is wrong with a study file that its shape cannot say: fields that contradict each other, names that come twice,
// data that would count twice.
import { normalize } from 'node:path';
import type { PolicyTerms } from '../domain/policy/policy.js';
import type { ProtectiveRule } from '../domain/policy/protective-rules.js';
import { wallZone } from '../replay/input/time-zone.js';
import type { StudyText, VariantText } from './study-shape.js';
import { ablations, BENCHMARKS } from './variants.js';

/** A variant with the path it was read at; of a policy, its file and what that says. */
export interface AskedVariant {
  readonly path: string;
  readonly variant: VariantText | { readonly name: string; readonly policy: PolicyTerms };
  readonly file?: string;
}

type SetText = StudyText['sets'][number];

/** ISO 8601, with a zone where it has a time. */
const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** Of the sets, a problem a line with its path. */
export function setFaults(sets: readonly SetText[]): string[] {
  const faults = sets.flatMap((set, index) => faultsOf(set).map((fault) => `sets[${index}]${fault}`));
  const named = sets.map(({ name }, index) => ({ path: `sets[${index}]`, name }));
  return [...faults, ...repeated(named, []), ...countedTwice(sets)];
}

/** Of the variants, each with the path it was read at. */
export function variantFaults(asked: readonly AskedVariant[]): string[] {
  const named = asked.map(({ path, variant }) => ({ path, name: variant.name }));
  const taken = [...BENCHMARKS, ...ablations()].map(({ name }) => name);
  const shares = asked.flatMap(({ path, variant }) =>
    rulesOf(variant).flatMap((rule, place) => {
      if (rule.kind !== 'targets') return [];
      const sum = rule.targets.reduce((all, target) => all + target.share, 0);
      return sum > 1 + 1e-9 ? [`${path}.rules[${place}].targets: their shares add up to ${sum}`] : [];
    }),
  );
  return [...repeated(named, taken), ...shares];
}

/** Closing before news that nobody told would close nothing, and be shown as a result. */
export function newsFaults(asked: readonly AskedVariant[], sets: readonly SetText[]): string[] {
  const missing = sets.flatMap(({ news }, index) => (news === undefined ? [`sets[${index}]`] : []));
  if (missing.length === 0) return [];
  return asked.flatMap(({ path, variant }) =>
    rulesOf(variant).some((rule) => rule.kind === 'close_before' && rule.what === 'news')
      ? [`${path}: closes before news, and ${missing.join(', ')} names no file of news`]
      : [],
  );
}

function rulesOf(variant: AskedVariant['variant']): readonly ProtectiveRule[] {
  if ('policy' in variant) return variant.policy.rules;
  return 'rules' in variant ? variant.rules : [];
}

function faultsOf(set: SetText): string[] {
  const { bars, bid, ask, ticks, timeZone, tradesTimeZone } = set;
  const given = Object.entries({ bars, bid, ask, ticks }).flatMap(([name, file]) =>
    file === undefined ? [] : name,
  );
  const isWhole = ['bars', 'bid ask', 'ticks'].includes(given.join(' '));
  return [
    ...stretchFaults(set),
    ...(isWhole ? [] : [': name either bars, or bid and ask, or ticks']),
    ...Object.entries({ timeZone, tradesTimeZone }).flatMap(([field, zone]) => {
      const why = zone === undefined ? null : zoneFault(zone);
      return why === null ? [] : [`.${field}: ${why}`];
    }),
  ];
}

/** What is wrong with the times a set is cut at. */
function stretchFaults({ from, until }: SetText): string[] {
  const faults = Object.entries({ from, until }).flatMap(([field, text]) =>
    text === undefined || (MOMENT.test(text) && !Number.isNaN(Date.parse(text)))
      ? []
      : [`.${field}: "${text}" is no day or moment, such as 2025-01-31 or 2025-01-31T12:00:00Z`],
  );
  if (faults.length > 0 || from === undefined || until === undefined) return faults;
  return Date.parse(from) < Date.parse(until) ? [] : ['.until: it is not after from'];
}

/** Sets of the same data: their trades are no more than those of one, and every interval would be too narrow. */
function countedTwice(sets: readonly SetText[]): string[] {
  const firsts = new Map<string, number>();
  return sets.flatMap(({ bars, bid, ask, ticks, trades }, index) => {
    const files = [bars, bid, ask, ticks, trades].map((file) => (file === undefined ? '' : normalize(file)));
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
  items: readonly { readonly path: string; readonly name: string }[],
  taken: readonly string[],
): string[] {
  const names = new Set(taken);
  return items.flatMap(({ path, name }) => {
    if (names.has(name)) return [`${path}.name: "${name}" is taken`];
    names.add(name);
    return [];
  });
}
