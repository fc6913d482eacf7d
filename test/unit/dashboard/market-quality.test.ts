// What the table of markets says of the bars that arrive, before and after there are enough of them for a score.
import { expect, test } from 'vitest';
import { qualityText } from '../../../src/http/dashboard/ui/format.js';

test.each([
  [{ quality: 'DATA_QUALITY_FULL' }, 'too few bars'],
  [{ quality: 'DATA_QUALITY_FULL', sellScore: 0 }, 'full'],
  [{ quality: 'DATA_QUALITY_DEGRADED', buyScore: -1.5, sellScore: 1.5 }, 'degraded'],
] as const)('%j is %s', (market, text) => {
  expect(qualityText(market)).toBe(text);
});
