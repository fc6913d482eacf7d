// Lots that are taken back leave the results of their position that were written last, a part of a result too, and no other.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { volumeSum } from '../../../src/domain/actions/quantise.js';
import { LEGS, type RealisedResult, shrunkTo, type TakenBack } from '../../../src/domain/money/realised.js';
import type { Leadership, Store } from '../../../src/store/store.js';
import { runs } from '../../support/properties.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
let store: Store;
let term: Leadership;
let tickets = 0;
beforeAll(async () => {
  fixture = await StoreFixture.create();
  ({ store, term } = await fixture.lead());
});
afterAll(() => fixture.close());

const place = fc.record({
  leg: fc.constantFrom(...LEGS),
  hedge: fc.constantFrom(7n, 8n),
  other: fc.boolean(),
});
const lots = fc.integer({ min: 1, max: 60 }).map((units) => units / 100);
const step = fc.record({
  kind: fc.constantFrom('close', 'close', 'take back', 'book'),
  ...{ place, lots, profit: fc.integer({ min: -9999, max: 9999 }), isKnown: fc.boolean() },
});

type Row = RealisedResult & { readonly revision: number };

test('in any course, by amount to the cent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      tickets += 2;
      const trades = [makeTrade(tickets), makeTrade(tickets + 1)];
      let revision = await term.writer.commit(batchOf(trades)).then(({ head }) => head);
      let rows: Row[] = [];
      for (const { kind, lots: volume, profit, isKnown, place: where } of steps) {
        const trade = trades[where.other ? 1 : 0];
        if (trade === undefined) throw new Error('there are two');
        const { account, ticket, symbol } = trade.spec;
        const position = where.leg === 'POSITION' ? ticket : where.hedge;
        const isOfIt = (row: Row) =>
          row.ticket === ticket && row.leg === where.leg && row.position === position;
        if (kind === 'close') {
          const [money, obstacle] = isKnown ? [(profit / 100).toFixed(2), null] : [null, 'PRICE' as const];
          const result: RealisedResult = {
            ...{ account, ticket, symbol, at: 1, leg: where.leg, position, direction: 'BUY', volume },
            ...{ entryPrice: 1, exitPrice: 2, currency: 'USD', profit: money, obstacle },
            ...{ commission: '0.07', swap: '-1.50', ...(isKnown ? { deals: [1n] } : {}) },
          };
          const next = moved(trade, trade.state);
          trades[where.other ? 1 : 0] = next;
          const batch = batchOf([next], { realised: [{ ...result, eventIndex: 0 }] });
          revision = (await term.writer.commit(batch)).head;
          rows.push({ ...result, revision });
        } else if (kind === 'book') {
          const row = rows.findLast(isOfIt);
          if (row === undefined) continue;
          const booked = { ...row, profit: (profit / 100).toFixed(2), obstacle: null, deals: [5n] };
          // What was looked up before lots were taken back comes too late.
          const stale = { ...booked, volume: volumeSum(row.volume, 0.01) };
          await term.writer.commit(batchOf([], { booked: [isKnown ? booked : stale] }));
          if (isKnown) rows = rows.map((each) => (each === row ? booked : each));
        } else {
          const back: TakenBack = { account, ticket, leg: where.leg, position, volume };
          await term.writer.commit(batchOf([], { takenBack: [back] }));
          rows = without(rows, isOfIt, volume);
        }
      }
      const keys = trades.map(({ spec }) => spec);
      const byRevision = (all: readonly Row[]) => all.toSorted((a, b) => a.revision - b.revision);
      expect(byRevision(await store.results.ofTrades(keys))).toEqual(byRevision(rows));
    }),
    { numRuns: runs(25) },
  );
});

function without(rows: readonly Row[], isOfIt: (row: Row) => boolean, volume: number): Row[] {
  let left = volume;
  return rows
    .toReversed()
    .flatMap((row) => {
      if (!isOfIt(row) || left <= 0) return [row];
      const kept = volumeSum(row.volume, -left);
      left = Math.max(0, -kept);
      return kept > 0 ? [shrunkTo(row, kept)] : [];
    })
    .toReversed();
}
