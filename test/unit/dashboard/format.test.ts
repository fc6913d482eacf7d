// How numbers and durations read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as format from '../../../src/http/dashboard/ui/format.js';

test('what is not known is a dash, never a zero', () => {
  const all = [
    format.decimal(undefined, 2),
    format.signed(undefined, 1),
    format.price(undefined, 5),
    format.lots(undefined),
    format.rMultiple(undefined),
    format.integer(undefined),
    format.percent(undefined),
    format.duration(undefined),
    format.delay(undefined),
    format.ago(undefined),
    format.mebibytes(undefined),
    format.decimal(Number.NaN, 2),
  ];
  expect(new Set(all)).toEqual(new Set([format.UNKNOWN]));
});

test('signs: a true minus, a plus, and neither for what rounds to zero', () => {
  expect(format.signed(-1.25, 2)).toBe('−1.25');
  expect(format.signed(1.25, 2)).toBe('+1.25');
  expect(format.signed(-0.001, 2)).toBe('0.00');
  expect(format.signed(0.001, 2)).toBe('0.00');
  expect(format.decimal(-1234567.8, 1)).toBe('−1,234,567.8');
});

test('lots have as many decimals as they need, and two at least', () => {
  expect([1, 0.1 + 0.2, 0.125, 1000].map(format.lots)).toEqual(['1.00', '0.30', '0.125', '1000.00']);
});

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 m 00 s'],
  [3_599_000, '59 m 59 s'],
  [3_600_000, '1 h 00 m'],
  [90_000_000, '1 d 1 h'],
])('%d ms is %s', (ms, text) => {
  expect(format.duration(ms)).toBe(text);
});

test('a longer duration never reads shorter', () => {
  const seconds = (text: string) =>
    [...text.matchAll(/(\d+) ([smhd])/g)].reduce(
      (sum, [, value, unit]) => sum + Number(value) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), (one, more) => {
      expect(seconds(format.duration(one + more))).toBeGreaterThanOrEqual(seconds(format.duration(one)));
    }),
  );
});

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

test("an enum's value reads as words, with abbreviations in capitals", () => {
  expect(format.words('ACTION_TYPE_MOVE_SL_BREAKEVEN', 'ACTION_TYPE_')).toBe('move SL breakeven');
  expect(format.words('SIGNAL_EMA_ALIGNMENT', 'SIGNAL_')).toBe('EMA alignment');
  expect(format.words('ACTION_TYPE_PARTIAL_CLOSE', 'ACTION_TYPE_')).toBe('partial close');
});
