// Protective rules: the laws every one of them keeps, then what each does.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Protection, type ProtectionTerms, protect } from '../../../../src/domain/policy/protection.js';
import {
  AHEAD,
  better,
  NOTHING_AHEAD,
  type ProtectedTrade,
  type ProtectionMarket,
  type ProtectiveRule,
} from '../../../../src/domain/policy/protective-rules.js';

const TERMS: ProtectionTerms = {
  tickSize: 0.01,
  stopsLevel: 0,
  freezeLevel: 0,
  volumeMin: 0.01,
  volumeStep: 0.01,
  minimumStepR: 0.02,
};
/** Prices are mirrored in it. */
const MIRROR = 200;

const tenths = (min: number, max: number) => fc.integer({ min, max }).map((value) => value / 10);
const ruleOf = fc.oneof<fc.Arbitrary<ProtectiveRule>[]>(
  fc.record({ kind: fc.constant('chandelier' as const), atrs: tenths(1, 40) }),
  fc.record({ kind: fc.constant('atr_trail' as const), atrs: tenths(1, 40) }),
  fc.record({
    kind: fc.constant('step_locks' as const),
    steps: fc.array(fc.record({ atR: tenths(1, 30), lockR: tenths(-5, 20) }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('breakeven' as const), atR: tenths(1, 20), bufferR: tenths(0, 5) }),
  fc.record({ kind: fc.constant('loss_stop' as const), atR: tenths(1, 9) }),
  fc.record({
    kind: fc.constant('time_stop' as const),
    bars: fc.integer({ min: 1, max: 20 }),
    when: fc.constantFrom('always' as const, 'losing' as const, 'winning' as const),
  }),
  fc.record({
    kind: fc.constant('close_before' as const),
    what: fc.constantFrom(...AHEAD),
    minutes: fc.integer({ min: 1, max: 300 }),
    when: fc.constantFrom('always' as const, 'losing' as const, 'winning' as const),
  }),
  fc.record({
    kind: fc.constant('size_down' as const),
    bars: fc.integer({ min: 1, max: 20 }),
    keep: tenths(0, 9),
  }),
  fc.record({
    kind: fc.constant('targets' as const),
    targets: fc.array(fc.record({ atR: tenths(1, 30), share: tenths(1, 10) }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
);
const rulesOf = fc.array(ruleOf, { minLength: 1, maxLength: 4 });
const termsOf = fc.record({
  tickSize: fc.constantFrom(0.01, 0.05, 0.25),
  stopsLevel: tenths(0, 10),
  freezeLevel: tenths(0, 5),
  volumeMin: fc.constantFrom(0.01, 0.1),
  volumeStep: fc.constantFrom(0.01, 0.1),
  minimumStepR: fc.constantFrom(0, 0.02),
});

/** In ms, up to some hours. */
const aheadOf = fc.option(fc.integer({ min: 0, max: 40 }).map((quarters) => quarters * 900_000));

/** One closed bar as a trade sees it, in ticks of 0.25 about 100: the best of its exit prices, and its close. */
const barOf = fc
  .record({
    move: fc.integer({ min: -12, max: 12 }),
    reach: fc.integer({ min: 0, max: 8 }),
    atr: tenths(1, 30),
    weekend: aheadOf,
    session_end: aheadOf,
    news: aheadOf,
  })
  .map(({ move, reach, atr, ...ahead }) => ({ move: move / 4, reach: reach / 4, atr, ahead }));
type BarSeen = Pick<ProtectionMarket, 'ahead'> & {
  readonly move: number;
  readonly reach: number;
  readonly atr: number;
};

/** Goes through the bars of a BUY, or of the SELL that mirrors it, and does what the rules say. */
function course(
  rules: readonly ProtectiveRule[],
  bars: readonly BarSeen[],
  direction: 'BUY' | 'SELL',
  terms = TERMS,
): { decided: Protection; trade: ProtectedTrade; market: ProtectionMarket }[] {
  const place = (price: number) => (direction === 'BUY' ? price : MIRROR - price);
  let price = 100;
  let trade: ProtectedTrade = {
    direction,
    entryPrice: place(100),
    risk: 4,
    stopLoss: place(96),
    volume: 1,
    initialVolume: 1,
    barsHeld: 0,
    best: place(100),
  };
  const steps = [];
  for (const { move, reach, atr, ahead } of bars) {
    price += move;
    const best = better(direction, trade.best, place(Math.max(price, price - move) + reach));
    trade = { ...trade, best, barsHeld: trade.barsHeld + 1 };
    const market = { exit: place(price), atr, costs: 0.1, ahead };
    const decided = protect(rules, trade, market, terms);
    steps.push({ decided, trade, market });
    if (decided.close !== null) break;
    const volume = Math.round((trade.volume - (decided.reduceBy ?? 0)) * 1e8) / 1e8;
    trade = { ...trade, volume, stopLoss: decided.stop ?? trade.stopLoss };
  }
  return steps;
}

describe('protective rules', () => {
  const barsOf = fc.array(barOf, { minLength: 1, maxLength: 25 });

  it('never loosen a stop, and put it where the broker takes it: on a tick, beyond its least distance', () => {
    fc.assert(
      fc.property(
        rulesOf,
        barsOf,
        termsOf,
        fc.constantFrom('BUY' as const, 'SELL' as const),
        (rules, bars, terms, direction) => {
          const sign = direction === 'BUY' ? 1 : -1;
          for (const { decided, trade, market } of course(rules, bars, direction, terms)) {
            if (decided.stop === null) continue;
            expect(sign * (decided.stop - (trade.stopLoss ?? 0))).toBeGreaterThan(0);
            const least = Math.max(terms.stopsLevel, terms.freezeLevel, terms.tickSize);
            expect(sign * (market.exit - decided.stop)).toBeGreaterThanOrEqual(least - 1e-9);
            expect(
              Math.abs(decided.stop / terms.tickSize - Math.round(decided.stop / terms.tickSize)),
            ).toBeLessThan(1e-6);
          }
        },
      ),
    );
  });

  it('close volumes the broker takes, and leave ones it takes', () => {
    fc.assert(
      fc.property(rulesOf, barsOf, termsOf, (rules, bars, terms) => {
        for (const { decided, trade } of course(rules, bars, 'BUY', terms)) {
          if (decided.reduceBy === null) continue;
          expect(decided.reduceBy).toBeGreaterThanOrEqual(terms.volumeMin);
          expect(trade.volume - decided.reduceBy).toBeGreaterThanOrEqual(terms.volumeMin - 1e-9);
          const steps = decided.reduceBy / terms.volumeStep;
          expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it('treat a SELL as the BUY it mirrors', () => {
    const mirrored = ({ stop, ...rest }: Protection) => ({
      ...rest,
      stop: stop === null ? null : MIRROR - stop,
    });
    fc.assert(
      fc.property(rulesOf, barsOf, (rules, bars) => {
        const buy = course(rules, bars, 'BUY').map(({ decided }) => decided);
        const sell = course(rules, bars, 'SELL').map(({ decided }) => mirrored(decided));
        expect(sell.length).toBe(buy.length);
        for (const [index, { stop, ...rest }] of sell.entries()) {
          const { stop: expected, ...others } = buy[index] ?? { stop: null };
          expect(rest).toEqual(others);
          if (expected === null) expect(stop).toBeNull();
          else expect(stop).toBeCloseTo(expected, 8);
        }
      }),
    );
  });

  it('decide on a bar by what came before it, not by what comes after', () => {
    fc.assert(
      fc.property(rulesOf, barsOf, barsOf, (rules, bars, later) => {
        const short = course(rules, bars, 'SELL');
        expect(course(rules, [...bars, ...later], 'SELL').slice(0, short.length)).toEqual(short);
      }),
    );
  });

  it('do the same in any order: a close before all else, one change of the volume, the tightest stop', () => {
    fc.assert(
      fc.property(rulesOf, barsOf, (rules, bars) => {
        const decisions = course(rules, bars, 'BUY');
        expect(course([...rules].reverse(), bars, 'BUY')).toEqual(decisions);
        for (const { decided, trade, market } of decisions) {
          if (decided.close !== null) expect(decided).toEqual({ close: 'all', reduceBy: null, stop: null });
          for (const rule of rules) {
            const alone = protect([rule], trade, market, TERMS);
            if (alone.close !== null) expect(decided.close).toBe('all');
            if (decided.close !== null) continue;
            expect(decided.stop ?? trade.stopLoss ?? 0).toBeGreaterThanOrEqual(alone.stop ?? 0);
          }
        }
      }),
    );
  });
});

describe('each rule', () => {
  const trade: ProtectedTrade = {
    direction: 'BUY',
    entryPrice: 100,
    risk: 4,
    stopLoss: 96,
    volume: 1,
    initialVolume: 1,
    barsHeld: 4,
    best: 106,
  };
  const market: ProtectionMarket = { exit: 105, atr: 1, costs: 0.5, ahead: NOTHING_AHEAD };
  const done = (
    rule: ProtectiveRule,
    its: Partial<ProtectedTrade> = {},
    at: Partial<ProtectionMarket> = {},
    terms: Partial<ProtectionTerms> = {},
  ) => protect([rule], { ...trade, ...its }, { ...market, ...at }, { ...TERMS, ...terms });

  it('chandelier: behind the best price, or where that is legal; nothing without an ATR', () => {
    expect(done({ kind: 'chandelier', atrs: 2 }).stop).toBe(104);
    expect(done({ kind: 'chandelier', atrs: 0.5 }).stop).toBe(104.99);
    expect(done({ kind: 'chandelier', atrs: 0.5 }, {}, {}, { stopsLevel: 0.3 }).stop).toBe(104.7);
    expect(done({ kind: 'chandelier', atrs: 2 }, {}, { atr: null }).stop).toBeNull();
  });

  it('ATR trail: behind the close', () => {
    expect(done({ kind: 'atr_trail', atrs: 2 }).stop).toBe(103);
  });

  it('step locks: the highest step that was reached', () => {
    const steps = [
      { atR: 1, lockR: 0.25 },
      { atR: 1.5, lockR: 0.75 },
      { atR: 2, lockR: 1 },
    ];
    expect(done({ kind: 'step_locks', steps }).stop).toBe(103);
    expect(done({ kind: 'step_locks', steps }, { best: 103.9 }).stop).toBeNull();
  });

  it('breakeven: with costs and buffer, and only once the price is beyond it', () => {
    const rule: ProtectiveRule = { kind: 'breakeven', atR: 1, bufferR: 0.1 };
    expect(done(rule).stop).toBe(100.9);
    expect(done(rule, {}, { costs: -3 }).stop).toBe(100.4);
    expect(done(rule, {}, { exit: 100.9 }).stop).toBeNull();
  });

  it('loss stop: a stop at the loss, a close beyond it', () => {
    const rule: ProtectiveRule = { kind: 'loss_stop', atR: 0.5 };
    expect(done(rule)).toEqual({ close: null, reduceBy: null, stop: 98 });
    expect(done(rule, {}, { exit: 98 }).close).toBe('all');
    expect(done(rule, { stopLoss: 99 }).stop).toBeNull();
  });

  it('time stop: after its bars, of trades that lose, or win, or all', () => {
    const closed = (bars: number, when: 'always' | 'losing' | 'winning', exit: number) =>
      done({ kind: 'time_stop', bars, when }, {}, { exit }).close;
    expect([closed(5, 'always', 105), closed(4, 'always', 105)]).toEqual([null, 'all']);
    expect([closed(4, 'losing', 105), closed(4, 'losing', 99), closed(4, 'losing', 100)]).toEqual([
      null,
      'all',
      null,
    ]);
    expect([closed(4, 'winning', 105), closed(4, 'winning', 99)]).toEqual(['all', null]);
  });

  it('close before: once it is so near, of trades that lose, or win, or all', () => {
    const closed = (weekend: number | null, when: 'always' | 'losing' | 'winning') =>
      done(
        { kind: 'close_before', what: 'weekend', minutes: 60, when },
        {},
        { ahead: { ...NOTHING_AHEAD, weekend } },
      ).close;
    expect([closed(3_600_001, 'always'), closed(3_600_000, 'always'), closed(null, 'always')]).toEqual([
      null,
      'all',
      null,
    ]);
    expect([closed(0, 'losing'), closed(0, 'winning')]).toEqual([null, 'all']);
  });

  it('size down: to a share of the first volume, once', () => {
    const rule: ProtectiveRule = { kind: 'size_down', bars: 4, keep: 0.5 };
    expect(done(rule, { barsHeld: 3 }).reduceBy).toBeNull();
    expect(done(rule).reduceBy).toBe(0.5);
    expect(done(rule, { volume: 0.5 }).reduceBy).toBeNull();
    expect(done(rule, { volume: 0.01, initialVolume: 0.01 })).toEqual({
      close: null,
      reduceBy: null,
      stop: null,
    });
  });

  it('targets: the shares of all that were reached, and all of it closes', () => {
    const targets = [
      { atR: 1, share: 0.3 },
      { atR: 1.5, share: 0.3 },
      { atR: 3, share: 0.4 },
    ];
    expect(done({ kind: 'targets', targets }, { best: 105 }).reduceBy).toBe(0.3);
    expect(done({ kind: 'targets', targets }).reduceBy).toBe(0.6);
    expect(done({ kind: 'targets', targets }, { volume: 0.7 }).reduceBy).toBe(0.3);
    expect(done({ kind: 'targets', targets }, { best: 112 }).close).toBe('all');
    const tenths = Array.from({ length: 10 }, () => ({ atR: 1, share: 0.1 }));
    expect(done({ kind: 'targets', targets: tenths }).close).toBe('all');
  });

  it('a stop within the freeze level stays, and a move that is too small is none', () => {
    expect(done({ kind: 'chandelier', atrs: 2 }, { stopLoss: 103.99 }).stop).toBeNull();
    expect(
      done({ kind: 'chandelier', atrs: 2 }, { stopLoss: 103 }, { exit: 105 }, { freezeLevel: 2 }).stop,
    ).toBeNull();
    expect(done({ kind: 'chandelier', atrs: 2 }, { stopLoss: null }).stop).toBe(104);
  });
});
