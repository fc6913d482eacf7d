// How much a request may unfold into: exact at the limit, whatever way it is reached, and no good batch is refused.
import { BinaryReader } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AccountServiceService, ReconcilePositionsRequest } from '../../../gen/ts/dtms/v1/account_service.js';
import {
  MarketDataServiceService,
  PushMarketDataRequest,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import { TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, Timeframe } from '../../../gen/ts/dtms/v1/types.js';

import { Validator } from '../../../src/validation/validator.js';
import { CONTRACT } from '../../support/grpc.js';
import { runs } from '../../support/properties.js';
import { emptyItems, packedNumbers } from '../../support/security/inflate.js';
import { tagOf, varint } from '../../support/security/mutations.js';

const validator = new Validator(CONTRACT);
const batch = validator.sizeOf(TradeServiceService.batchRegisterTrades.path);
const tickets = validator.sizeOf(TradeServiceService.batchGetTrades.path);
const list = validator.sizeOf(TradeServiceService.listTrades.path);
const get = validator.sizeOf(TradeServiceService.getTrade.path);

/** Smaller requests are not counted. */
const UNCOUNTED = 4096;

describe('the limit is exact', () => {
  test.each([
    ['unknown fields', get, (count: number) => Buffer.concat([numbered(15, count - 1), padding(4)])],
    ['unknown fields of a batch', batch, (count: number) => emptyItems(15, 2 * count)],
    [
      'one field again and again',
      get,
      (count: number) => Buffer.concat([numbered(2, count - 1), padding(4)]),
    ],
    ['groups', batch, (count: number) => Buffer.alloc(count, 0x7b)],
    ['fields of one message', batch, (count: number) => nestedIn(1, numbered(15, count - 1))],
  ])('of %s', (_name, { most, fits }, bytesOf) => {
    expect(fits(bytesOf(most))).toBe(true);
    expect(fits(bytesOf(most + 1))).toBe(false);
  });

  test.each([
    ['empty messages', batch, (count: number) => Buffer.concat([emptyItems(1, 2 * count), padding(4)])],
    ['packed numbers', tickets, (count: number) => Buffer.concat([packedNumbers(2, count), padding(4)])],
    ['numbers one by one', tickets, (count: number) => Buffer.concat([numbered(2, count), padding(4)])],
    [
      'nested numbers',
      list,
      (count: number) => Buffer.concat([nestedIn(1, packedNumbers(4, count)), padding(4)]),
    ],
  ])('of a list of %s, twice what the rules admit', (_name, { fits }, bytesOf) => {
    expect(fits(bytesOf(2000))).toBe(true);
    expect(fits(bytesOf(2001))).toBe(false);
  });

  test('of a list in each of several messages', () => {
    // Each filter has its own symbols: it is the last one that counts, but all of them are made.
    const filter = nestedIn(1, Buffer.alloc(2 * 150, Buffer.of(0x12, 0)));
    expect(list.fits(Buffer.concat([...Array<Buffer>(3).fill(filter), padding(4)]))).toBe(true);
    expect(list.fits(Buffer.concat([...Array<Buffer>(30).fill(filter), padding(4)]))).toBe(false);
  });
});

test('small requests are not counted', () => {
  expect(get.fits(numbered(15, UNCOUNTED / 2))).toBe(true);
  expect(get.fits(numbered(15, UNCOUNTED / 2 + 1))).toBe(false);
});

test('long texts in a list are one item each', () => {
  const symbol = nestedIn(2, Buffer.alloc(200_000, 'x'));
  expect(list.fits(nestedIn(1, symbol))).toBe(true);
});

test('what is cut off is left to the decoder', () => {
  expect(get.fits(Buffer.concat([padding(4), Buffer.of(0x0a, 0xff)]))).toBe(true);
});

test('a message that claims to be longer than its request is counted as far as it goes', () => {
  const claim = Buffer.of(0x0a, 0xff, 0xff, 0x7f);
  expect(batch.fits(Buffer.concat([claim, numbered(1, 10_000)]))).toBe(true);
  expect(batch.fits(Buffer.concat([claim, numbered(1, 1_000_000)]))).toBe(false);
});

test('counts as the decoder reads: random bytes and overlong numbers', () => {
  const bit = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 300 })).map(([field, length]) => {
      return Buffer.concat([tagOf(field, 2), varint(BigInt(length)), Buffer.alloc(Math.min(length, 40), 1)]);
    }),
    fc.integer({ min: 1, max: 40 }).map((field) => Buffer.concat([overlong(field * 8), overlong(7)])),
  );
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 60 }), (bits) => {
      // Unknown to GetTrade or single: nothing nested, so that the reference is one plain loop.
      const bytes = Buffer.concat([...bits, padding(4)]);
      expect(get.fits(bytes)).toBe(countedPlainly(bytes) <= get.most);
    }),
    { numRuns: runs(500) },
  );
});

/** The fields that protobuf's own reader finds before something is wrong. */
function countedPlainly(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  let count = 0;
  try {
    while (reader.pos < bytes.length) {
      const tag = reader.uint32();
      count += 1;
      const wireType = tag & 7;
      if (wireType !== 3 && wireType !== 4) reader.skip(wireType, tag >>> 3);
    }
  } catch {
    return count > get.most ? count : 0;
  }
  return count;
}

/** A number's field, so many times. */
function numbered(field: number, count: number): Buffer {
  return Buffer.alloc(2 * count, Buffer.of(field * 8, 1));
}

/** One unknown field of so many KiB: what is too small is not counted. */
function padding(kibibytes: number): Buffer {
  return nestedIn(15, Buffer.alloc(kibibytes * 1024));
}

/** A varint in ten bytes. */
function overlong(value: number): Buffer {
  const bytes = Buffer.alloc(10, 0x80);
  bytes[0] = (value & 0x7f) | 0x80;
  bytes[1] = ((value >>> 7) & 0x7f) | 0x80;
  bytes[9] = 0;
  return bytes;
}

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
    expect(validator.sizeOf(path).fits(requestSerialize(request))).toBe(true);
  });

  test('5,000 bars', () => {
    const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const bar = { symbol: 'X', timeframe: Timeframe.M1, openTime: at, ...prices };
    const item = { data: { $case: 'bar' as const, value: bar } };
    const request = PushMarketDataRequest.fromPartial({ items: Array.from({ length: 5000 }, () => item) });
    const { path, requestSerialize } = MarketDataServiceService.pushMarketData;
    expect(validator.sizeOf(path).fits(requestSerialize(request))).toBe(true);
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
