// A server that waits for the lead asks again and again, by one session of the database.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Leadership } from '../../../src/store/store.js';
import { eventually, until } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

/** Of those who do not lead: the leader's session has its address as well. */
const CANDIDATES = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dtms-leader'`;

async function leader(): Promise<Leadership> {
  const store = await fixture.open();
  return store.lead({ onLost: () => undefined, address: '127.0.0.1:1' });
}

test('a server that waits for the lead asks by one session, and ends it when it gives up', async () => {
  const term = await leader();
  const second = await fixture.open();
  const sessions = async (): Promise<number[]> =>
    (await execute(fixture.database.url, `SELECT pid ${CANDIDATES}`)).rows.map(({ pid }) => pid);
  const stop = new AbortController();
  let tries = 0;
  const options = { onLost: () => undefined, onOther: () => (tries += 1), signal: stop.signal };
  const waiting = second.lead(options).catch((error: unknown) => error);
  await until('it was asked', () => tries >= 2);
  const before = await sessions();
  expect(before).toHaveLength(1);
  await until('it was asked', () => tries >= 5);
  expect(await sessions()).toEqual(before);
  stop.abort(new Error('enough'));
  expect(await waiting).toMatchObject({ message: 'enough' });
  await eventually(async () => expect(await sessions()).toEqual([]));
  await term.release();
});

test('a server whose session broke while it waited waits on by another', async () => {
  const term = await leader();
  const second = await fixture.open();
  let tries = 0;
  let failures = 0;
  // As the composition does: what fails is tried again.
  const lead = async (): Promise<Leadership> => {
    for (;;) {
      try {
        return await second.lead({ onLost: () => undefined, onOther: () => (tries += 1) });
      } catch {
        failures += 1;
      }
    }
  };
  const waiting = lead();
  await until('it was asked', () => tries >= 2);
  await execute(fixture.database.url, `SELECT pg_terminate_backend(pid) ${CANDIDATES}`);
  const seen = tries;
  await until('it was asked', () => tries >= seen + 2);
  expect(failures).toBeLessThanOrEqual(1);
  await term.release();
  const next = await waiting;
  expect(next.evaluatorEpoch).toBe(term.evaluatorEpoch + 1);
  await next.release();
});
