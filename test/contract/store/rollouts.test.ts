// The tables of rollouts on a real Postgres: one is active, transitions are contiguous however many write them, samples are kept,
// and one tool at a time has the right to carry them out.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { NewRolloutStep } from '../../../src/store/rollouts.js';
import { Store } from '../../../src/store/store.js';
import { eventually } from '../../support/eventually.js';
import { execute, migratedDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await migratedDatabase();
  const config = loadConfig({ env: {}, overrides: { database: { url: database.url } } });
  store = await Store.open(database.url, config, createLogger('silent'));
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const BODY = { plan: { steps: [] }, groups: { blue: [], green: [] } };
const step = (what: string, end: NewRolloutStep['end'] = 'goes on'): NewRolloutStep => ({
  decider: 'plan',
  by: 'a test',
  what,
  findings: [{ verdict: 'good' }],
  state: { what },
  end,
});

test('one is active, its transitions are contiguous, and when it is over another one begins', async () => {
  const { rollouts } = store;
  expect(await rollouts.find()).toBeUndefined();
  const id = (await rollouts.begin(BODY, step('begun'))) ?? 0;
  expect(await rollouts.begin(BODY, step('another'))).toBeUndefined();
  // Many who know the same state: one of them writes.
  const written = await Promise.all(
    Array.from({ length: 8 }, (_, index) => rollouts.append(id, 1, step(`by ${index}`))),
  );
  expect(written.filter(Boolean)).toHaveLength(1);
  expect(await rollouts.append(id, 1, step('late'))).toBe(false);
  expect(await rollouts.append(id, 3, step('early'))).toBe(false);
  expect(await rollouts.append(id, 2, step('the end', 'ends'))).toBe(true);
  expect(await rollouts.append(id, 3, step('after it'))).toBe(false);
  const steps = await rollouts.steps(id);
  expect(steps.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(steps.at(-1)).toMatchObject({
    what: 'the end',
    decider: 'plan',
    by: 'a test',
    state: { what: 'the end' },
  });
  expect(await rollouts.steps(id, 2)).toHaveLength(1);
  const found = await rollouts.find(id);
  expect(found).toMatchObject({
    ...BODY,
    number: 3,
    state: { what: 'the end' },
    endedAt: expect.any(Number),
  });
  const next = await rollouts.begin(BODY, step('begun'));
  expect((await rollouts.find())?.rolloutId).toBe(next);
});

test('every sample is kept, by the database’s clock', async () => {
  const { rollouts } = store;
  const id = (await rollouts.find())?.rolloutId ?? 0;
  const at = [
    await rollouts.addSample(id, [{ server: 'a' }]),
    await rollouts.addSample(id, [{ server: 'b' }]),
  ];
  const now = await rollouts.now();
  expect(at.every((ms) => ms <= now && ms > now - 600_000)).toBe(true);
  expect((await rollouts.samples(id, 0)).map(({ looks }) => looks)).toEqual([
    [{ server: 'a' }],
    [{ server: 'b' }],
  ]);
  expect(await rollouts.samples(id, now + 1)).toEqual([]);
});

test('one tool at a time may carry them out, and one that dies gives the right back', async () => {
  const { rollouts } = store;
  const first = await rollouts.hold();
  expect(first?.lost).toBe(false);
  expect(await rollouts.hold()).toBeUndefined();
  await execute(
    database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dtms-rollout'`,
  );
  await eventually(() => expect(first?.lost).toBe(true));
  const second = await eventually(async () => {
    const hold = await rollouts.hold();
    if (hold === undefined) throw new Error('not free');
    return hold;
  });
  await second.release();
  await first?.release();
});
