// How many settings of flags there may be: one more is refused, and one that is instead of another is taken all the same.
import { expect, test } from 'vitest';
import type { Deciding, Issuer } from '../../../src/commands/command.js';
import { setFeatureFlag } from '../../../src/commands/flags.js';
import { MOST_SETTINGS } from '../../../src/domain/flags/flag-book.js';
import { Flags } from '../../../src/engine/flags.js';

test('where no more can be set, what is set already can be switched off', () => {
  const flags = new Flags();
  const term = { engine: { flags }, databaseNow: () => 1000 } as unknown as Deciding;
  const issuer = { method: 'SetFeatureFlag', principal: { name: 'ann', id: '1' } } as Issuer;
  const set = (account: string, value: boolean) =>
    setFeatureFlag(
      { flag: 'enforce', value, account, symbol: '', percent: 100, by: '', reason: 'a test', seconds: 0 },
      issuer,
    ).apply(term);
  for (let number = 0; number < MOST_SETTINGS; number += 1) set(`a-${number}`, true);
  expect(() => set('one-more', false)).toThrow(String(MOST_SETTINGS));
  expect(flags.off('enforce', 'one-more', '')).toBeNull();
  set('a-7', false);
  expect(flags.off('enforce', 'a-7', '')).toMatchObject({ flag: 'enforce', variant: 'off' });
  expect(flags.book.settings).toHaveLength(MOST_SETTINGS);
});
