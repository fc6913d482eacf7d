// Owns the sweeps of a study: one way to defend with several values in place of some of its numbers, and the variants that
// come of it.
import Type from 'typebox';
import { Compile } from 'typebox/schema';
import { VARIANT, type VariantText } from './study-shape.js';

/** A number that is varied. */
export interface SweepAxis {
  /** Its name, with as much of its place as tells it from the others. */
  readonly name: string;
  readonly values: readonly number[];
}

export interface SweepPoint {
  readonly variant: string;
  /** In the order of the axes. */
  readonly at: readonly number[];
}

export interface Sweep {
  readonly name: string;
  readonly axes: readonly SweepAxis[];
  readonly points: readonly SweepPoint[];
}

export interface ReadSweep extends Sweep {
  readonly variants: readonly VariantText[];
}

/** More than two do not fit a map. */
const MOST_AXES = 2;
const MOST_POINTS = 100;

const EACH = Compile(
  Type.Object(
    { each: Type.Array(Type.Number(), { minItems: 2, maxItems: 50, uniqueItems: true }) },
    { additionalProperties: false },
  ),
);
const validator = Compile(VARIANT);

interface Place {
  readonly path: readonly string[];
  readonly values: readonly number[];
}

/** What is wrong with a sweep, a problem a line, each beginning with its path within the sweep or empty. */
export type SweepProblems = readonly string[];

/** A sweep of a study file with the variants it stands for. */
export function sweepOf(text: unknown): ReadSweep | SweepProblems {
  const name: unknown = Reflect.get(Object(text), 'name');
  if (typeof name !== 'string' || name === '') return ['.name: must be a text'];
  const places = placesIn(text, []);
  if (places.length === 0) return [': no number in it is { "each": [...] }'];
  if (places.length > MOST_AXES) return [`: at most ${MOST_AXES} numbers can be varied together`];
  const points = places.reduce((all, { values }) => all * values.length, 1);
  if (points > MOST_POINTS) return [`: ${points} variants, and at most ${MOST_POINTS} are taken`];
  const axes = places.map(({ path, values }) => ({ name: nameOf(path, places), values }));
  const found = combinations(axes).map((at) => {
    const varied = axes.map((axis, index) => `${axis.name} ${at[index]}`).join(', ');
    const body = places.reduce<unknown>(
      (made, { path }, index) => withValue(made, path, at[index] ?? 0),
      text,
    );
    return { at, body: { ...Object(body), name: `${name}: ${varied}` } as unknown };
  });
  const bodies = found.map(({ body }) => body);
  if (!bodies.every(isVariant)) return [...new Set(bodies.flatMap(problemsOf))];
  return {
    name,
    axes,
    points: bodies.map((variant, index) => ({ variant: variant.name, at: found[index]?.at ?? [] })),
    variants: bodies,
  };
}

export function isSweep(read: ReadSweep | SweepProblems): read is ReadSweep {
  return 'variants' in read;
}

function isVariant(body: unknown): body is VariantText {
  return validator.Check(body);
}

function problemsOf(body: unknown): string[] {
  const [, errors] = validator.Errors(body);
  return errors.map(({ instancePath, message }) => `${instancePath.replaceAll('/', '.')}: ${message}`);
}

/** Where numbers are varied. */
function placesIn(value: unknown, path: readonly string[]): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  if (EACH.Check(value)) return [{ path, values: value.each }];
  return Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]));
}

/** The last part of its path; the whole where another one ends alike. */
function nameOf(path: readonly string[], places: readonly Place[]): string {
  const last = path.at(-1) ?? '';
  const alike = places.filter((place) => place.path.at(-1) === last);
  return alike.length === 1 ? last : path.join('.');
}

function combinations(axes: readonly SweepAxis[]): readonly (readonly number[])[] {
  return axes.reduce<readonly (readonly number[])[]>(
    (made, { values }) => made.flatMap((before) => values.map((value) => [...before, value])),
    [[]],
  );
}

/** A copy with a value at a place. */
function withValue(body: unknown, [key, ...rest]: readonly string[], value: number): unknown {
  if (key === undefined) return value;
  const inner: unknown = withValue(Reflect.get(Object(body), key), rest, value);
  if (Array.isArray(body)) return body.with(Number(key), inner);
  return { ...Object(body), [key]: inner };
}
