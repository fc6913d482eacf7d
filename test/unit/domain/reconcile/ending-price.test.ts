// What a trade ended at where only its deals since it was opened are known: lots closed before it was registered are none of it.
import { expect, it } from 'vitest';
import { dealOf, reconciled, snapshotOf } from '../../../support/broker-snapshots.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

it('a close before the trade was registered is not in its price', () => {
  const deals = [
    dealOf({ deal: 1n, entry: 'IN', direction: 'BUY', volume: 2, price: 100, time: T0 }),
    dealOf({ deal: 2n, volume: 1, price: 97, time: T0 + MINUTE }),
    dealOf({ deal: 3n, volume: 1, price: 90, time: T0 + 30 * MINUTE }),
  ];
  const { trade, events } = reconciled(
    tradeOf({ volume: 1 }, { volume: 1 }),
    snapshotOf([], { deals, dealsSince: T0 }),
  );
  expect(trade).toMatchObject({ state: 'CLOSED', closePrice: 90 });
  expect(events.at(-1)?.change).not.toHaveProperty('exitPrice');
});
