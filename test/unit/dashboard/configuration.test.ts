// What a page takes from the server's configuration.
import { expect, test } from 'vitest';
import { levelsOf, settingAt, settingsOf } from '../../../src/http/dashboard/data/configuration.js';

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
