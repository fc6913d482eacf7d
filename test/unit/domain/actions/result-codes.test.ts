// What a broker's return code means: the table of the specification, written out here on its own.
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../../../src/domain/result-codes.js';
import type { ActionOutcome, ActionType } from '../../../../src/domain/types.js';

const TYPES: readonly ActionType[] = [
  'TIGHTEN_SL',
  'TRAIL_SL',
  'MOVE_SL_BREAKEVEN',
  'PARTIAL_CLOSE',
  'OPEN_HEDGE',
  'CLOSE_HEDGE',
  'CLOSE_ALL',
  'RE_ADD',
];

const TABLE: readonly (readonly [ActionOutcome, readonly number[]])[] = [
  ['DONE', [10008, 10009, 10010]],
  ['NO_CHANGE', [10025]],
  ['RETRYABLE', [10004, 10020, 10021, 10024, 10028]],
  ['REJECTED', [10014, 10016, 10017, 10019, 10046]],
  ['UNKNOWN', [10011, 10012, 10031]],
  ['MARKET_CLOSED', [10018]],
];

describe('a result code', () => {
  it.each(TABLE.flatMap(([outcome, codes]) => codes.map((code) => [code, outcome] as const)))(
    '%d is %s, for every type of action',
    (code, outcome) => {
      expect(TYPES.map((type) => outcomeOf(code, type))).toEqual(TYPES.map(() => outcome));
    },
  );

  it.each([0, -1, 1, 10000, 10037, 10047, 99_999, Number.NaN, 10009.5])(
    '%d, which nobody knows, may mean anything',
    (code) => {
      expect(outcomeOf(code, 'CLOSE_ALL')).toBe('UNKNOWN');
    },
  );

  it('for a position that is closed already is success for what closes, and a refusal for the rest', () => {
    const closes = TYPES.filter((type) => outcomeOf(10036, type) === 'NO_CHANGE');
    expect(closes).toEqual(['CLOSE_HEDGE', 'CLOSE_ALL']);
    const others = TYPES.filter((type) => !closes.includes(type));
    expect(others.map((type) => outcomeOf(10036, type))).toEqual(others.map(() => 'REJECTED'));
  });

  it('never says DONE of an order the broker did not take', () => {
    const done = Array.from({ length: 200 }, (_, i) => 9950 + i).filter(
      (code) => outcomeOf(code, 'PARTIAL_CLOSE') === 'DONE',
    );
    expect(done).toEqual([10008, 10009, 10010]);
  });
});
