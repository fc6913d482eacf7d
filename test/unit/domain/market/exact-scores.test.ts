// Scores are sums of decimals: each is the very decimal that whole numbers give, in whatever order its parts are added, so that no
// threshold is missed by what floats leave of them, and no other way to add them up finds another score.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import { decimal } from '../../../../src/domain/signals/decimal.js';
import { evaluate } from '../../../../src/domain/signals/evaluation.js';
import type { Features } from '../../../../src/domain/signals/features.js';
import { Regimes } from '../../../../src/domain/signals/regime.js';
import { SIGNALS } from '../../../../src/domain/signals/signal.js';
import { barOf } from '../../../support/synthetic-market.js';

/** Of what is set by tenths, a contribution is a whole number of these: a tenth for the cap and one for each multiplier. */
const PARTS = 10 ** 4;
const tenths = fc.integer({ min: 1, max: 30 });
const multipliers = fc.record(
  Object.fromEntries(SIGNALS.map((signal) => [signal, tenths])) as Record<
    (typeof SIGNALS)[number],
    typeof tenths
  >,
);
const sloped = fc.constantFrom(-1, 0, 1);
const featuresOf = fc
  .record({
    event: fc.option(fc.record({ kind: fc.constantFrom('BOS', 'CHOCH'), up: fc.boolean() })),
    ...{ rsi: fc.constantFrom(30, 40, 50, 60, 75), rsiBefore: fc.constantFrom(30, 45, 55, 70) },
    ...{ histogram: fc.tuple(sloped, sloped, sloped), emaFastSlope: sloped, emaSlowSlope: sloped },
    ...{ deltaZ: fc.option(fc.constantFrom(-3, 0, 3)), close: fc.constantFrom(98, 100, 102) },
  })
  .map(
    ({ event, close, ...rest }): Features => ({
      ...{ stale: false, swingsKnown: true, structureAge: 0, atrFine: 1, ...rest },
      ...{ vwap: 100, vwapSlope: 0, vwapRun: 0, orderFlow: null, candle: barOf(0, 100, 102, 98, close) },
      structureEvent:
        event === null
          ? null
          : ({ kind: event.kind, direction: event.up ? 'UP' : 'DOWN', at: 0, level: 1 } as const),
    }),
  );
const settings = fc.record({
  ...{ caps: multipliers, range: multipliers, highVolatility: multipliers },
  ...{ asian: tenths, confluence: fc.integer({ min: 5, max: 10 }) },
});

const whole = <T extends string>(told: Readonly<Record<T, number>>) =>
  Object.fromEntries(Object.entries<number>(told).map(([name, value]) => [name, value / 10])) as Record<
    T,
    number
  >;

describe('a score', () => {
  it('and its contributions are the decimals that whole numbers give', () => {
    fc.assert(
      fc.property(settings, featuresOf, fc.constantFrom('BUY', 'SELL'), (told, features, direction) => {
        const rules: Rules = {
          ...DEFAULT_RULES,
          regime: {
            ...DEFAULT_RULES.regime,
            multipliers: {
              range: whole(told.range),
              highVolatility: whole(told.highVolatility),
              asian: told.asian / 10,
            },
          },
          signals: {
            ...DEFAULT_RULES.signals,
            caps: whole(told.caps),
            confluence: told.confluence / 10,
          },
        };
        const regime = new Regimes('BTCUSD', rules).of('ASIAN', 'HIGH', 'RANGE');
        const { score, signals, confluence } = evaluate(features, direction, regime, rules, 0);
        const parts = signals.map(({ signal, raw }) => {
          const capped = Math.max(-told.caps[signal], Math.min(told.caps[signal], raw * 10));
          return capped * told.range[signal] * told.highVolatility[signal] * told.asian;
        });
        expect(signals.map(({ contribution }) => contribution)).toEqual(
          parts.map((part) => part / PARTS + 0),
        );
        const sum = (all: readonly number[]) => all.reduce((total, part) => total + part, 0);
        expect(score).toBe(sum(parts) / PARTS + 0);
        const [favour, against] = [
          sum(parts.filter((part) => part > 0)),
          -sum(parts.filter((part) => part < 0)),
        ];
        const isEnough = (side: number) =>
          favour + against > 0 && side * 10 >= told.confluence * (favour + against);
        expect(confluence).toBe(isEnough(favour) ? 'FOR' : isEnough(against) ? 'AGAINST' : 'MIXED');
      }),
      { numRuns: 500 },
    );
  });

  it('that floats miss reaches its threshold', () => {
    const missed = -2.4 - 1.2 - 1.8 - 0.6;
    expect(missed).not.toBe(-6);
    expect(decimal(missed)).toBe(-6);
    expect(decimal(0.1 + 0.2 - 0.3)).toBe(0);
    expect(decimal(-1e-12)).toBe(0);
  });
});
