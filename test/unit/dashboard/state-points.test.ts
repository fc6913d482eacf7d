// How the trades stand now, as the last point of the states over time.
import { expect, test } from 'vitest';
import { presentPoint } from '../../../src/http/dashboard/pages/state-points.js';
import { OPEN_STATES } from '../../../src/http/dashboard/ui/states.js';
import { tradeJson } from '../../support/trade-json.js';

test('counts every open state, and no closed trade', () => {
  const states = ['HEALTHY', 'HEDGED', 'HEALTHY', 'CLOSED'].map((name) => `TRADE_STATE_${name}`);
  const { time, tradesByState } = presentPoint(
    states.map((state) => tradeJson({ state })),
    Date.UTC(2026, 0, 2),
  );
  expect(time).toBe('2026-01-02T00:00:00.000Z');
  expect(tradesByState.map(({ state }) => state)).toEqual(OPEN_STATES.map(({ state }) => state));
  const counts = Object.fromEntries(tradesByState.map(({ state, trades }) => [state, trades]));
  expect(counts).toMatchObject({
    TRADE_STATE_HEALTHY: '2',
    TRADE_STATE_HEDGED: '1',
    TRADE_STATE_RECOVERING: '0',
  });
});
