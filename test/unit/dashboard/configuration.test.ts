// What a page takes from the server's configuration.
import { expect, test } from 'vitest';
import {
  keysText,
  levelsOf,
  limitsText,
  settingAt,
  settingsOf,
} from '../../../src/http/dashboard/data/configuration.js';

const CONFIGURATION = {
  environment: 'staging',
  rules: { actions: { retryMs: [1000, 60_000] }, states: { l1Score: -1.5, hedgeScore: -7 } },
};

test("the server's levels, and the default where it says nothing", () => {
  expect(levelsOf(CONFIGURATION)).toEqual({
    ...{ l1Score: -1.5, l2Score: -4, hedgeScore: -7, recoverScore: 1 },
    configured: true,
  });
});

test('who may not read it has the defaults, and is told so', () => {
  expect(levelsOf(undefined)).toEqual({
    ...{ l1Score: -2, l2Score: -4, hedgeScore: -6, recoverScore: 1 },
    configured: false,
  });
});

test('every setting by its path', () => {
  expect(settingAt(CONFIGURATION, 'rules.states.l1Score')).toBe(-1.5);
  expect(settingAt(CONFIGURATION, 'rules.nothing.here')).toBeUndefined();
  expect(settingsOf(CONFIGURATION)).toEqual([
    ['environment', 'staging'],
    ['rules.actions.retryMs', '1000, 60000'],
    ['rules.states.l1Score', '-1.5'],
    ['rules.states.hedgeScore', '-7'],
  ]);
});

test.each([
  ['required', true, 'required'],
  ['open', false, 'open: no key needed'],
  ['open', true, 'open: no key needed'],
  ['auto', false, 'not needed until one exists'],
  ['auto', true, 'required, because one exists'],
])('keys %s, answered to a key %s: %s', (mode, hasKey, text) => {
  expect(keysText(mode, hasKey)).toBe(text);
});

test.each([
  ['on', 'auto', false, 'on'],
  ['off', 'required', true, 'off'],
  ['auto', 'required', true, 'on'],
  ['auto', 'auto', true, 'on'],
  ['auto', 'auto', false, 'off until a key is needed'],
  ['auto', 'open', false, 'on, except for callers without a key on this machine'],
])('limits %s, keys %s, answered to a key %s: %s', (mode, access, hasKey, text) => {
  expect(limitsText(mode, access, hasKey)).toBe(text);
});
