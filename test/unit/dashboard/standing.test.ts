// Whether a trade is shown as defended: never where DTMS only observes its account, whatever its policy says.
import { expect, test } from 'vitest';
import { isObservedBy, standingOf } from '../../../src/http/dashboard/data/policy.js';

const observing = (account: string) => ({ kind: 'ALARM_KIND_OBSERVING', account }) as const;
const OF_A_POLICY = { kind: 'ALARM_KIND_POLICY_OBSERVING', account: 'demo' } as const;

function standing(alarms: Parameters<typeof isObservedBy>[0]): string {
  const trade = { account: 'demo', policy: undefined };
  return standingOf(
    trade,
    { isObserved: (account) => isObservedBy(alarms, account) },
    { standing: () => 'enforces' },
  );
}

test('an account that is only observed has no defended trade, nor has a server that only observes', () => {
  expect(standing([])).toBe('enforces');
  expect(standing([observing('other'), OF_A_POLICY])).toBe('enforces');
  expect(standing([observing('demo')])).toBe('observes');
  expect(standing([observing('')])).toBe('observes');
});

test('where not every observed account is listed, none counts as defended', () => {
  const many = Array.from({ length: 50 }, (_, index) => observing(`a${index}`));
  expect(standing(many.slice(1))).toBe('enforces');
  expect(standing(many)).toBe('observes');
});
