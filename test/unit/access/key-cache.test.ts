// How long keys are remembered, and how much memory that takes.
import { describe, expect, test } from 'vitest';
import { KeyCache } from '../../../src/access/key-cache.js';
import type { StoredKey } from '../../../src/store/types.js';
import { storedKey } from '../../support/keys.js';

const LIMITS = { entries: 3, knownMs: 4000, unknownMs: 1000 };

function scene(...keys: StoredKey[]) {
  const clock = { now: 0 };
  const table = new Map(keys.map((key) => [key.keyId, key]));
  const asked: string[][] = [];
  let failing = false;
  const find = async (ids: readonly string[]) => {
    asked.push([...ids]);
    if (failing) throw new Error('away');
    return ids.flatMap((id) => table.get(id) ?? []);
  };
  const cache = new KeyCache(find, LIMITS, () => clock.now);
  return { clock, table, asked, cache, fail: (now: 'fails' | 'works') => (failing = now === 'fails') };
}

describe('a key', () => {
  test('is asked for once in its time, and anew after it', async () => {
    const { cache, clock, asked, table } = scene(storedKey('a'));
    expect((await cache.get('a')).key?.keyId).toBe('a');
    clock.now = 3999;
    expect(cache.get('a')).not.toBeInstanceOf(Promise);
    table.delete('a');
    clock.now = 4000;
    expect((await cache.get('a')).key).toBeNull();
    expect(asked).toEqual([['a'], ['a']]);
  });

  test('that is not there is asked for again sooner', async () => {
    const { cache, clock, table } = scene();
    expect((await cache.get('a')).key).toBeNull();
    table.set('a', storedKey('a'));
    clock.now = 999;
    expect((await cache.get('a')).key).toBeNull();
    clock.now = 1000;
    expect((await cache.get('a')).key?.keyId).toBe('a');
  });

  test('is as old as the question, not as its answer', async () => {
    const { cache, clock } = scene(storedKey('a'));
    const answer = cache.get('a');
    // The look-up begins.
    await Promise.resolve();
    clock.now = 3000;
    await answer;
    clock.now = 4000;
    expect(cache.get('a')).toBeInstanceOf(Promise);
  });

  test('ends by the clock it was read with', async () => {
    const { cache, clock } = scene(storedKey('a', { remainingMs: 70 }));
    clock.now = 5;
    expect((await cache.get('a')).endsAt).toBe(75);
  });

  test('is asked for once by many', async () => {
    const { cache, asked } = scene(storedKey('a'));
    await Promise.all(Array.from({ length: 50 }, () => cache.get('a')));
    expect(asked).toEqual([['a']]);
  });

  test('is looked up with the others that are asked for meanwhile, one look-up at a time', async () => {
    const { cache, asked } = scene();
    const ids = Array.from({ length: 1200 }, (_, index) => `guess-${index}`);
    const first = cache.get('a');
    await Promise.resolve();
    await Promise.all([first, ...ids.map((id) => cache.get(id))]);
    expect(asked.map((batch) => batch.length)).toEqual([1, 500, 500, 200]);
  });

  test('whose look-up failed is asked for again', async () => {
    const { cache, fail } = scene(storedKey('a'));
    fail('fails');
    await expect(cache.get('a')).rejects.toThrow('away');
    fail('works');
    expect((await cache.get('a')).key?.keyId).toBe('a');
  });

  test('stays remembered however many ids are guessed', async () => {
    const { cache, asked } = scene(storedKey('a'));
    await cache.get('a');
    for (let i = 0; i < 100; i += 1) await cache.get(`guess-${i}`);
    expect(cache.get('a')).not.toBeInstanceOf(Promise);
    // Of the guesses only the last few are.
    asked.length = 0;
    await cache.get('guess-99');
    await cache.get('guess-0');
    expect(asked).toEqual([['guess-0']]);
  });

  test('that was known longest ago gives way', async () => {
    const { cache } = scene(...['a', 'b', 'c', 'd'].map((id) => storedKey(id)));
    for (const id of ['a', 'b', 'c', 'd']) await cache.get(id);
    expect(cache.get('d')).not.toBeInstanceOf(Promise);
    expect(cache.get('a')).toBeInstanceOf(Promise);
  });
});
