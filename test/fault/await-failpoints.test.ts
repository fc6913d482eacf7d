// A failpoint at every await and every callback of src/cluster, src/engine, src/store and src/watch, whatever it waits for:
// statements, connections, timers, streams, other parts of the program. In small courses (fault-courses.ts) each in its turn
// fails once when it is over. Servers live, their callers get typed answers, and the next server knows exactly what was
// acknowledged. What only such a failure leads to fails after it, in a second pass. `npm run test:faults -- --only awaits`
// takes all of them; here it is a sample, which DTMS_FAILPOINTS enlarges and DTMS_FAULT_SEED draws anew. DTMS_SHARD such as
// 1/3 takes a part.
import { expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { failAwaits, PLACES } from '../support/awaited.js';
import { type CourseOutcome, expectWhole } from '../support/fault-course.js';
import { COURSES, playOn } from '../support/fault-courses.js';
import { strayFailures } from '../support/stray-failures.js';

/** 5,000 are more than there are. */
const SAMPLE = Math.min(5000, Number(process.env.DTMS_FAILPOINTS ?? 1));
/** The courses to play, such as `inCluster,embedded`. */
const WANTED = (process.env.DTMS_FAULT_COURSES ?? 'everything,inCluster').split(',');
/** Only those whose name has this in it, such as `store/pool.ts`, `callback`, `in inCluster`. */
const ONLY = process.env.DTMS_FAILPOINT ?? '';
const SEED = Number(process.env.DTMS_FAULT_SEED ?? 1);
const [PART = 1, PARTS = 1] = (process.env.DTMS_SHARD ?? '1/1').split('/').map(Number);
/** Of awaits that come again and again, these fail. */
const TURNS = (process.env.DTMS_TURNS ?? '1,2,7').split(',').map(Number);

interface Failpoint {
  readonly course: string;
  readonly place: string;
  /** Which time it is come to: 1 is the first. */
  readonly turn: number;
  /** What has to fail before, where nothing else leads here. */
  readonly after?: Failpoint;
}

/** Places that a course came to, and how often. */
type Seen = ReadonlyMap<string, number>;

/** Plays a course in which these fail. @param seen - is told what it came to. */
async function played(
  course: string,
  points: readonly Failpoint[],
  seen = new Map<string, number>(),
): Promise<CourseOutcome> {
  const play = COURSES[course];
  if (play === undefined) throw new Error(`no course ${course}`);
  return playOn(play, async (playing) => {
    failAwaits((place) => {
      const times = (seen.get(place) ?? 0) + 1;
      seen.set(place, times);
      return points.some((point) => point.place === place && point.turn === times);
    });
    try {
      return await playing();
    } finally {
      failAwaits(() => false);
    }
  });
}

const nameOf = ({ course, place, turn, after }: Failpoint): string =>
  `turn ${turn} of ${place} in ${course}${after === undefined ? '' : `, after ${nameOf(after)}`}`;

/** Plays what is to fail, a course each. Returns what went wrong, and what each failure led to. */
async function fail(points: readonly Failpoint[], stray: unknown[]) {
  const wrong: string[] = [];
  const led = new Map<Failpoint, Seen>();
  for (const point of points) {
    const strayBefore = stray.length;
    const seen = new Map<string, number>();
    try {
      const both = point.after === undefined ? [point] : [point.after, point];
      expectWhole(await played(point.course, both, seen));
      expect(stray.slice(strayBefore).map(String)).toEqual([]);
    } catch (error) {
      const told = `${nameOf(point)}\n${error instanceof Error ? error.message : String(error)}`;
      if (SAMPLE > 100) console.log(told);
      wrong.push(told);
    }
    led.set(point, seen);
  }
  return { wrong, led };
}

it('lives, answers in typed errors, and loses and doubles nothing', {
  timeout: 300_000 + SAMPLE * 60_000,
}, async () => {
  const stray = strayFailures();
  const reached = new Set<string>();
  const all: Failpoint[] = [];
  for (const course of WANTED) {
    const seen = new Map<string, number>();
    expectWhole(await played(course, [], seen));
    for (const [place, times] of seen) {
      if (reached.has(place)) continue;
      for (const turn of TURNS) if (turn <= times) all.push({ course, place, turn });
    }
    for (const place of seen.keys()) reached.add(place);
  }
  expect(all.length).toBeGreaterThan(100);

  const random = seededRandom(SEED);
  const drawn = all
    .filter((point) => nameOf(point).includes(ONLY))
    .map((point) => ({ point, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, SAMPLE)
    .map(({ point }) => point)
    .filter((_, index) => index % PARTS === PART - 1);
  const first = await fail(drawn, stray);

  // What no course comes to unless something fails: it fails as well, once.
  const then = new Map<string, Failpoint>();
  for (const [after, seen] of first.led)
    for (const place of seen.keys())
      if (!reached.has(place)) then.set(place, { course: after.course, place, turn: 1, after });
  const second = await fail(SAMPLE > 100 ? [...then.values()] : [], stray);

  const wrong = [...first.wrong, ...second.wrong];
  const unreached = [...PLACES].filter((place) => !reached.has(place) && !then.has(place));
  const of = `${all.length} failpoints at ${reached.size} of ${PLACES.size} awaits and callbacks`;
  console.log(`${drawn.length} of ${of}, and ${then.size} after another one; ${wrong.length} wrong`);
  if (SAMPLE > 100 || ONLY !== '') console.log(`not come to:\n${unreached.join('\n')}`);
  expect(wrong.join('\n\n')).toBe('');
});
