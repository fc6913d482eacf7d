// Laws of a single step over arbitrary trades and markets: mirror symmetry, stops that never loosen, and
// gates that never hide a transition.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { step } from '../../../../src/domain/changes/step.js';
import type { Instrument, StructureEvent } from '../../../../src/domain/market/data.js';
import { type Direction, favourable } from '../../../../src/domain/market/direction.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { type Action, isUntouched } from '../../../../src/domain/trade/action.js';
import { STATES } from '../../../../src/domain/trade/state.js';
import {
  type DirectionContext,
  directionContextOf,
  gateOf,
  rowFor,
} from '../../../../src/domain/trade/state-machine.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { timerEndsAt } from '../../../../src/domain/trade/version.js';
import { actionOf } from '../../../support/actions.js';
import { ScriptedFacts, scored } from '../../../support/facts.js';
import { runs } from '../../../support/properties.js';
import { MINUTE, referenceOf, T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 60 * MINUTE;
const TICK = 0.25;
/** The mirror: prices p and MIRROR - p; quarters, so that both are exact. */
const MIRROR = 2048;

const price = fc.integer({ min: 3600, max: 4400 }).map((ticks) => ticks * TICK);
const distance = fc.integer({ min: 0, max: 400 }).map((ticks) => ticks * TICK);
const time = fc.constantFrom(T0, NOW - 29_000, NOW - 31_000, NOW, NOW + MINUTE);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });

const STOP_TYPES = ['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN'] as const;

const world = fc.record({
  state: fc.constantFrom(...STATES.filter((state) => state !== 'CLOSED')),
  score: orNull(fc.constantFrom(-7, -6, -4.5, -4, -3, -2, -1, 0, 0.5, 1, 2)),
  flip: fc.boolean(),
  entry: price,
  stop: orNull(price),
  pendingStop: orNull(price),
  pendingType: fc.constantFrom(...STOP_TYPES),
  status: fc.constantFrom('PENDING' as const, 'LEASED' as const, 'EXECUTING' as const, 'IN_DOUBT' as const),
  risk: orNull(distance.filter((value) => value > 0)),
  volume: fc.integer({ min: 1, max: 300 }).map((steps) => steps / 100),
  closedVolume: fc.constantFrom(0, 0.01, 0.5),
  hedge: orNull(distance),
  stopChangedAt: orNull(time),
  structureSeenAt: time,
  flatTimerEndsAt: orNull(time),
  recoveryTimerEndsAt: orNull(time),
  exit: price,
  spread: orNull(distance),
  medianSpread: orNull(distance),
  atr: orNull(distance.map((value) => value / 3)),
  swing: orNull(price),
  event: orNull(
    fc.record({ kind: fc.constantFrom('BOS', 'CHOCH'), with: fc.boolean(), at: time }) as fc.Arbitrary<{
      kind: StructureEvent['kind'];
      with: boolean;
      at: number;
    }>,
  ),
  stopsLevel: fc.constantFrom(0, 0.5, 3),
  freezeLevel: fc.constantFrom(0, 0.75),
  netting: fc.boolean(),
  limit: fc.constantFrom('all' as const, 'worsening' as const),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** The world as a BUY sees it, or its mirror image as a SELL does. */
function seen(w: World, direction: Direction) {
  const sign = favourable(direction);
  const place = (value: number): number => (sign > 0 ? value : MIRROR - value);
  const orNone = (value: number | null): number | null => (value === null ? null : place(value));
  const actions: Action[] =
    w.pendingStop === null
      ? []
      : [actionOf(w.pendingType, { actionId: 'earlier', stopLoss: place(w.pendingStop), status: w.status })];
  const trade = tradeOf(
    {
      state: w.state,
      risk: w.risk,
      volume: w.volume,
      closedVolume: w.closedVolume,
      stopLoss: orNone(w.stop),
      hedge: w.hedge === null ? null : { ticket: 9n, volume: 1, entryPrice: place(w.exit), stopLoss: null },
      actions,
      stopChangedAt: w.stopChangedAt,
      structureSeenAt: w.structureSeenAt,
      flatTimerEndsAt: w.flatTimerEndsAt,
      recoveryTimerEndsAt: w.recoveryTimerEndsAt,
    },
    { direction, entryPrice: place(w.entry) },
  );
  const event: StructureEvent | null = w.event && {
    kind: w.event.kind,
    direction: w.event.with === sign > 0 ? 'UP' : 'DOWN',
    at: w.event.at,
    level: place(w.exit),
  };
  const facts = new ScriptedFacts({
    asOf: NOW,
    [sign > 0 ? 'bid' : 'ask']: place(w.exit),
    [sign > 0 ? 'swingLow' : 'swingHigh']: orNone(w.swing),
    spread: w.spread,
    medianSpread: w.medianSpread,
    atrCoarse: w.atr,
    structureEvent: event,
  });
  const evaluation = { ...scored(w.score, NOW), vwapVolumeFlipAgainst: w.flip };
  return { trade, context: directionContextOf(facts, direction, evaluation, { at: NOW, clock: NOW }), place };
}

function stepped(w: World, direction: Direction) {
  const { trade, context, place } = seen(w, direction);
  const terms: Partial<Instrument> = { tickSize: TICK, stopsLevel: w.stopsLevel, freezeLevel: w.freezeLevel };
  const account = { marginMode: w.netting ? ('netting' as const) : ('hedging' as const) };
  const event = step(trade, context, w.limit, DEFAULT_RULES, referenceOf({ terms, account }));
  return { trade, context, place, event };
}

/** The outcome with prices as a BUY sees them. */
function outcome(w: World, direction: Direction) {
  const { event, place } = stepped(w, direction);
  if (event?.change.kind !== 'stateChanged') return null;
  const { from, to, cause, planned, suppressed } = event.change;
  const actions = (list: readonly Action[]) =>
    list.map(({ type, volume, stopLoss, reduceOnly }) => ({
      type,
      volume,
      stopLoss: stopLoss === null ? null : place(stopLoss),
      reduceOnly,
    }));
  const { flatTimerEndsAt, recoveryTimerEndsAt, stopChangedAt, actions: open } = event.trade;
  return {
    ...{ from, to, cause, flatTimerEndsAt, recoveryTimerEndsAt, stopChangedAt },
    planned: actions(planned),
    open: actions(open),
    suppressed: suppressed.map(({ type, reason }) => `${type} ${reason}`),
  };
}

describe('mirror symmetry', () => {
  it('a SELL in the mirrored market is treated as the BUY', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(world, (w) => {
        const buy = outcome(w, 'BUY');
        expect(outcome(w, 'SELL')).toEqual(buy);
        for (const { type, stopLoss } of buy?.planned ?? []) reached.add(`${type} ${stopLoss !== null}`);
      }),
      { numRuns: runs(6_000), seed: 7 },
    );
    expect([...reached].sort()).toEqual([
      'CLOSE_ALL false',
      'CLOSE_HEDGE false',
      'MOVE_SL_BREAKEVEN true',
      'OPEN_HEDGE true',
      'PARTIAL_CLOSE false',
      'RE_ADD false',
      'TIGHTEN_SL true',
      'TRAIL_SL true',
    ]);
  });
});

describe('stops', () => {
  it('only ever tighten, stay legal, and one plan at most is pending', () => {
    let plans = 0;
    fc.assert(
      fc.property(world, fc.constantFrom<Direction>('BUY', 'SELL'), (w, direction) => {
        const { trade, event, context } = stepped(w, direction);
        if (event?.change.kind !== 'stateChanged') return;
        const isStop = ({ type }: Action) => STOP_TYPES.some((stop) => stop === type);
        const sign = favourable(direction);
        const exit = context.facts.exitPrice(direction) ?? Number.NaN;
        const least = Math.max(w.stopsLevel, w.freezeLevel, TICK);
        for (const { stopLoss } of event.change.planned.filter(isStop)) {
          plans += 1;
          const tightest = [trade.stopLoss, ...trade.actions.map((action) => action.stopLoss)];
          for (const other of tightest) {
            if (other !== null) expect(sign * ((stopLoss ?? Number.NaN) - other)).toBeGreaterThan(0);
          }
          expect(sign * (exit - (stopLoss ?? Number.NaN))).toBeGreaterThanOrEqual(least);
        }
        expect(
          event.trade.actions.filter((action) => isStop(action) && isUntouched(action)).length,
        ).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs(5_000), seed: 11 },
    );
    expect(plans).toBeGreaterThan(50);
  });
});

describe('gates', () => {
  /** What the engine's flat arrays tell of a trade. */
  function passes(trade: Trade, context: DirectionContext): boolean {
    const { open, structureAt } = gateOf(trade.state, context, DEFAULT_RULES);
    return open || structureAt > trade.structureSeenAt || timerEndsAt(trade) <= context.moment.clock;
  }

  it('are open for every trade that would move', () => {
    let shut = 0;
    fc.assert(
      fc.property(world, (w) => {
        const { trade, context } = seen(w, 'BUY');
        const moves = rowFor(trade, context, DEFAULT_RULES, 'all') !== null;
        if (moves) expect(passes(trade, context)).toBe(true);
        else if (!passes(trade, context)) shut += 1;
      }),
      { numRuns: runs(5_000), seed: 13 },
    );
    expect(shut).toBeGreaterThan(100);
  });
});
