// What a modification does to a trade, step by step: leases and their ends, values, and what is taken over.
import { describe, expect, it } from 'vitest';
import {
  acquireModification,
  commitModification,
  type Done,
  modificationsEndAt,
  type Refused,
  releaseModification,
  sweepModifications,
} from '../../../../src/domain/changes/modifications.js';
import { mayDtmsModify, modificationToAwait, ownersOf } from '../../../../src/domain/ownership/ownership.js';
import type { TradeEvent } from '../../../../src/domain/trade/event.js';
import type { TradeField } from '../../../../src/domain/trade/owner.js';
import type { State } from '../../../../src/domain/trade/state.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { ScriptedFacts } from '../../../support/facts.js';
import { actionOn, contextAt, DTMS, EXIT, OWNERSHIP, SCALPER, UNIVERSAL } from '../../../support/managers.js';
import { T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 1_000_000;

function done(outcome: Done | Refused): { readonly trade: Trade; readonly events: readonly TradeEvent[] } {
  if (outcome.outcome === 'refused') throw new Error(JSON.stringify(outcome.refusal));
  const trade = outcome.events.at(-1)?.trade;
  if (trade === undefined) throw new Error('no event');
  return { trade, events: outcome.events };
}

const refusal = (outcome: Done | Refused) =>
  outcome.outcome === 'refused' ? outcome.refusal : { kind: 'none' };

interface Asked {
  readonly field?: TradeField;
  readonly now?: number;
  readonly leaseMs?: number | null;
  readonly override?: { readonly by: string; readonly reason: string } | null;
}

const ask = (trade: Trade, manager: string, { field = 'STOP_LOSS', now = NOW, ...rest }: Asked = {}) =>
  acquireModification(trade, { manager, field, leaseMs: null, override: null, ...rest }, contextAt(now));

const acquire = (trade: Trade, manager: string, asked: Asked = {}) => done(ask(trade, manager, asked)).trade;

/** The token of the newest lease. */
const tokenOf = (trade: Trade) => Math.max(...trade.owners.map(({ lease }) => lease?.token ?? 0));

const commit = (trade: Trade, value: number | null, now = NOW, facts: ScriptedFacts | null = null) =>
  commitModification(trade, { token: tokenOf(trade), value }, contextAt(now, { facts }));

const release = (
  trade: Trade,
  applied: 'applied' | 'not_applied' = 'applied',
  ownership: 'keep' | 'give_up' = 'keep',
  now = NOW,
) => releaseModification(trade, { token: tokenOf(trade), applied, ownership }, contextAt(now));

const changes = (events: readonly TradeEvent[]) =>
  events.map(({ change }) => (change.kind === 'ownershipChanged' ? change.step : change.kind));

/** The trade after a manager set a value at the broker; it stays the owner. */
function modified(trade: Trade, manager: string, value: number, field: TradeField = 'STOP_LOSS'): Trade {
  return done(release(done(commit(acquire(trade, manager, { field }), value)).trade)).trade;
}

describe('a lease', () => {
  it('is named by the version of the event that grants it', () => {
    const trade = acquire(tradeOf({ version: 41 }), EXIT);
    expect(trade.version).toBe(42);
    expect(trade.owners).toEqual([
      {
        field: 'STOP_LOSS',
        manager: EXIT,
        lease: { token: 42, endsAt: NOW + 5000, value: null, committed: false, overridden: false },
      },
    ]);
  });

  it.each([
    [null, 5000],
    [1000, 1000],
    [60_000, 30_000],
  ])('of %s ms asked for lasts %i ms', (leaseMs, lasts) => {
    expect(modificationsEndAt(acquire(tradeOf(), EXIT, { leaseMs }))).toBe(NOW + lasts);
  });

  it('ends by the database clock, at its very end', () => {
    const trade = acquire(tradeOf(), EXIT);
    expect(refusal(commit(trade, 95, NOW + 5000))).toEqual({ kind: 'MODIFICATION_LOST', token: 2 });
    expect(commit(trade, 95, NOW + 4999).outcome).toBe('done');
  });

  it('that ended without a commit leaves the owner it had', () => {
    const owned = modified(tradeOf(), EXIT, 95);
    const taken = acquire(owned, UNIVERSAL);
    expect(ownersOf(taken, NOW)).toMatchObject([{ manager: UNIVERSAL, lease: { committed: false } }]);
    const events = sweepModifications(taken, NOW + 5000, T0);
    expect(changes(events)).toEqual(['LOST']);
    expect(events[0]?.change).toMatchObject({ manager: UNIVERSAL, owner: EXIT, token: taken.version });
    expect(events[0]?.trade.owners).toEqual([{ field: 'STOP_LOSS', manager: EXIT, lease: null }]);
  });

  it('that ended after a commit leaves its manager the owner, and the value untrusted', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    const swept = sweepModifications(trade, NOW + 5000, T0)[0]?.trade;
    expect(swept).toMatchObject({ stopLoss: 90, owners: [{ manager: EXIT, lease: null }] });
    expect(refusal(release(trade, 'applied', 'keep', NOW + 5000)).kind).toBe('MODIFICATION_LOST');
  });

  it('that ended is recorded as lost before the next one is granted', () => {
    const { events, trade } = done(ask(acquire(tradeOf(), EXIT), SCALPER, { now: NOW + 5000 }));
    expect(changes(events)).toEqual(['LOST', 'GRANTED']);
    expect(tokenOf(trade)).toBe(trade.version);
  });

  it('taken by priority is named in the grant, and its commit is lost', () => {
    const first = acquire(tradeOf(), EXIT);
    const { events } = done(ask(first, UNIVERSAL));
    expect(events.at(-1)?.change).toMatchObject({
      step: 'GRANTED',
      note: `takes it from ${EXIT} (lease ${first.version})`,
    });
    const taken = events.at(-1)?.trade ?? first;
    const late = commitModification(taken, { token: first.version, value: 95 }, contextAt(NOW));
    expect(refusal(late)).toEqual({ kind: 'MODIFICATION_LOST', token: first.version });
  });

  it('on one field says nothing of another', () => {
    const trade = acquire(acquire(tradeOf(), EXIT), SCALPER, { field: 'TAKE_PROFIT' });
    expect(ownersOf(trade, NOW).map(({ field, manager }) => [field, manager])).toEqual([
      ['STOP_LOSS', EXIT],
      ['TAKE_PROFIT', SCALPER],
    ]);
  });

  it('that its holder asks for again gets a new token; the old one is lost', () => {
    const first = acquire(tradeOf(), EXIT);
    const second = acquire(first, EXIT);
    expect(tokenOf(second)).toBe(first.version + 1);
    expect(
      refusal(commitModification(second, { token: first.version, value: 95 }, contextAt(NOW))).kind,
    ).toBe('MODIFICATION_LOST');
  });

  it('that is committed is not given again, not even to its holder', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    for (const manager of [EXIT, UNIVERSAL]) {
      expect(refusal(ask(trade, manager))).toEqual({
        kind: 'MODIFICATION_UNDER_WAY',
        field: 'STOP_LOSS',
        owner: EXIT,
        endsAt: NOW + 5000,
      });
    }
  });
});

describe('a commit', () => {
  it('made again with the same value is answered alike, with another it is refused', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    expect(commit(trade, 95)).toEqual({ outcome: 'done', events: [] });
    expect(refusal(commit(trade, 96))).toMatchObject({ kind: 'INVALID', requestField: 'value' });
  });

  it('is refused when DTMS defends the trade since, and when a bridge has an action on the field', () => {
    const trade = acquire(tradeOf(), UNIVERSAL);
    expect(refusal(commit({ ...trade, state: 'HEDGED' }, 95))).toEqual({
      kind: 'FIELD_OWNED',
      field: 'STOP_LOSS',
      owner: DTMS,
      state: 'HEDGED',
    });
    expect(refusal(commit({ ...trade, actions: [actionOn('STOP_LOSS', 'LEASED')] }, 95))).toMatchObject({
      kind: 'MODIFICATION_UNDER_WAY',
      owner: DTMS,
      endsAt: T0 + 60_000,
    });
  });

  it('is refused when its manager is not registered any more', () => {
    const trade = acquire(tradeOf(), SCALPER);
    const ownership = { ...OWNERSHIP, managers: {} };
    const outcome = commitModification(
      trade,
      { token: tokenOf(trade), value: 95 },
      contextAt(NOW, { ownership }),
    );
    expect(refusal(outcome)).toEqual({ kind: 'UNKNOWN_MANAGER', manager: SCALPER });
  });

  it('of another follows at once on an owner that is not registered any more', () => {
    const owned = modified(tradeOf(), UNIVERSAL, 95);
    const context = contextAt(NOW, { ownership: { ...OWNERSHIP, managers: { [SCALPER]: 0 } } });
    const request = { manager: SCALPER, field: 'STOP_LOSS', leaseMs: null, override: null } as const;
    expect(acquireModification(owned, request, context).outcome).toBe('done');
  });

  describe.each(['BUY', 'SELL'] as const)('of the stop of a %s', (direction) => {
    const sign = direction === 'BUY' ? 1 : -1;
    const at = (distance: number) => 100 + sign * distance;
    const trade = tradeOf({ stopLoss: at(-10) }, { direction });
    const facts = new ScriptedFacts({ bid: at(0), ask: at(0) });
    const committed = (value: number | null, asked: Asked = {}) =>
      refusal(commit(acquire(trade, EXIT, asked), value, NOW, facts)).kind;

    it.each([
      ['tighter', -5, 'none'],
      ['equal', -10, 'none'],
      ['looser', -11, 'WOULD_LOOSEN'],
      ['at the price', 0, 'STOP_ON_WRONG_SIDE'],
      ['beyond the price', 1, 'STOP_ON_WRONG_SIDE'],
    ])('%s', (_how, distance, kind) => {
      expect(committed(at(distance))).toBe(kind);
    });

    it('looser, under an override', () => {
      const override = { by: 'kim', reason: 'wider news stop' };
      expect(committed(at(-12), { override })).toBe('none');
      expect(committed(at(1), { override })).toBe('STOP_ON_WRONG_SIDE');
      const after = acquire(trade, EXIT, { override });
      expect(done(release(done(commit(after, at(-12), NOW, facts)).trade)).trade.stopLoss).toBe(at(-12));
    });

    it.each([null, 0, Number.NaN, Number.POSITIVE_INFINITY])('of %s is no stop', (value) => {
      expect(committed(value)).toBe('INVALID');
    });
  });

  it.each([
    [0, 'none'],
    [1, 'none'],
    [0.5, 'none'],
    [0.01, 'none'],
    [0.505, 'INVALID'],
    [1.01, 'INVALID'],
    [-0.5, 'INVALID'],
    [null, 'INVALID'],
  ])('of a volume of 1 to %s', (value, kind) => {
    expect(refusal(commit(acquire(tradeOf(), EXIT, { field: 'VOLUME' }), value)).kind).toBe(kind);
  });

  it.each([
    [null, 'none'],
    [120, 'none'],
    [80, 'none'],
    [0, 'INVALID'],
  ])('of a target to %s', (value, kind) => {
    expect(refusal(commit(acquire(tradeOf(), EXIT, { field: 'TAKE_PROFIT' }), value)).kind).toBe(kind);
  });
});

describe('a release', () => {
  it('takes the committed value over, in the name of its manager', () => {
    const { trade, events } = done(release(done(commit(acquire(tradeOf(), EXIT), 95)).trade));
    expect(changes(events)).toEqual(['RELEASED', 'updated']);
    expect(events[1]?.change).toMatchObject({ manager: EXIT, changedFields: ['stop_loss'] });
    expect(trade).toMatchObject({ stopLoss: 95, owners: [{ manager: EXIT, lease: null }] });
  });

  it('of a target that was removed, and of a smaller volume', () => {
    const target = done(commit(acquire(tradeOf({ takeProfit: 120 }), EXIT, { field: 'TAKE_PROFIT' }), null));
    expect(done(release(target.trade)).trade.takeProfit).toBeNull();
    const part = modified(tradeOf(), EXIT, 0.4, 'VOLUME');
    // What a manager closed is not DTMS's to add again.
    expect(part).toMatchObject({ volume: 0.4, closedVolume: 0 });
  });

  it('of a volume of 0 closes the trade', () => {
    const { trade, events } = done(
      release(done(commit(acquire(tradeOf(), EXIT, { field: 'VOLUME' }), 0)).trade),
    );
    expect(changes(events)).toEqual(['RELEASED', 'stateChanged']);
    expect(trade).toMatchObject({ state: 'CLOSED', closeReason: 'REQUESTED' });
    expect(ownersOf(trade)).toEqual([]);
    expect(refusal(ask(trade, UNIVERSAL)).kind).toBe('TRADE_CLOSED');
  });

  it('of what was not applied changes nothing but the lease', () => {
    const { trade, events } = done(release(done(commit(acquire(tradeOf(), EXIT), 95)).trade, 'not_applied'));
    expect(changes(events)).toEqual(['RELEASED']);
    expect(trade).toMatchObject({ stopLoss: 90, owners: [{ manager: EXIT, lease: null }] });
  });

  it('without a commit cannot say that something was applied', () => {
    const trade = acquire(tradeOf(), EXIT);
    expect(refusal(release(trade))).toMatchObject({ kind: 'INVALID', requestField: 'applied' });
    expect(done(release(trade, 'not_applied')).trade.owners).toEqual([]);
  });

  it('can give the field up', () => {
    const owned = modified(tradeOf(), EXIT, 95);
    expect(refusal(ask(owned, SCALPER))).toMatchObject({ kind: 'FIELD_OWNED', owner: EXIT });
    const given = done(release(acquire(owned, EXIT), 'not_applied', 'give_up')).trade;
    expect(given.owners).toEqual([]);
    expect(ask(given, SCALPER).outcome).toBe('done');
  });

  it('gives up only what is its own', () => {
    const owned = modified(tradeOf(), EXIT, 95);
    const given = done(release(acquire(owned, UNIVERSAL), 'not_applied', 'give_up')).trade;
    expect(given.owners).toEqual([{ field: 'STOP_LOSS', manager: EXIT, lease: null }]);
  });

  it('made again, or of a lease that was taken, is lost', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    const token = tokenOf(trade);
    const after = done(release(trade)).trade;
    const again = releaseModification(
      after,
      { token, applied: 'applied', ownership: 'keep' },
      contextAt(NOW),
    );
    expect(refusal(again)).toEqual({ kind: 'MODIFICATION_LOST', token });
  });

  it('never loosens a stop that the broker told to be tighter meanwhile', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    const { trade: after, events } = done(release({ ...trade, stopLoss: 97 }));
    expect(after.stopLoss).toBe(97);
    expect(changes(events)).toEqual(['RELEASED']);
    expect(events[0]?.change).toMatchObject({ note: expect.stringContaining('overtaken') });
  });
});

describe('DTMS', () => {
  const STATES: readonly [State, boolean][] = [
    ['HEALTHY', false],
    ['WARNING_L1', false],
    ['WARNING_L2', true],
    ['HEDGED', true],
    ['RECOVERING', false],
  ];

  it.each(STATES)('in %s may touch a stop of universal_sl_tp_manager: %s', (state, allowed) => {
    const owned = modified(tradeOf(), UNIVERSAL, 95);
    expect(mayDtmsModify(owned, 'STOP_LOSS', state, OWNERSHIP)).toEqual(
      allowed ? { allowed: true } : { allowed: false, owner: UNIVERSAL, note: `${UNIVERSAL} owns the stop` },
    );
    expect(mayDtmsModify(owned, 'VOLUME', state, OWNERSHIP)).toEqual({ allowed: true });
    expect(mayDtmsModify(modified(tradeOf(), EXIT, 95), 'STOP_LOSS', state, OWNERSHIP).allowed).toBe(true);
  });

  it('waits for a commit of anybody, and for a lease of higher priority', () => {
    const waits = (trade: Trade, state: State, now = NOW) =>
      modificationToAwait({ ...trade, state }, 'STOP_LOSS', now, OWNERSHIP) !== null;
    const low = acquire(tradeOf(), EXIT);
    const high = acquire(tradeOf(), UNIVERSAL);
    const committed = done(commit(low, 95)).trade;
    expect([waits(low, 'HEALTHY'), waits(low, 'HEDGED')]).toEqual([false, false]);
    expect([waits(high, 'HEALTHY'), waits(high, 'HEDGED')]).toEqual([true, false]);
    expect([waits(committed, 'HEALTHY'), waits(committed, 'HEDGED')]).toEqual([true, true]);
    expect(waits(committed, 'HEDGED', NOW + 5000)).toBe(false);
  });

  it('is shown as the owner of all while it defends, but for a commit that is under way', () => {
    const { trade } = done(commit(acquire(tradeOf(), EXIT), 95));
    const shown = ownersOf({ ...trade, state: 'HEDGED' }, NOW);
    expect(shown.map(({ manager }) => manager)).toEqual([EXIT, DTMS, DTMS]);
    const open = ownersOf({ ...acquire(tradeOf(), EXIT), state: 'HEDGED' }, NOW);
    expect(open.map(({ manager, lease }) => [manager, lease])).toEqual([
      [DTMS, null],
      [DTMS, null],
      [DTMS, null],
    ]);
  });
});
