// Brokers that date deals in whole seconds: what closed a position after a snapshot showed it is dated before that snapshot. It
// ends the trade at once all the same, and a part that the snapshot showed to be gone already does not.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BrokerDeal } from '../../../../src/domain/broker/snapshot.js';
import { dealOf, positionOf, snapshotOf, TAKEN } from '../../../support/broker-snapshots.js';
import { runs } from '../../../support/properties.js';
import { Reconciling } from '../../../support/reconciling.js';
import { tradeOf } from '../../../support/trades.js';

const rounded = (lots: number) => Math.round(lots * 100) / 100;

interface Happening {
  readonly afterMs: number;
  /** Hundredths of a lot that are closed; 0 for a snapshot. */
  readonly closes: number;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.integer({ min: 1, max: 900 }),
  closes: fc.oneof(fc.constant(0), fc.constantFrom(10, 30, 50, 100)),
});

test('law: an empty snapshot ends a trade at once where deals ended it, and only there', () => {
  const seen = { sameSecond: 0, ended: 0, parts: 0 };
  const dates = fc.constantFrom(1, 1000);
  fc.assert(
    fc.property(dates, fc.array(happening, { minLength: 1, maxLength: 10 }), (resolution, course) => {
      const account = new Reconciling([tradeOf()]);
      const deals: BrokerDeal[] = [];
      let [now, lots, shownAt] = [TAKEN, 1, TAKEN];
      const snapshot = (positions: 'shown' | 'missing') => {
        const position = positionOf(tradeOf(), { volume: lots });
        const shown = positions === 'shown' ? [position] : [];
        return account.reconcile(snapshotOf(shown, { takenAt: now, deals: [...deals] }));
      };
      snapshot('shown');
      for (const { afterMs, closes } of course) {
        if (lots === 0) break;
        now += afterMs;
        if (closes === 0) {
          snapshot('shown');
          shownAt = now;
          continue;
        }
        const volume = Math.min(closes / 100, lots);
        lots = rounded(lots - volume);
        const time = Math.floor(now / resolution) * resolution;
        deals.push(dealOf({ deal: BigInt(900 + deals.length), volume, time }));
      }
      now += 1;
      const { closed } = snapshot('missing');
      expect(closed).toEqual(lots === 0 ? [1n] : []);
      const last = deals.at(-1)?.time ?? 0;
      seen.ended += lots === 0 ? 1 : 0;
      seen.sameSecond += lots === 0 && last <= shownAt ? 1 : 0;
      seen.parts += lots > 0 && deals.length > 0 ? 1 : 0;
    }),
    { numRuns: runs(500) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

/** What happens to a position, and what is told of it. */
type Told =
  | { readonly what: 'close' | 'report' | 'snapshot'; readonly afterMs: number; readonly lots: number }
  /** Deals are read after positions, and in between so many hundredths of a lot are closed. */
  | { readonly what: 'close while it is read'; readonly afterMs: number; readonly lots: number };

const anyTold: fc.Arbitrary<Told> = fc.record({
  what: fc.constantFrom('close', 'snapshot', 'close while it is read', 'report'),
  afterMs: fc.integer({ min: 1, max: 1500 }),
  lots: fc.constantFrom(10, 30, 50, 100),
});

test('law: a deal counts once: where the positions it came with lack it, and not where a volume that was told later has it', () => {
  const seen = { newer: 0, ended: 0, reported: 0, open: 0 };
  const dates = fc.constantFrom(1, 1000);
  fc.assert(
    fc.property(dates, fc.array(anyTold, { minLength: 1, maxLength: 12 }), (resolution, course) => {
      const account = new Reconciling([tradeOf()]);
      const deals: BrokerDeal[] = [];
      let [now, lots, isReported] = [TAKEN, 1, false];
      const close = (hundredths: number): void => {
        const volume = Math.min(hundredths / 100, lots);
        lots = rounded(lots - volume);
        const time = Math.floor(now / resolution) * resolution;
        deals.push(dealOf({ deal: BigInt(900 + deals.length), volume, time }));
      };
      const shown = (takenAt: number, volume: number) =>
        account.reconcile(
          snapshotOf(volume === 0 ? [] : [positionOf(tradeOf(), { volume })], { takenAt, deals: [...deals] }),
          {},
          now,
        );
      shown(now, lots);
      for (const { what, afterMs, lots: hundredths } of course) {
        if (lots === 0) break;
        now += afterMs;
        const [takenAt, volume] = [now, lots];
        if (what === 'close') close(hundredths);
        else if (what === 'report') {
          account.update({ volume: lots }, now);
          isReported = true;
        } else {
          if (what === 'close while it is read') {
            now += 1 + (afterMs % 300);
            close(hundredths);
            seen.newer += lots === 0 ? 1 : 0;
          }
          shown(takenAt, volume);
        }
      }
      now += 1;
      const isOver = lots === 0;
      const { closed } = account.reconcile(snapshotOf([], { takenAt: now, deals: [...deals] }));
      // What a report may have had nobody can say: then the next snapshot confirms.
      if (isReported) expect(isOver ? [1n] : []).toEqual(expect.arrayContaining([...closed]));
      else expect(closed).toEqual(isOver ? [1n] : []);
      seen.ended += isOver ? 1 : 0;
      seen.reported += isReported ? 1 : 0;
      seen.open += isOver ? 0 : 1;
    }),
    { numRuns: runs(1000) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

test('where the snapshot before told no deals, one of its second may have been in it: the next one confirms', () => {
  const account = new Reconciling([tradeOf({ volume: 0.5 })]);
  const shown = positionOf(tradeOf(), { volume: 0.5 });
  account.reconcile(snapshotOf([shown], { takenAt: TAKEN + 500, dealsSince: Number.POSITIVE_INFINITY }));
  const deals = [dealOf({ volume: 0.5, time: TAKEN })];
  expect(account.reconcile(snapshotOf([], { takenAt: TAKEN + 1000, deals })).closed).toEqual([]);
});
