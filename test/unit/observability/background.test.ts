// Where failures go that nobody waits for.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  inBackground,
  over,
  pause,
  RepeatedWork,
  toldElsewhere,
} from '../../../src/observability/background.js';
import { eventually } from '../../support/eventually.js';
import { strayFailures } from '../../support/stray-failures.js';

test('a failure of work that is left to itself goes to whom it is given, else to the process', async () => {
  const reached = strayFailures();
  const given: unknown[] = [];
  inBackground(Promise.reject(new Error('looked after')), (error) => given.push(error));
  inBackground(Promise.reject(new Error('a bug')));
  inBackground(Promise.resolve(1), (error) => given.push(error));
  await turn();
  await turn();
  expect(given).toEqual([new Error('looked after')]);
  expect(reached).toEqual([new Error('a bug')]);
});

test('a failure that is told elsewhere reaches who waits, and not the process', async () => {
  const reached = strayFailures();
  const failing = Promise.reject(new Error('told'));
  toldElsewhere(failing);
  await turn();
  await turn();
  await expect(failing).rejects.toThrow('told');
  expect(reached).toEqual([]);
});

test('over() waits for work however it ends', async () => {
  await over(Promise.reject(new Error('no matter')));
  let done = false;
  await over(
    turn().then(() => {
      done = true;
    }),
  );
  expect(done).toBe(true);
});

test('a pause ends with its signal, also with one that aborted before', async () => {
  const ending = new AbortController();
  const waiting = pause(1_000_000, ending.signal);
  ending.abort();
  await waiting;
  await pause(1_000_000, AbortSignal.abort());
  await pause(1);
});

test('repeated work goes on after each failure, never twice at once, and ends after the turn under way', async () => {
  const failures: unknown[] = [];
  const ends: (() => void)[] = [];
  let atOnce = 0;
  const repeated = new RepeatedWork({
    work: async () => {
      atOnce += 1;
      expect(atOnce).toBe(1);
      await new Promise<void>((resolve) => ends.push(resolve));
      atOnce -= 1;
      throw new Error(`turn ${ends.length}`);
    },
    everyMs: () => 0,
    failed: (error) => failures.push(error),
  });
  repeated.start();
  for (const turns of [1, 2, 3]) {
    await eventually(() => expect(ends.length).toBe(turns));
    if (turns < 3) ends[turns - 1]?.();
  }
  let isOver = false;
  const stopping = repeated.stop().then(() => {
    isOver = true;
  });
  await turn();
  expect([isOver, repeated.isStopped]).toEqual([false, true]);
  ends[2]?.();
  await stopping;
  expect(failures).toEqual([1, 2, 3].map((number) => new Error(`turn ${number}`)));
  expect(ends.length).toBe(3);
});
