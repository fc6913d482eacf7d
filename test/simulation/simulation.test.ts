// The whole system in one process on virtual time, under seeded faults: servers die, lose their lead, their database and
// what they say; bridges die in the middle of orders; the broker refuses and falls silent; watches are cut. Whatever the
// seed, nothing acknowledged is lost, nothing is done twice, and every watch sees the log. A failing seed is the same
// each time: DTMS_FAULT_SEED names the first, DTMS_SIMULATIONS how many.
import { afterAll, expect, test } from 'vitest';
import { fault } from '../support/fault-count.js';
import { freezeTold } from '../support/frozen-told.js';
import { recordGolden } from '../support/golden-journal.js';
import { strayFailures } from '../support/stray-failures.js';
import { BUGS } from './memory-database.js';
import type { Outcome } from './verdict.js';
import { simulate } from './world.js';

const FIRST = Number(process.env.DTMS_FAULT_SEED ?? 1);
const SEEDS = Number(process.env.DTMS_SIMULATIONS ?? 40);
/** Seeds in which a planted bug must be found once. */
const CONTROL_SEEDS = 20;

const turns = freezeTold();
const played: Outcome[] = [];
const sum = (of: (outcome: Outcome) => number) => played.reduce((total, outcome) => total + of(outcome), 0);

test('keeps every promise, whatever the seed', { timeout: SEEDS * 5000 }, async () => {
  const stray = strayFailures();
  for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) {
    const outcome = await simulate(seed, null, undefined, (database) => recordGolden('storm', database));
    played.push(outcome);
    fault('simulated servers killed', outcome.kills);
    const again = `DTMS_FAULT_SEED=${seed} DTMS_SIMULATIONS=1 npx vitest run test/simulation`;
    expect([...outcome.faults, ...stray.map(String)].join('\n'), again).toBe('');
  }
  // Without traffic and faults nothing is shown.
  expect(sum(({ acknowledged }) => acknowledged)).toBeGreaterThan(SEEDS * 20);
  expect(sum(({ kills }) => kills)).toBeGreaterThan(SEEDS / 2);
  expect(sum(({ terms }) => terms)).toBeGreaterThan(SEEDS * 3);
  expect(sum(({ streams }) => streams)).toBeGreaterThan(SEEDS * 4);
  expect(turns()).toBeGreaterThan(SEEDS * 100);
});

test('is the same each time', async () => {
  for (const seed of [FIRST, FIRST + 1]) expect(await simulate(seed)).toEqual(await simulate(seed));
});

test.each(BUGS)('finds a planted bug: %s', { timeout: CONTROL_SEEDS * 10_000 }, async (bug) => {
  for (let seed = 1; seed <= CONTROL_SEEDS; seed += 1) {
    if ((await simulate(seed, bug)).faults.length > 0) return;
  }
  expect.fail(`not found by ${CONTROL_SEEDS} seeds`);
});

afterAll(() => {
  const events = sum((outcome) => outcome.events);
  const told = `${played.length} seeds from ${FIRST}: ${events} events, ${sum(({ acknowledged }) => acknowledged)} registrations, `;
  console.log(
    `${told}${sum(({ executions }) => executions)} deals, ${sum(({ kills }) => kills)} kills, ${sum(({ terms }) => terms)} terms`,
  );
});
