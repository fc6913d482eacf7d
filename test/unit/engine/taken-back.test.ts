// Lots that are taken back are in no result, however closes, bookings and transactions follow each other.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RealisedResult } from '../../../src/domain/money/realised.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { Batch } from '../../../src/engine/batch.js';
import type { BookedResult } from '../../../src/store/types.js';
import { T0, tradeOf } from '../../support/trades.js';

type Step = 'close' | 'part' | 'regain' | 'reopen' | 'book' | 'commit';

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

/** In hundredths of a lot. */
const WHOLE = 100;
const lots = (hundredths: number): number => hundredths / 100;

/** The rows as the database has them, and as they should be: how many hundredths of a lot, by the revision of their event. */
class Rows {
  readonly kept = new Map<number, number>();
  readonly expected = new Map<number, number>();
  #isClosed = false;
  /** What the last close took. */
  #last = 0;
  #open = WHOLE;
  #batch = new Batch({ head: 0, place: 0, epoch: 1 });
  #told = 0;

  do(step: Step): void {
    if (step === 'commit') this.#commit();
    else if (step === 'book') this.#book();
    else if (step === 'reopen') this.#reopen();
    else if (step === 'regain') this.#regain();
    else if (!this.#isClosed) this.#close(step === 'close' ? this.#open : Math.ceil(this.#open / 3));
  }

  #close(volume: number): void {
    if (volume === 0) return;
    this.#tell(volume, { kind: 'paused', reason: 'close' });
    this.expected.set(this.#batch.end, volume);
    this.#open -= volume;
    this.#last = volume;
    this.#isClosed = this.#open === 0;
  }

  #tell(volume: number, change: TradeEvent['change']): void {
    const event: TradeEvent = { trade: TRADE, at: T0, change };
    this.#batch.add({ events: [event], realised: [{ event, results: [{ ...LOTS, volume: lots(volume) }] }] });
  }

  #reopen(): void {
    if (!this.#isClosed) return;
    this.#tell(-this.#last, { kind: 'reopened', note: '' });
    this.#takeBack(this.#last);
    this.#isClosed = false;
  }

  /** More than half of what was closed is open after all. */
  #regain(): void {
    const volume = Math.ceil((WHOLE - this.#open) * 0.6);
    if (this.#isClosed || volume === 0) return;
    this.#tell(-volume, { kind: 'reopened', note: '' });
    this.#takeBack(volume);
  }

  #takeBack(volume: number): void {
    takeFrom(this.expected, volume);
    this.#open += volume;
  }

  /** The broker's word of the newest row that can be looked up. */
  #book(): void {
    const revision = [...this.kept.keys()].at(-1);
    if (revision === undefined) return;
    this.#told += 1;
    const volume = lots(this.kept.get(revision) ?? 0);
    const booked: BookedResult = { ...LOTS, revision, volume, profit: `${this.#told}.50`, deals: [1n] };
    this.#batch.add({ booked: [booked] });
  }

  #commit(): void {
    const { realised, booked, takenBack, base, next } = this.#batch;
    expect(takenBack.length > 0 ? booked : []).toEqual([]);
    for (const { volume } of takenBack) takeFrom(this.kept, Math.round(volume * 100));
    for (const { eventIndex, volume } of realised)
      this.kept.set(base + eventIndex + 1, Math.round(volume * 100));
    this.#batch = new Batch(next);
  }
}

function takeFrom(rows: Map<number, number>, volume: number): void {
  let left = volume;
  for (const [revision, has] of [...rows].toReversed()) {
    const taken = Math.min(has, left);
    left -= taken;
    if (taken === has) rows.delete(revision);
    else rows.set(revision, has - taken);
  }
}

it('is so of any course', () => {
  const step = fc.constantFrom<Step>('close', 'part', 'part', 'regain', 'reopen', 'book', 'commit');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const rows = new Rows();
      for (const each of steps) rows.do(each);
      rows.do('commit');
      expect([...rows.kept]).toEqual([...rows.expected]);
    }),
    { numRuns: 500 },
  );
});
