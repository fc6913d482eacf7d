// A failpoint at every await of src/engine, src/store and src/watch, whatever it waits for: statements, connections,
// timers, streams, other parts of the program. In a small course of everything (see fault-course.ts) each in its turn fails
// once when it is over. The server lives, its callers get typed answers, and the next server knows exactly what was
// acknowledged. `npm run test:faults -- --only awaits` takes all of them; here it is a sample, which DTMS_FAILPOINTS
// enlarges and DTMS_FAULT_SEED draws anew. DTMS_SHARD such as 1/3 takes a part.
import { beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { failAwaits, PLACES } from '../support/awaited.js';
import { type CourseOutcome, expectWhole, playCourse } from '../support/fault-course.js';
import { createDatabase } from '../support/postgres.js';
import { strayFailures } from '../support/stray-failures.js';

/** 2,000 are more than there are. */
const SAMPLE = Math.min(2000, Number(process.env.DTMS_FAILPOINTS ?? 2));
/** Only those whose name has this in it, such as `store/pool.ts`. */
const ONLY = process.env.DTMS_FAILPOINT ?? '';
const SEED = Number(process.env.DTMS_FAULT_SEED ?? 1);
const [PART = 1, PARTS = 1] = (process.env.DTMS_SHARD ?? '1/1').split('/').map(Number);
/** Of awaits that come again and again, these fail. */
const TURNS = [1, 2, 7];

interface Failpoint {
  readonly place: string;
  /** Which time it is come to: 1 is the first. */
  readonly turn: number;
}

/** Plays the course. @param decide - told of each await; true lets it fail. */
async function played(decide: (place: string) => boolean): Promise<CourseOutcome> {
  const database = await createDatabase();
  try {
    failAwaits(decide);
    return await playCourse(database.url, database.url);
  } finally {
    failAwaits(() => false);
    await database.drop();
  }
}

let all: Failpoint[];
/** Awaits that the course comes to. */
let reached: number;
beforeAll(async () => {
  const seen = new Map<string, number>();
  const outcome = await played((place) => {
    seen.set(place, (seen.get(place) ?? 0) + 1);
    return false;
  });
  expectWhole(outcome);
  reached = seen.size;
  all = [...seen].flatMap(([place, times]) =>
    TURNS.filter((turn) => turn <= times).map((turn) => ({ place, turn })),
  );
  expect(all.length).toBeGreaterThan(200);
});

it('lives, answers in typed errors, and loses and doubles nothing', {
  timeout: 120_000 + SAMPLE * 30_000,
}, async () => {
  const stray = strayFailures();
  const random = seededRandom(SEED);
  const drawn = all
    .filter(({ place }) => place.includes(ONLY))
    .map((point) => ({ point, rank: random() }))
    .sort((one, other) => one.rank - other.rank)
    .slice(0, SAMPLE)
    .map(({ point }) => point)
    .filter((_, index) => index % PARTS === PART - 1);
  const wrong: string[] = [];
  for (const { place, turn } of drawn) {
    let met = 0;
    const strayBefore = stray.length;
    try {
      expectWhole(await played((each) => each === place && ++met === turn));
      expect(stray.slice(strayBefore)).toEqual([]);
    } catch (error) {
      wrong.push(`turn ${turn} of ${place}\n${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const of = `${all.length} failpoints at ${reached} of ${PLACES.size} awaits`;
  console.log(`${drawn.length} of ${of}, ${wrong.length} wrong`);
  expect(wrong.join('\n\n')).toBe('');
});
