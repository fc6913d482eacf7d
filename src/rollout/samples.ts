// Owns the samples of a rollout: what each server's metrics said when they were looked at, and what a group did in a window.
import Type, { type Static } from 'typebox';
import type { ServerGroup } from './plan.js';
import {
  type Growth,
  growth,
  isSameRun,
  NEWLY_STARTED,
  NO_GROWTH,
  READING,
  type ServerReading,
  together,
} from './reading.js';

/** What was found when a server was looked at. */
export const LOOK = Type.Object({
  /** Its name at the proxy. */
  server: Type.String(),
  group: Type.Enum(['blue', 'green']),
  /** Null where it did not answer. */
  reading: Type.Union([READING, Type.Null()]),
  /** Why it did not. */
  problem: Type.String(),
});
export type ServerLook = Readonly<Static<typeof LOOK>>;

/** All servers at one moment, UTC ms by the database's clock. */
export interface RolloutSample {
  readonly at: number;
  readonly looks: readonly ServerLook[];
}

/** A server's readings in their order. */
export interface ServerCourse {
  readonly server: string;
  readonly points: readonly {
    readonly at: number;
    readonly reading: ServerReading | null;
    readonly problem: string;
  }[];
}

/** The servers of a group with what was seen of each. */
export function coursesOf(samples: readonly RolloutSample[], group: ServerGroup): ServerCourse[] {
  const courses = new Map<string, ServerCourse['points'][number][]>();
  const ordered = [...samples].sort((one, other) => one.at - other.at);
  for (const { at, looks } of ordered)
    for (const look of looks) {
      if (look.group !== group) continue;
      const points = courses.get(look.server) ?? [];
      points.push({ at, reading: look.reading, problem: look.problem });
      courses.set(look.server, points);
    }
  return [...courses]
    .map(([server, points]) => ({ server, points }))
    .sort((a, b) => (a.server < b.server ? -1 : 1));
}

/** What was seen from a moment on. */
export function seenSince(courses: readonly ServerCourse[], from: number): ServerCourse[] {
  return courses.map(({ server, points }) => ({ server, points: points.filter(({ at }) => at >= from) }));
}

/** What the servers did from the newest sample before a moment to the last one. */
export function grownSince(courses: readonly ServerCourse[], from: number): Growth {
  let sum = NO_GROWTH;
  for (const { points } of courses) {
    const read = points.flatMap(({ at, reading }) => (reading === null ? [] : [{ at, reading }]));
    const begin = Math.max(
      0,
      read.findLastIndex(({ at }) => at <= from),
    );
    let first: Growth | undefined = read[begin]?.reading;
    let last = read[begin]?.reading;
    // From start to start of the process: in between, what grew is the last reading less the first.
    for (const { reading } of read.slice(begin + 1)) {
      if (first !== undefined && last !== undefined && !isSameRun(last, reading)) {
        sum = together(sum, growth(first, last));
        first = NEWLY_STARTED;
      }
      last = reading;
    }
    if (first !== undefined && last !== undefined) sum = together(sum, growth(first, last));
  }
  return sum;
}
