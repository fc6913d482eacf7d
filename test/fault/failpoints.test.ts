// A failpoint at every await on the database: each statement a server sends in small courses (see fault-courses.ts) is in its
// turn refused, lost, left without its answer, or met by silence. The server lives, its
// callers get typed answers, and the next server knows exactly what was acknowledged. `npm run test:faults` takes all of
// them; here it is a sample, which DTMS_FAILPOINTS enlarges and DTMS_FAULT_SEED draws anew.
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { type CourseOutcome, expectWhole } from '../support/fault-course.js';
import { COURSES } from '../support/fault-courses.js';
import { createDatabase, execute } from '../support/postgres.js';
import { CONNECTS, HARMS, type Harm, type Harming, PostgresProxy } from '../support/postgres-proxy.js';
import { strayFailures } from '../support/stray-failures.js';
import { bodiesAsText } from '../support/text-bodies.js';

/** 5,000 are more than there are. */
const SAMPLE = Math.min(5000, Number(process.env.DTMS_FAILPOINTS ?? 6));
/** Only those whose name has this in it, such as `silent: dtms-writer, turn 1`. */
const ONLY = process.env.DTMS_FAILPOINT ?? '';
const SEED = Number(process.env.DTMS_FAULT_SEED ?? 1);
/** Such as 1/3: a part of them. */
const [PART = 1, PARTS = 1] = (process.env.DTMS_SHARD ?? '1/1').split('/').map(Number);
/** The courses to play; an embedded database is reached by no proxy. */
const WANTED = (process.env.DTMS_FAULT_COURSES ?? 'everything')
  .split(',')
  .filter((name) => name !== 'embedded');
/** Courses under way at a time: most of one is waiting. */
const SIDE_BY_SIDE = 3;
/** Of statements that come again and again, these are harmed. */
const TURNS = (process.env.DTMS_TURNS ?? '1,2,7').split(',').map(Number);

interface Failpoint {
  readonly course: string;
  readonly role: string;
  readonly text: string;
  /** Which of the statements with this text: 1 is the first. */
  readonly turn: number;
  readonly harm: Harm;
}

async function played(
  course: string,
  harming: Harming,
  tamper?: (url: string) => Promise<unknown>,
): Promise<CourseOutcome> {
  const play = COURSES[course];
  if (play === undefined) throw new Error(`no course ${course}`);
  const database = await createDatabase();
  const proxy = await PostgresProxy.open(database.url);
  try {
    proxy.harming = harming;
    return await play(proxy.url, database.url, () => Promise.resolve(tamper?.(database.url)));
  } finally {
    await proxy.close();
    await database.drop();
  }
}

/** Every statement of an undisturbed course, with how often it came. */
async function statements(course: string): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  const outcome = await played(course, ({ role, text }) => {
    const name = `${role}\n${text}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return null;
  });
  expectWhole(outcome);
  return seen;
}

/** Those of a course. @param known - statements of the courses before it; its own are added. */
function failpoints(course: string, seen: ReadonlyMap<string, number>, known: Set<string>): Failpoint[] {
  const fresh = [...seen].filter(([name]) => !known.has(name));
  for (const [name] of fresh) known.add(name);
  return fresh.flatMap(([name, times]) => {
    const [role = ''] = name.split('\n', 1);
    const text = name.slice(role.length + 1);
    const harms = HARMS.filter((harm) => isPossible(role, text, harm));
    const turns = TURNS.filter((turn) => turn <= times);
    return turns.flatMap((turn) => harms.map((harm) => ({ course, role, text, turn, harm })));
  });
}

function nameOf({ course, role, text, turn, harm }: Failpoint): string {
  return `in ${course}, ${harm}: ${role}, turn ${turn}: ${text.replace(/\s+/g, ' ').slice(0, 160)}`;
}

function isPossible(role: string, text: string, harm: Harm): boolean {
  if (text === CONNECTS) return harm === 'lost' || harm === 'silent';
  // A migration may take any time: nobody can tell that it will never end.
  return harm !== 'silent' || role !== 'dtms-migrate';
}

describe('a server whose database fails at one statement', () => {
  let drawn: Failpoint[];
  let total: number;
  beforeAll(async () => {
    const random = seededRandom(SEED);
    const all: Failpoint[] = [];
    const known = new Set<string>();
    for (const course of WANTED) all.push(...failpoints(course, await statements(course), known));
    total = all.length;
    drawn = all
      .filter((point) => nameOf(point).includes(ONLY))
      .map((point) => ({ point, rank: random() }))
      .sort((one, other) => one.rank - other.rank)
      .slice(0, SAMPLE)
      .filter((_, index) => index % PARTS === PART - 1)
      .map(({ point }) => point);
    expect(all.length).toBeGreaterThan(200);
  });

  it('lives, answers in typed errors, and loses and doubles nothing', {
    timeout: 120_000 + SAMPLE * 30_000,
  }, async () => {
    const stray = strayFailures();
    const wrong: string[] = [];
    const missed: string[] = [];
    const next = drawn.values();
    const play = async (): Promise<void> => {
      for (const point of next) {
        const { course, role, text, turn, harm } = point;
        const name = nameOf(point);
        let met = 0;
        const strayBefore = stray.length;
        const outcome = await played(course, (passing) =>
          passing.role === role && passing.text === text && ++met === turn ? harm : null,
        ).catch((error: unknown) => error);
        if (met < turn) missed.push(name);
        try {
          if (outcome instanceof Error) throw outcome;
          expectWhole(outcome as CourseOutcome);
          expect(stray.slice(strayBefore)).toEqual([]);
        } catch (error) {
          wrong.push(`${name}\n${error instanceof Error ? error.message : String(error)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, play));
    console.log(
      `${drawn.length} of ${total} failpoints at statements, ${wrong.length} wrong, ${missed.length} not met`,
    );
    expect(wrong.join('\n\n')).toBe('');
    expect(stray).toEqual([]);
    // What a batch holds, and so its statement, depends on timing: some are not sent again.
    expect(missed.length).toBeLessThan(drawn.length / 2);
  });

  it.each([
    [
      'an acknowledged event is gone',
      `SET session_replication_role = replica;
       DELETE FROM events WHERE revision = (SELECT revision FROM log_head)`,
    ],
    ['a stop is another', `UPDATE trades SET body = jsonb_set(body::jsonb, '{stopLoss}', '1')::json`],
  ])('is found out when %s afterwards', async (_what, text) => {
    const outcome = await played(
      'everything',
      () => null,
      async (url) => {
        await bodiesAsText(url);
        await execute(url, text);
      },
    );
    expect(() => expectWhole(outcome)).toThrow();
  });
});
