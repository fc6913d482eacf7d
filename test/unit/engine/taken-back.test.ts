// A close that is taken back leaves no result, however closes, bookings and transactions follow each other.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RealisedResult } from '../../../src/domain/money/realised.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { Batch } from '../../../src/engine/batch.js';
import type { BookedResult } from '../../../src/store/types.js';
import { T0, tradeOf } from '../../support/trades.js';

type Step = 'close' | 'part' | 'reopen' | 'book' | 'commit';

const TRADE = tradeOf();
const LOTS: RealisedResult = {
  ...{
    account: 'demo',
    ticket: TRADE.spec.ticket,
    symbol: 'BTCUSD',
    at: T0,
    currency: 'USD',
    leg: 'POSITION',
  },
  ...{ position: 1n, direction: 'BUY', volume: 1, entryPrice: 100, exitPrice: 101, obstacle: null },
  ...{ profit: '1.00', commission: '0.00', swap: '0.00' },
};

/** The rows as the database has them, and as they should be: by the revision of their event. */
class Rows {
  readonly kept = new Map<number, string | null>();
  readonly expected = new Map<number, string | null>();
  /** Whether the last row closed the trade. */
  isClosed = false;
  #batch = new Batch({ head: 0, place: 0, epoch: 1 });
  #told = 0;

  do(step: Step): void {
    if (step === 'commit') this.#commit();
    else if (step === 'book') this.#book();
    else if (step === 'reopen') this.#reopen();
    else if (!this.isClosed) this.#close(step);
  }

  #close(step: 'close' | 'part'): void {
    const event: TradeEvent = { trade: TRADE, at: T0, change: { kind: 'paused', reason: step } };
    this.#batch.add({ events: [event], realised: [{ event, results: [LOTS] }] });
    this.expected.set(this.#batch.end, LOTS.profit);
    this.isClosed = step === 'close';
  }

  #reopen(): void {
    if (!this.isClosed) return;
    const event: TradeEvent = { trade: TRADE, at: T0, change: { kind: 'reopened', note: '' } };
    const results = [{ ...LOTS, volume: -1 }];
    this.#batch.add({ events: [event], realised: [{ event, results }] });
    this.expected.delete(Math.max(...this.expected.keys()));
    this.isClosed = false;
  }

  /** The broker's word of the newest row that can be looked up; it counts where that is not taken back. */
  #book(): void {
    const revision = [...this.kept.keys()].filter((row) => this.expected.has(row)).at(-1);
    if (revision === undefined) return;
    this.#told += 1;
    const booked: BookedResult = { ...LOTS, revision, profit: `${this.#told}.50`, deals: [1n] };
    this.#batch.add({ booked: [booked] });
    this.expected.set(revision, booked.profit);
  }

  #commit(): void {
    const { realised, booked, takenBack, base, next } = this.#batch;
    const newest = Math.max(...this.kept.keys());
    for (const { revision, profit } of booked) if (this.kept.has(revision)) this.kept.set(revision, profit);
    expect(takenBack.length > 0 ? booked : []).toEqual([]);
    if (takenBack.length > 0) this.kept.delete(newest);
    for (const { eventIndex, profit } of realised) this.kept.set(base + eventIndex + 1, profit);
    this.#batch = new Batch(next);
  }
}

it('is so of any course', () => {
  const step = fc.constantFrom<Step>('close', 'part', 'reopen', 'book', 'commit');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const rows = new Rows();
      for (const each of steps) rows.do(each);
      rows.do('commit');
      expect([...rows.kept.keys()].sort()).toEqual([...rows.expected.keys()].sort());
    }),
    { numRuns: 500 },
  );
});
