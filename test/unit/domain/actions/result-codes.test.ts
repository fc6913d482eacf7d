// What a broker's return code means: the table of the specification, written out here on its own.

import { describe, expect, it } from 'vitest';
import { outcomeOf as meaningOf, outcomeTold } from '../../../../src/domain/actions/result-codes.js';
import type { ActionOutcome } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';

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
  ['DONE', [10009, 10010]],
  ['NO_CHANGE', [10025]],
  ['RETRYABLE', [10004, 10020, 10021, 10024, 10028, 10038]],
  ['REJECTED', [10014, 10016, 10017, 10019, 10046]],
  ['UNKNOWN', [10008, 10011, 10012, 10031]],
  ['MARKET_CLOSED', [10018]],
];

/** Of an answer that tells the volume. */
const outcomeOf = (code: number, type: ActionType): ActionOutcome => meaningOf({ code, volume: 0.1 }, type);

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
    expect(done).toEqual([10009, 10010]);
  });

  it('of a part that was filled, without its volume, is UNKNOWN for what deals, and changes nothing else', () => {
    const untold = (code: number) => TYPES.map((type) => meaningOf({ code, volume: null }, type));
    const moves = ['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN'];
    expect(untold(10010)).toEqual(TYPES.map((type) => (moves.includes(type) ? 'DONE' : 'UNKNOWN')));
    for (const [outcome, codes] of TABLE) {
      for (const code of codes.filter((each) => each !== 10010)) {
        expect(untold(code)).toEqual(TYPES.map(() => outcome));
      }
    }
  });

  it('that leaves the end open is not DONE because a report says so, unless it tells what was dealt', () => {
    const nothing = { volume: null, openedTicket: null, dealTicket: null };
    const evidence = [{ volume: 0.1 }, { openedTicket: 7n }, { dealTicket: 8n }];
    for (const code of [10008, 10010, 10011, 10012, 10031]) {
      expect(outcomeTold('DONE', { ...nothing, code }, 'PARTIAL_CLOSE')).toBe('UNKNOWN');
      expect(outcomeTold('RETRYABLE', { ...nothing, code }, 'PARTIAL_CLOSE')).toBe('RETRYABLE');
      const shown = evidence.map((each) =>
        outcomeTold('DONE', { ...nothing, ...each, code }, 'PARTIAL_CLOSE'),
      );
      // Of a part only its volume tells how much.
      const byTicket = code === 10010 ? 'UNKNOWN' : 'DONE';
      expect(shown).toEqual(['DONE', byTicket, byTicket]);
    }
    // No code, or a broker's own, says nothing against it.
    for (const code of [0, 10009, 99_999]) {
      expect(outcomeTold('DONE', { ...nothing, code }, 'PARTIAL_CLOSE')).toBe('DONE');
    }
  });
});
