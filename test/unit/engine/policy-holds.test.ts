// Closes by policies and the circuit breaker: by the market's usual hours they are meant of all trades at once, by hours or news
// that somebody told they may be a mistake, and wait for a person.
import { expect, test } from 'vitest';
import type { Instrument } from '../../../src/domain/market/data.js';
import type { ProtectiveRule } from '../../../src/domain/policy/protective-rules.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { holdPlanned } from '../../../src/engine/holds.js';
import { NO_PLAN, policyOf } from '../../support/policies.js';
import { barItem, flatBar, take } from '../../support/scripted-view.js';
import { specOf, TERMS } from '../../support/trades.js';

const M15 = 900_000;
/** A Friday, an hour and a quarter before the FX week ends. */
const FRIDAY = Date.UTC(2025, 5, 6, 19, 45);
const WEEK: Instrument['tradingHours'] = {
  zone: 'UTC',
  sessions: [{ opens: 0, closes: 4 * 1440 + 21 * 60 }],
};

/** The states of the closes of four trades, when the bar closes that is so near. */
function closes(rule: ProtectiveRule, terms: Partial<Instrument> = {}, isNews = false): string[] {
  const engine = new Engine(DEFAULT_RULES);
  const symbol = 'EURUSD';
  engine.upsertInstrument({ ...TERMS, symbol, ...terms });
  if (isNews)
    engine.upsertNews({
      eventId: 'n1',
      time: FRIDAY + 45 * 60_000,
      currency: 'USD',
      title: 'NFP',
      impact: 'HIGH',
    });
  engine.policies.upsert(policyOf({ plan: NO_PLAN, rules: [rule] }), () => true);
  const bar = (time: number) => barItem(flatBar(time, 100), 'M15', symbol);
  take(engine, 'default', bar(FRIDAY - M15));
  for (let ticket = 1n; ticket <= 4n; ticket += 1n)
    engine.register(specOf({ ticket, symbol, openedAt: FRIDAY - M15 }), FRIDAY);
  take(engine, 'default', bar(FRIDAY));
  holdPlanned(engine, engine.undrained, FRIDAY);
  return [...engine.trades()].flatMap(({ actions }) =>
    actions.map(({ type, status }) => `${type} ${status}`),
  );
}

const before = (what: 'weekend' | 'session_end' | 'news'): ProtectiveRule => ({
  ...{ kind: 'close_before', what, minutes: 60, when: 'always' },
});
const ALL = (status: string) => Array.from({ length: 4 }, () => `CLOSE_ALL ${status}`);

test('before the weekend and the session end by the usual hours all of them go out', () => {
  expect(closes(before('weekend'))).toEqual(ALL('PENDING'));
  expect(closes(before('session_end'))).toEqual(ALL('PENDING'));
});

test('by hours or news that somebody told, and by any other rule, they are held', () => {
  expect(closes(before('weekend'), { tradingHours: WEEK })).toEqual(ALL('HELD'));
  expect(closes(before('news'), {}, true)).toEqual(ALL('HELD'));
  expect(closes({ kind: 'time_stop', bars: 1, when: 'always' })).toEqual(ALL('HELD'));
});
