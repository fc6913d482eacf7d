// Where failures go that nobody waits for.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inBackground, over, pause, toldElsewhere } from '../../../src/observability/background.js';
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
