// Trades that stay packed until somebody asks for them: what is known of one without unpacking it is what it says, and an
// engine that has them packed knows of them, and shows, what one has that was given them whole.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { STATES } from '../../../src/domain/trade/state.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { isSettled } from '../../../src/domain/trade/version.js';
import { DurableTrades } from '../../../src/engine/durable-trades.js';
import { Engine } from '../../../src/engine/engine.js';
import { type Asking, Market } from '../../../src/engine/market.js';
import { tradeKey } from '../../../src/engine/results.js';
import { UnreadableBodyError } from '../../../src/store/bodies/body.js';
import { PACKED_TRADE, sketchOfPacked } from '../../../src/store/bodies/packed-trade.js';
import { encodeTrade } from '../../../src/store/bodies/trade.js';
import { PackedStoredTrade, tradesOfPage } from '../../../src/store/packed-stored-trade.js';
import type { StoredTrade } from '../../../src/store/types.js';
import { LIVELY, logOf, play, TICKETS } from '../../support/engine-course.js';
import { packedTrades, rowOf } from '../../support/packed-page.js';
import { anyPolicy } from '../../support/policies.js';
import { runs } from '../../support/properties.js';
import { barItem, take } from '../../support/scripted-view.js';
import { anyTrade, makeTrade } from '../../support/stored.js';
import { MONDAY, syntheticBars } from '../../support/synthetic-market.js';
import { specOf, tradeOf } from '../../support/trades.js';

const BARS = 220;

/** Different trades, as they are stored. */
const anyStored = fc
  .uniqueArray(anyTrade, { maxLength: 12, selector: ({ spec }) => tradeKey(spec.account, spec.ticket) })
  .map((trades) =>
    trades.map((trade, i): StoredTrade => ({ trade, registeredRevision: i + 1, revision: i + 20 })),
  );

test('the sketch of a packed trade is what the trade says', () => {
  fc.assert(
    fc.property(anyTrade, (trade) => {
      const sketch = sketchOfPacked(PACKED_TRADE.pack(trade));
      expect(trade).toMatchObject(sketch ?? {});
      expect(Object.keys(sketch ?? {})).toHaveLength(16);
      expect(Object.keys(sketch?.spec ?? {})).toEqual(['account', 'ticket', 'direction', 'feed']);
    }),
    { numRuns: runs(200) },
  );
});

test('an older body has its sketch as well, one that is JSON is read whole, and a damaged one is refused at once', () => {
  const file = join(import.meta.dirname, '..', 'store', 'bodies', 'trade.2.hex');
  const older = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  expect(PACKED_TRADE.unpack(older)).toMatchObject(sketchOfPacked(older) ?? {});
  expect(sketchOfPacked(older)?.policy).toBeNull();
  const stored = { trade: makeTrade(7), registeredRevision: 3, revision: 9 };
  const [json] = tradesOfPage(rowOf(stored, Buffer.from(encodeTrade(stored.trade))));
  expect(json?.sketch).toEqual(stored.trade);
  const damaged = PACKED_TRADE.pack(stored.trade);
  damaged[40] = (damaged[40] ?? 0) ^ 1;
  expect(() => tradesOfPage(rowOf(stored, damaged))[0]?.sketch).toThrow(UnreadableBodyError);
});

test('a page has its trades in order, each whole, unpacked once, and packed again as it was', () => {
  fc.assert(
    fc.property(anyStored, (stored) => {
      const packed = packedTrades(stored);
      const bodies = packed.map((each) => Buffer.from(each.packed));
      expect(
        packed.map(({ trade, registeredRevision, revision }) => ({ trade, registeredRevision, revision })),
      ).toEqual(stored);
      for (const [i, each] of packed.entries()) {
        expect(each.trade).toBe(each.trade);
        expect(Buffer.from(each.packed)).toEqual(bodies[i]);
      }
    }),
    { numRuns: runs(50) },
  );
});

/** What an engine says of its trades. */
function told(engine: Engine, trades: readonly Trade[]) {
  const { counters, tradeOrders } = engine;
  const accounts = [...engine.tradingAccounts()];
  const positions = trades.flatMap(({ spec, hedge, positionTicket }) =>
    [spec.ticket, hedge?.ticket ?? 0n, positionTicket].map((ticket) => engine.naming(spec.account, ticket)),
  );
  return { counters, tradeOrders, accounts, positions, trades: [...engine.trades()] };
}

test('an engine with packed trades knows of them what one does that has them whole, before and after they are asked for', () => {
  fc.assert(
    fc.property(anyStored, (stored) => {
      const open = stored.filter(({ trade }) => !isSettled(trade));
      const [whole, packed] = [new Engine(DEFAULT_RULES), new Engine(DEFAULT_RULES)];
      for (const { trade } of open) whole.restoreTrade(trade);
      // Those that are settled are not taken.
      const taken = packedTrades(stored).filter((each) => packed.restoreTrade(each) !== null);
      expect(taken.map(({ registeredRevision }) => registeredRevision)).toEqual(
        open.map((each) => each.registeredRevision),
      );
      expect(packed.counters).toEqual(whole.counters);
      // What bridges are about to ask for is unpacked.
      for (const held of packed.heldTrades())
        if (!(held instanceof PackedStoredTrade)) expect(held.actions).not.toEqual([]);
      const trades = open.map(({ trade }) => trade);
      expect(told(packed, trades)).toEqual(told(whole, trades));
    }),
    { numRuns: runs(50) },
  );
});

/** What a market says of its trades at a moment: which a check may move, and which have policies of their own. */
function asked(market: Market, clock: number) {
  const [moved, ruled]: [bigint[], bigint[]] = [[], []];
  const asking: Asking = {
    clock,
    states: STATES,
    gate: (policy, state) => ({ open: policy?.name === 'own' && state === 'HEDGED', structureAt: 5 }),
    rules: ({ version }) => (version === 2 ? ({ spec }) => spec.ticket % 2n === 0n : null),
  };
  const count = market.visit(asking, ({ trade }) => moved.push(trade.spec.ticket));
  market.visitPolicies(({ trade }) => ruled.push(trade.spec.ticket));
  const waiting = market.waiting().map(({ trade }) => trade.spec.ticket);
  return { count, moved, ruled, waiting, size: market.size };
}

test('when trades of a market leave, what is noted of the others stays theirs, packed or not', () => {
  const policy = fc.constantFrom(null, { name: 'own', version: 1 }, { name: 'own', version: 2 });
  const shown = fc.record({
    state: fc.constantFrom(...STATES.filter((state) => state !== 'CLOSED')),
    monitoredSince: fc.constantFrom(null, 1, 1),
    pausedAt: fc.constantFrom(null, null, 1),
    flatTimerEndsAt: fc.integer({ min: 1, max: 20 }),
    structureSeenAt: fc.integer({ min: 1, max: 10 }),
    policy,
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(shown, fc.boolean()), { minLength: 150, maxLength: 300 }), (each) => {
      const stored = each.map(([some], i): StoredTrade => {
        const trade = makeTrade(i + 1, some);
        return { trade, registeredRevision: i + 1, revision: i + 1 };
      });
      const left = stored.filter((_, i) => each[i]?.[1] === true && i % 4 === 0);
      const market = new Market('default', 'BTCUSD');
      const slots = packedTrades(stored).map((one) => market.add(one));
      for (const [i, slot] of slots.entries()) {
        if (stored[i] === undefined || left.includes(stored[i])) continue;
        // Some settle here, others go on elsewhere.
        if (i % 2 === 0)
          market.replace(slot, { ...slot.trade, state: 'CLOSED', actions: [], deadLetters: [] });
        market.leave(slot);
      }
      const last = makeTrade(1000, { state: 'HEALTHY', monitoredSince: null });
      const fresh = new Market('default', 'BTCUSD');
      for (const { trade } of left) fresh.add(trade);
      expect(asked(market, 10)).toEqual(asked(fresh, 10));
      // Now the others move together.
      for (const one of [market, fresh]) one.add(last);
      expect(asked(market, 10)).toEqual(asked(fresh, 10));
      // Some are of another market now, among those it had.
      const [other, both] = [new Market('other', 'BTCUSD'), new Market('other', 'BTCUSD')];
      for (const [i, slot] of slots.entries()) slot.order = i;
      const moving = new Set(slots.filter((_, i) => left.includes(stored[i] as StoredTrade) && i % 8 === 0));
      const there = makeTrade(2000, { state: 'WARNING_L1', monitoredSince: null });
      other.add(there).order = 50.5;
      market.move(moving, other);
      const moved = left.filter(({ registeredRevision }) => registeredRevision % 8 === 1);
      const before = moved.filter(({ registeredRevision }) => registeredRevision <= 51);
      for (const { trade } of before) both.add(trade);
      both.add(there);
      for (const each of moved) if (!before.includes(each)) both.add(each.trade);
      expect(asked(other, 10)).toEqual(asked(both, 10));
      const stays = new Market('default', 'BTCUSD');
      for (const each of left) if (!moved.includes(each)) stays.add(each.trade);
      stays.add(last);
      expect(asked(market, 10)).toEqual(asked(stays, 10));
    }),
    { numRuns: runs(30) },
  );
});

test('a trade that goes on in another market is decided about in that one alone', () => {
  const engine = new Engine(LIVELY);
  const bars = syntheticBars({ seed: 1, count: 120, length: 900_000 });
  for (const bar of bars.slice(0, 60)) take(engine, 'default', barItem(bar));
  const openedAt = MONDAY + 60 * 900_000;
  const entryPrice = bars[59]?.close ?? 0;
  for (const [ticket, monitoredSince] of [
    [7n, null],
    [8n, openedAt],
  ] as const) {
    const spec = specOf({ ticket, entryPrice, stopLoss: entryPrice - 8, openedAt });
    const trade = tradeOf({ monitoredSince, risk: 8 }, spec);
    engine.restoreTrade(trade);
    engine.renewTrade({ ...trade, spec: { ...spec, feed: 'other' }, version: trade.version + 1 });
  }
  engine.drain();
  for (const bar of bars.slice(60)) take(engine, 'default', barItem(bar));
  expect(engine.drain().events).toEqual([]);
  for (const bar of bars) take(engine, 'other', barItem(bar));
  expect(new Set(engine.drain().events.map(({ trade }) => trade.spec.ticket))).toEqual(new Set([7n, 8n]));
});

/** As the database gives them back; some stored by a program that wrote JSON. */
function restorePacked(engine: Engine, trades: readonly Trade[]): void {
  const rows = trades.map((trade, i) => {
    const stored = { trade, registeredRevision: i + 1, revision: i + 1 };
    return i % 5 === 4 ? rowOf(stored, Buffer.from(encodeTrade(trade))) : rowOf(stored);
  });
  for (const each of tradesOfPage(Buffer.concat(rows))) engine.restoreTrade(each);
}

test('an engine that restarts with packed trades goes on as one that has them whole', () => {
  let restarts = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.uniqueArray(anyPolicy(['a', 'b', 'c']), { maxLength: 3, selector: ({ name }) => name }),
      fc.array(fc.integer({ min: 20, max: BARS - 1 }), { minLength: 1, maxLength: 6 }),
      (seed, policies, moments) => {
        const tickets = Array.from({ length: TICKETS }, (_, i) => i + 1);
        const options = { policies, restartAt: (moment: number) => moments.includes(moment) };
        const whole = play(seed, BARS, tickets, options);
        const packed = play(seed, BARS, tickets, {
          ...options,
          restore: (engine, trades) => {
            restorePacked(engine, trades);
            if ([...engine.heldTrades()].some((held) => held instanceof PackedStoredTrade)) restarts += 1;
          },
        });
        expect(logOf(packed.events)).toEqual(logOf(whole.events));
        const trades = [...whole.engine.trades()];
        expect(told(packed.engine, trades)).toEqual(told(whole.engine, trades));
      },
    ),
    { numRuns: runs(8) },
  );
  expect(restarts).toBeGreaterThan(0);
});

test('what is durable is plain data for whoever asks, as the journal keeps it', () => {
  const stored = { trade: makeTrade(1, { state: 'HEALTHY' }), registeredRevision: 3, revision: 9 };
  const durable = new DurableTrades();
  for (const each of packedTrades([stored])) durable.set('it', each);
  expect(Object.keys(durable.get('it') ?? {})).toEqual(Object.keys(stored));
  const filter = { account: null, symbols: [], states: [...STATES], tickets: [] };
  expect([...durable.list(filter, 0, 9)]).toEqual([stored]);
  expect(structuredClone([...durable.list(filter, 0, 9)])).toEqual([stored]);
});
