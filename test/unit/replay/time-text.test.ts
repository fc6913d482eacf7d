import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wallTime } from '../../../src/replay/input/time-text.js';

/** UTC ms of a text whose date says its order itself. */
function parseTime(text: string): number | null {
  const time = wallTime(text, null);
  return time === null ? null : time.wall - (time.offset ?? 0);
}

const JANUARY = Date.UTC(2025, 0, 2, 3, 4, 5);

describe('times in market data files', () => {
  it.each([
    ['2025-01-02T03:04:05Z', JANUARY],
    ['2025-01-02 03:04:05', JANUARY],
    ['2025-01-02 03:04:05.000000', JANUARY],
    ['2025-01-02 03:04:05+00:00', JANUARY],
    ['2025-01-02T05:04:05+02:00', JANUARY],
    ['2025-01-01 21:34:05-0530', JANUARY],
    ['2025-01-02 03:04:05 UTC', JANUARY],
    ['2025.01.02 03:04:05', JANUARY],
    ['2025/01/02 03:04:05', JANUARY],
    ['2025年01月02日 03:04:05', JANUARY],
    ['2025年1月2日3:04:05', JANUARY],
    ['2025年1月2日', Date.UTC(2025, 0, 2)],
    ['20250102 030405', JANUARY],
    ['20250102030405', JANUARY],
    ['20250102030405000', JANUARY],
    ['202501020304', JANUARY - 5000],
    ['02.01.2025 03:04:05.000', JANUARY],
    ['2025.01.02 03:04', JANUARY - 5000],
    ['2025.01.02', Date.UTC(2025, 0, 2)],
    ['20250102', Date.UTC(2025, 0, 2)],
    ['1735787045', JANUARY],
    ['1735787045.0', JANUARY],
    ['1735787045000', JANUARY],
    ['1735787045000000', JANUARY],
    ['1735787045000000000', JANUARY],
    ['  2025-01-02 03:04:05 ', JANUARY],
  ])('reads %s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    '',
    'yesterday',
    '2025-13-01 00:00',
    '2025-02-30 00:00',
    '2025-01-02 24:00:00',
    '2025-01-02 03:60',
    '01/02/2025 03:04',
    '2025-01.02 03:04',
    '12',
    'NaN',
    // No place's clock.
    '2025-01-02T03:04:05+99:00',
    '2025-01-02T03:04:05+02:75',
    '2025-01-02T03:04:05-14:01',
  ])('refuses %s', (text) => {
    expect(parseTime(text)).toBeNull();
  });

  it.each([
    ['13/01/99', 1999],
    ['13/01/70', 1970],
    ['13/01/69', 2069],
    ['13/01/26', 2026],
  ])('reads %s as of %d', (text, year) => {
    expect(wallTime(text, 'dmy')?.wall).toBe(Date.UTC(year, 0, 13));
  });

  it('reads back every time it is given in any of its notations', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10 ** 9, max: 4 * 10 ** 9 }), (seconds) => {
        const time = seconds * 1000;
        const iso = new Date(time).toISOString();
        const spaced = iso.slice(0, 19).replace('T', ' ');
        for (const text of [iso, spaced, spaced.replaceAll('-', '.'), String(seconds), String(time)]) {
          expect(parseTime(text)).toBe(time);
        }
      }),
    );
  });
});
