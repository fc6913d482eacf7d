// Stored bodies: what is written is read again, and so is everything any earlier program wrote. The files
// of the folder beside it, KIND.FORMAT.json, are bodies as the program of that format wrote them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Type from 'typebox';
import { describe, expect, test } from 'vitest';
import { emptyAccount } from '../../../src/domain/account/account.js';
import { UNDEFENDED_REASONS } from '../../../src/domain/account/undefended.js';
import { decodeAccount, encodeAccount } from '../../../src/store/bodies/account.js';
import { bodyReader, format, UnreadableBodyError } from '../../../src/store/bodies/body.js';
import { decodeEffect, encodeEffect } from '../../../src/store/bodies/effect.js';
import { decodeInstrument, decodeNews, decodeView, encodeView } from '../../../src/store/bodies/market.js';
import { decodeResult, encodeResult } from '../../../src/store/bodies/result.js';
import { decodeAction, decodeTrade, encodeAction, encodeTrade } from '../../../src/store/bodies/trade.js';
import { runs } from '../../support/properties.js';
import { anyTrade, makeTrade } from '../../support/stored.js';

const FOLDER = join(import.meta.dirname, 'bodies');
const stored = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

test('a trade comes back exactly as it was', () => {
  fc.assert(
    fc.property(anyTrade, (trade) => {
      expect(decodeTrade(encodeTrade(trade))).toEqual(trade);
    }),
    { numRuns: runs(500) },
  );
});

const anyUndefended = fc.record({
  identifier: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  symbol: fc.string(),
  direction: fc.constantFrom('BUY', 'SELL', null),
  volume: fc.integer({ min: 0, max: 900 }),
  reason: fc.constantFrom(...UNDEFENDED_REASONS),
  note: fc.string(),
});

test('positions that nobody defends come back with their account', () => {
  fc.assert(
    fc.property(fc.array(anyUndefended, { maxLength: 5 }), (undefended) => {
      const account = { ...emptyAccount('demo'), undefended };
      expect(decodeAccount(encodeAccount(account))).toEqual(account);
    }),
  );
  expect(decodeAccount(stored('account.1.json')).undefended).toEqual([]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  '%d is refused rather than stored as null',
  (value) => {
    expect(() => encodeTrade(makeTrade(1, { volume: value }))).toThrow(/trade\.volume is (NaN|-?Infinity)/);
    const hedge = { ticket: 2n, volume: 1, entryPrice: value, stopLoss: null };
    expect(() => encodeTrade(makeTrade(1, { hedge }))).toThrow(/trade\.hedge\.entryPrice/);
  },
);

/** Reads a body of a kind and gives it as it would be written today. */
const KINDS: Readonly<Record<string, (text: string) => string>> = {
  account: (text) => encodeAccount(decodeAccount(text)),
  action: (text) => encodeAction(decodeAction(text)),
  effect: (text) => encodeEffect(decodeEffect(text)),
  instrument: (text) => JSON.stringify(decodeInstrument(text)),
  news: (text) => JSON.stringify(decodeNews(text)),
  result: (text) => encodeResult(decodeResult(text)),
  trade: (text) => encodeTrade(decodeTrade(text)),
  view: (text) => encodeView(decodeView(text)),
};

/** The newest format of each kind that has more than one. */
const NEWEST: Readonly<Record<string, number>> = { view: 2 };

describe('every format ever written', () => {
  test('has a body of each kind here', () => {
    const names = readdirSync(FOLDER);
    expect(names.filter((name) => name.endsWith('.1.json')).sort()).toEqual(
      Object.keys(KINDS)
        .sort()
        .map((kind) => `${kind}.1.json`),
    );
  });

  test.each(Object.keys(KINDS))('format 1 of %s is read, and nothing of it is lost', (kind) => {
    const text = stored(`${kind}.1.json`);
    expect(JSON.parse(KINDS[kind]?.(text) ?? '')).toMatchObject(JSON.parse(text));
  });

  test('format 2 of view has what waits to be confirmed, of which format 1 has nothing', () => {
    const text = stored('view.2.json');
    expect(JSON.parse(encodeView(decodeView(text)))).toEqual(JSON.parse(text));
    expect(decodeView(text).admission).toMatchObject({ bar: { jumps: true }, quote: { jumps: false } });
    expect(decodeView(stored('view.1.json')).admission).toEqual({ recent: [], bar: null, quote: null });
  });

  test('has 64-bit integers whole', () => {
    const { spec, hedge, actions, deadLetters, parentTicket } = decodeTrade(stored('trade.1.json'));
    expect(spec).toMatchObject({ ticket: 2n ** 63n - 1n, positionTicket: 2n ** 63n - 1n, magicNumber: 77n });
    expect(hedge?.ticket).toBe(2n ** 53n + 1n);
    expect(parentTicket).toBe(12n);
    expect(actions[0]?.result).toBeNull();
    expect(deadLetters[0]?.result?.openedTicket).toBe(2n ** 53n + 1n);
  });
});

describe('a body is refused', () => {
  test.each(Object.keys(KINDS))('when its format is of a newer program: %s', (kind) => {
    const newest = NEWEST[kind] ?? 1;
    const newer = JSON.stringify({ ...JSON.parse(stored(`${kind}.1.json`)), format: newest + 1 });
    const complaint = `its format is ${newest + 1}, and this program reads up to ${newest}`;
    expect(() => KINDS[kind]?.(newer)).toThrow(complaint);
  });

  test.each(Object.keys(KINDS))('when any field of it is missing: %s', (kind) => {
    const whole: Record<string, unknown> = JSON.parse(stored(`${kind}.1.json`));
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...rest } = whole;
      expect(() => KINDS[kind]?.(JSON.stringify(rest)), name).toThrow(UnreadableBodyError);
    }
  });

  test.each([
    [
      'a ticket that is a number',
      '"ticket":"9223372036854775807"',
      '"ticket":9',
      '/spec/ticket must be string',
    ],
    ['a ticket that is no number', '"ticket":"9', '"ticket":"x9', '/spec/ticket must match pattern'],
    ['an unknown state', '"state":"HEDGED"', '"state":"LOST"', '/state must be equal to one of'],
    ['a version that is a text', '"version":5', '"version":"5"', '/version must be number'],
  ])('with %s, and told where', (_, good, bad, complaint) => {
    const text = JSON.stringify(JSON.parse(stored('trade.1.json')));
    expect(text).toContain(good);
    expect(() => decodeTrade(text.replace(good, bad))).toThrow(complaint);
  });
});

test('each format has a reader that makes of it what it is today', () => {
  const read = bodyReader<{ name: string }>('sample', [
    format(Type.Object({ title: Type.String() }), ({ title }) => ({ name: title })),
    format(Type.Object({ name: Type.String() }), ({ name }) => ({ name })),
  ]);
  expect(read('{"title":"a"}')).toEqual({ name: 'a' });
  expect(read('{"format":2,"name":"a"}')).toEqual({ name: 'a' });
  for (const refused of ['{"format":1,"name":"a"}', '{"format":3}', '{"format":"x"}', '[]', 'null', '{']) {
    expect(() => read(refused), refused).toThrow(UnreadableBodyError);
  }
});
