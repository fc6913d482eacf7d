// Owns any trading hours a broker may tell, for laws about them.
import fc from 'fast-check';
import { WEEK_MINUTES, type WeekHours } from '../../src/domain/market/week-hours.js';

/** In zones that change their clocks, in both hemispheres, and in some that do not. */
export const anyHours: fc.Arbitrary<WeekHours> = fc
  .record({
    zone: fc.oneof(
      fc.constantFrom('Europe/Athens', 'America/New_York', 'Asia/Kolkata', 'UTC', 'Pacific/Auckland'),
      fc.integer({ min: -720, max: 840 }),
    ),
    bounds: fc.uniqueArray(fc.integer({ min: 0, max: WEEK_MINUTES }), { minLength: 2, maxLength: 12 }),
  })
  .map(({ zone, bounds }) => {
    const sorted = [...bounds].sort((a, b) => a - b);
    const pairs = Math.floor(sorted.length / 2);
    const sessions = Array.from({ length: pairs }, (_, index) => ({
      opens: sorted[2 * index] ?? 0,
      closes: sorted[2 * index + 1] ?? WEEK_MINUTES,
    }));
    return { zone, sessions };
  });
