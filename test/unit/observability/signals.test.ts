// Work that ends with the first of several signals or in time, whatever the collector does meanwhile.
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { pause } from '../../../src/observability/background.js';
import { underSignals, within } from '../../../src/observability/signals.js';
import { collecting } from '../../support/collecting.js';

const NEVER = 60_000;

test('a time limit holds although garbage is collected meanwhile, and says that it was the time', async () => {
  const caller = new AbortController();
  const reasons = Array.from({ length: 20 }, () =>
    within(200, caller.signal, async (signal) => {
      await pause(NEVER, signal);
      return signal.reason;
    }),
  );
  for (const reason of await collecting(Promise.all(reasons)))
    expect(reason).toMatchObject({ name: 'TimeoutError' });
});

test.each([0, 1])('source %i ends the work, with its reason', async (index) => {
  const sources = [new AbortController(), new AbortController()];
  const work = underSignals([sources[0]?.signal, undefined, sources[1]?.signal], async (signal) => {
    await pause(NEVER, signal);
    return signal.reason;
  });
  await sleep(1);
  sources[index]?.abort('enough');
  expect(await collecting(work)).toBe('enough');
});

test('a source that has ended before ends it at once', async () => {
  const ended = AbortSignal.abort('before');
  expect(await underSignals([new AbortController().signal, ended], async ({ reason }) => reason)).toBe(
    'before',
  );
  expect(await within(NEVER, ended, async ({ reason }) => reason)).toBe('before');
});

test('nothing is left in a source, however the work ends', async () => {
  const { signal } = new AbortController();
  expect(await within(NEVER, signal, async () => 7)).toBe(7);
  await expect(underSignals([signal], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
