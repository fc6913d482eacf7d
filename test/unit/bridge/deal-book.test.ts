// What a bridge knows of deals: each is new once, found by its tag, and forgotten in time.
import { describe, expect, it } from 'vitest';
import { DealBook } from '../../../src/bridge/deal-book.js';
import type { BrokerDeal } from '../../../src/domain/broker/snapshot.js';

function deal(number: bigint, fields: Partial<BrokerDeal> = {}): BrokerDeal {
  return {
    deal: number,
    positionIdentifier: 42n,
    symbol: 'BTCUSD',
    entry: 'IN',
    direction: 'BUY',
    volume: 1,
    price: 100,
    magicNumber: 7n,
    comment: 'tag',
    reason: 'CLIENT',
    time: 1_000,
    ...fields,
  };
}

describe('the book of deals', () => {
  it('takes each deal as new once', () => {
    const book = new DealBook();
    expect(book.add([deal(1n), deal(2n)])).toHaveLength(2);
    expect(book.add([deal(2n), deal(3n)]).map((fresh) => fresh.deal)).toEqual([3n]);
  });

  it('tells the result of an order by its tag, several deals as their average', () => {
    const book = new DealBook();
    book.add([
      deal(1n, { volume: 0.1 }),
      deal(2n, { comment: 'other', price: 50 }),
      deal(3n, { volume: 0.3, price: 104 }),
    ]);
    expect(book.resultOf('tag')).toMatchObject({
      code: 10009,
      price: 103,
      volume: 0.4,
      openedTicket: 42n,
      dealTicket: 1n,
    });
  });

  it('tells no opened position of a close, and nothing of no tag', () => {
    const book = new DealBook();
    book.add([deal(1n, { entry: 'OUT' }), deal(2n, { comment: '' })]);
    expect(book.resultOf('tag')?.openedTicket).toBeNull();
    expect(book.resultOf('')).toBeNull();
    expect(book.resultOf('unknown')).toBeNull();
  });

  it('does not take the deal of a stop that carries the comment of its position for the order that opened it', () => {
    const book = new DealBook();
    const stopped = deal(2n, { entry: 'OUT', reason: 'STOP_LOSS', price: 90 });
    book.add([stopped]);
    expect(book.resultOf('tag')).toBeNull();
    book.add([deal(1n)]);
    expect(book.resultOf('tag')).toMatchObject({ volume: 1, price: 100, dealTicket: 1n });
    book.forgetBefore(2_000);
    expect(book.resultOf('tag')).toBeNull();
  });

  it('forgets what is old, tag by tag', () => {
    const book = new DealBook();
    book.add([
      deal(1n, { time: 1 }),
      deal(2n, { time: 5, price: 104 }),
      deal(3n, { time: 1, comment: 'gone' }),
    ]);
    book.forgetBefore(5);
    expect(book.resultOf('tag')).toMatchObject({ price: 104, dealTicket: 2n });
    expect(book.resultOf('gone')).toBeNull();
    expect(book.add([deal(1n, { time: 1 })])).toHaveLength(1);
  });
});
