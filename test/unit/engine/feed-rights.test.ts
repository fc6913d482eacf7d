// Whose market data decides whose trades: by whatever way a trade came to be, and whatever its feed and its account become.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Heartbeat } from '../../../src/domain/account/account.js';
import type { Feed } from '../../../src/domain/market/feed.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { reconcileAccount } from '../../../src/engine/reconcile.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { runs } from '../../support/properties.js';
import { barItem } from '../../support/scripted-view.js';
import { MINUTE, specOf, T0, tradeOf } from '../../support/trades.js';

const ACCOUNTS = ['a', 'b'] as const;
const FEEDS = ['default', 'own', 'tape'] as const;
const HEDGING = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: true } as const;

const accountOf = fc.constantFrom(...ACCOUNTS);
const feedOf = fc.constantFrom(...FEEDS);
const step = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), feed: feedOf, price: fc.integer({ min: 60, max: 140 }) }),
  fc.record({
    kind: fc.constant('declare' as const),
    name: feedOf,
    accounts: fc.subarray([...ACCOUNTS]),
    recorded: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('end' as const), name: feedOf }),
  fc.record({ kind: fc.constant('beat' as const), account: accountOf, real: fc.boolean() }),
  fc.record({ kind: fc.constant('name' as const), account: accountOf, feeds: fc.subarray([...FEEDS]) }),
  fc.record({ kind: fc.constant('register' as const), account: accountOf, feed: feedOf }),
  fc.record({ kind: fc.constant('adopt' as const), account: accountOf }),
);
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

const heartbeat = (kind: 'REAL' | 'PAPER', at: number): Heartbeat => ({
  ...{ kind, bridgeId: 'b', terminalAccount: '', connected: true, tradeAllowed: true },
  ...{ equity: 1, balance: 1, operations: null, utcOffsetMinutes: 0, reportedAt: at },
});

/** An engine whose steps are a minute apart, and what is known of feeds and accounts beside it. */
class Stage {
  readonly engine = new Engine(DEFAULT_RULES);
  readonly reached: string[] = [];
  readonly #feeds = new Map<string, Feed>();
  readonly #kinds = new Map<string, string>();
  #now = T0;
  #tickets = 0n;

  do(step: Step): void {
    this.#now += MINUTE;
    const { engine } = this;
    if (step.kind === 'push') this.#push(step.feed, step.price);
    else if (step.kind === 'declare') {
      const { name, accounts, recorded } = step;
      const kind = recorded ? 'RECORDED' : 'LIVE';
      const feed: Feed = { name, kind, accounts, confirmedBy: null, madeBy: '' };
      this.#feeds.set(name, feed);
      engine.feeds.put(feed);
    } else if (step.kind === 'end') {
      this.#feeds.delete(step.name);
      engine.feeds.delete(step.name);
    } else if (step.kind === 'beat') {
      engine.accounts.report(step.account, heartbeat(step.real ? 'REAL' : 'PAPER', this.#now), this.#now);
      this.#kinds.set(step.account, engine.accounts.get(step.account)?.kind ?? '');
    } else if (step.kind === 'name') engine.accounts.upsert(step.account, HEDGING, step.feeds);
    else if (step.kind === 'register') {
      this.#tickets += 1n;
      engine.register(
        specOf({ account: step.account, feed: step.feed, ticket: this.#tickets, openedAt: this.#now }),
        this.#now,
      );
    } else this.#adopt(step.account);
  }

  /** As the law says it, not as the engine does. */
  mayFollow({ spec: { account, feed } }: Trade): boolean {
    const known = this.#feeds.get(feed);
    if (known === undefined) return true;
    const isFor = known.accounts.length === 0 || known.accounts.includes(account);
    return isFor && !(known.kind === 'RECORDED' && this.#kinds.get(account) === 'REAL');
  }

  #adopt(account: string): void {
    this.#tickets += 1n;
    const known = [...this.engine.tradesOf(account)].filter(({ state }) => state !== 'CLOSED');
    const added = tradeOf({}, { account, ticket: this.#tickets });
    const positions = [...known, added].map((trade) => positionOf(trade, { openedAt: this.#now }));
    const findings = { asked: new Set([this.#tickets]), settled: new Map(), openers: new Map() };
    const snapshot = snapshotOf(positions, { takenAt: this.#now });
    reconcileAccount(this.engine, account, snapshot, findings, this.#now);
    expect(this.engine.get(account, this.#tickets)).toBeDefined();
  }

  #push(feed: string, price: number): void {
    this.engine.drain();
    const bar = { time: this.#now - MINUTE, open: price, high: price, low: price, close: price, volume: 1 };
    this.engine.apply(feed, barItem(bar, 'M1'), this.#now);
    const order = [...this.engine.trades()].map(({ spec }) => spec.ticket);
    const begun: number[] = [];
    for (const { trade, change } of this.engine.drain().events) {
      expect([trade.spec.feed, this.mayFollow(trade)]).toEqual([feed, true]);
      this.reached.push(change.kind);
      if (change.kind === 'monitoringStarted') begun.push(order.indexOf(trade.spec.ticket));
    }
    // As after a restart, which takes trades in the order in which they were registered.
    expect(begun).toEqual(begun.toSorted((one, other) => one - other));
  }
}

describe('law: the data of a feed reach the trades that follow it and may', () => {
  test('under any course of feeds, accounts, registrations and adoptions', () => {
    let [cutOff, followed, reached] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const stage = new Stage();
        for (const each of steps) {
          stage.do(each);
          for (const trade of stage.engine.trades()) {
            const may = stage.mayFollow(trade);
            expect(stage.engine.feedOf(trade)).toBe(may ? trade.spec.feed : '');
            if (may) followed += 1;
            else {
              cutOff += 1;
              expect(stage.engine.viewOf(trade)).toBeUndefined();
            }
          }
        }
        reached += stage.reached.length;
      }),
      { numRuns: runs(200) },
    );
    // A run with too little traffic is void.
    expect(Math.min(cutOff, followed, reached)).toBeGreaterThan(100);
  });
});

describe('a feed that is for some accounts alone', () => {
  const steps = (confirming: readonly string[], held: readonly string[]): number => {
    const engine = new Engine(DEFAULT_RULES);
    const feed = { kind: 'LIVE', madeBy: '', confirmedBy: null } as const;
    engine.feeds.put({ ...feed, name: 'second', accounts: confirming });
    engine.feeds.put({ ...feed, name: 'first', accounts: held, confirmedBy: 'second' });
    const at = (minute: number, price: number) =>
      barItem(
        { time: T0 + minute * 5 * MINUTE, open: price, high: price, low: price, close: price, volume: 1 },
        'M5',
      );
    for (let minute = 0; minute < 30; minute += 1)
      engine.apply('first', at(minute, 100 + (minute % 2)), T0 + (minute + 1) * 5 * MINUTE);
    engine.apply('second', at(30, 200), T0 + 31 * 5 * MINUTE);
    engine.apply('first', at(30, 200), T0 + 31 * 5 * MINUTE);
    return engine.view('first', 'BTCUSD')?.newestBar?.bar.close ?? 0;
  };

  test.each([
    ['everybody’s confirms what it holds', [], ['a'], 200],
    ['that of the same accounts does', ['a', 'b'], ['a'], 200],
    ['that of others does not', ['b'], ['a'], 101],
    ['one account’s does not confirm everybody’s', ['a'], [], 101],
  ])('%s', (_what, confirming, held, close) => {
    expect(steps(confirming, held)).toBe(close);
  });
});

describe('law: a feed keeps the spelling it began with, and all its data, whatever comes in another', () => {
  const SPELLINGS = ['BTCUSD', 'BTCUSDm', 'BTCUSD.r', 'btcusd', 'BTCUSD.zz'] as const;
  const spelling = fc.constantFrom(...SPELLINGS);
  test('whoever has trades in whichever spelling', () => {
    let refused = 0;
    fc.assert(
      fc.property(spelling, fc.array(spelling), fc.array(spelling), (first, traded, pushed) => {
        const engine = new Engine(DEFAULT_RULES);
        for (const [index, symbol] of traded.entries())
          engine.register(specOf({ symbol, ticket: BigInt(index + 1) }), T0);
        for (const [index, symbol] of [first, ...pushed].entries()) {
          const time = T0 + index * 5 * MINUTE;
          const bar = { time, open: 100, high: 100, low: 100, close: 100, volume: 1 };
          const before = engine.view('default', 'BTCUSD')?.fineBars ?? 0;
          const { status } = engine.apply('default', barItem(bar, 'M5', symbol), time + 5 * MINUTE);
          expect(status).toBe(symbol === first ? 'accepted' : 'rejected');
          expect(engine.view('default', 'BTCUSD')?.fineBars).toBe(before + (symbol === first ? 1 : 0));
          if (symbol !== first) refused += 1;
        }
        expect(engine.drain().forgotten).toEqual([]);
      }),
    );
    expect(refused).toBeGreaterThan(50);
  });
});
