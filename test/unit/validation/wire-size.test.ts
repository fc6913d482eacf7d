// How much a request may unfold into: exact at the limit, whatever way it is reached, and no good batch is refused.
import { describe, expect, test } from 'vitest';
import { AccountServiceService, ReconcilePositionsRequest } from '../../../gen/ts/dtms/v1/account_service.js';
import {
  MarketDataServiceService,
  PushMarketDataRequest,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import { TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, Timeframe } from '../../../gen/ts/dtms/v1/types.js';
import { descriptorSet } from '../../../src/package-files.js';
import { Validator } from '../../../src/validation/validator.js';
import { MAX_PARTS } from '../../../src/validation/wire-size.js';
import { emptyItems, packedNumbers } from '../../support/security/inflate.js';

const validator = new Validator(descriptorSet());
const batchFits = validator.sizeOf(TradeServiceService.batchRegisterTrades.path);
const ticketsFit = validator.sizeOf(TradeServiceService.batchGetTrades.path);
const listFits = validator.sizeOf(TradeServiceService.listTrades.path);

describe('the limit is exact', () => {
  test.each([
    ['empty messages', batchFits, (count: number) => emptyItems(1, 2 * count)],
    ['unknown fields', batchFits, (count: number) => emptyItems(15, 2 * count)],
    // The field itself is one.
    ['packed numbers', ticketsFit, (count: number) => packedNumbers(2, count - 1)],
    ['numbers one by one', ticketsFit, (count: number) => Buffer.alloc(2 * count, Buffer.of(0x10, 1))],
    ['groups', batchFits, (count: number) => Buffer.alloc(count, 0x7b)],
    // Tickets of a filter: the filter and the field are one each.
    ['nested numbers', listFits, (count: number) => nestedIn(1, packedNumbers(4, count - 2))],
  ])('of %s', (_name, fits, bytesOf) => {
    expect(fits(bytesOf(MAX_PARTS))).toBe(true);
    expect(fits(bytesOf(MAX_PARTS + 1))).toBe(false);
  });
});

test('long texts in a list are one item each', () => {
  const symbol = nestedIn(2, Buffer.alloc(200_000, 'x'));
  expect(listFits(nestedIn(1, symbol))).toBe(true);
});

test('what is cut off is left to the decoder', () => {
  expect(batchFits(Buffer.concat([Buffer.alloc(70_000, Buffer.of(0x0a, 0)), Buffer.of(0x0a, 0xff)]))).toBe(
    true,
  );
});

test('a message that claims to be longer than its request says nothing wrong and harms nobody', () => {
  expect(batchFits(Buffer.concat([Buffer.of(0x0a, 0xff, 0xff, 0x7f), Buffer.alloc(70_000, 1)]))).toBe(true);
});

describe('the largest good batches fit', () => {
  const at = new Date();

  test('10,000 positions with 10,000 deals', () => {
    const position = {
      identifier: 1n,
      symbol: 'X',
      direction: Direction.BUY,
      volume: 1,
      entryPrice: 1,
      openedAt: at,
    };
    const deal = { deal: 1n, positionIdentifier: 1n, symbol: 'X', volume: 1, price: 1, time: at };
    const request = ReconcilePositionsRequest.fromPartial({
      ...{ account: 'demo', bridgeId: 'b', takenAt: at },
      positions: Array.from({ length: 10_000 }, () => position),
      deals: Array.from({ length: 10_000 }, () => deal),
    });
    const { path, requestSerialize } = AccountServiceService.reconcilePositions;
    expect(validator.sizeOf(path)(requestSerialize(request))).toBe(true);
  });

  test('5,000 bars', () => {
    const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const bar = { symbol: 'X', timeframe: Timeframe.M1, openTime: at, ...prices };
    const item = { data: { $case: 'bar' as const, value: bar } };
    const request = PushMarketDataRequest.fromPartial({ items: Array.from({ length: 5000 }, () => item) });
    const { path, requestSerialize } = MarketDataServiceService.pushMarketData;
    expect(validator.sizeOf(path)(requestSerialize(request))).toBe(true);
  });
});

/** These bytes as one length-delimited field. */
function nestedIn(field: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest % 128) + 128);
  }
  return Buffer.concat([Buffer.of(field * 8 + 2, ...length), bytes]);
}
