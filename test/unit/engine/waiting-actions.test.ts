// How long an action waits for a bridge goes by the database's clock alone: whatever time its market has, whoever says what the
// time is, and when its feed becomes live, or of another kind.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FeedKind } from '../../../src/domain/market/feed.js';
import { knownFrom } from '../../../src/domain/market/given-time.js';
import type { MarketItem } from '../../../src/domain/market/market-item.js';
import { DEFAULT_RULES, type Rules } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { leaseDue, replayAction, resolveAction } from '../../../src/engine/leases.js';
import { type TurnOutbox, Turns } from '../../../src/engine/turns.js';
import { EAGER_RULES, liveCourse, OPENED } from '../../support/live-account.js';
import { runs } from '../../support/properties.js';
import { MINUTE, specOf } from '../../support/trades.js';

const { states, breaker } = EAGER_RULES;
const RULES: Rules = {
  ...DEFAULT_RULES,
  states: { ...DEFAULT_RULES.states, ...states },
  breaker: { ...DEFAULT_RULES.breaker, ...breaker },
};
const { abandonedMs } = RULES.actions;
const SECOND = 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday noon. */
const NOON = Date.UTC(2026, 10, 30, 12);
const KEY = { account: 'demo', ticket: 1n };
const WORK = { account: 'demo', bridge: 'b1', maxLeases: 10, leaseMs: HOUR };

/** A server whose database has one clock and whose machine has another, and a trade in a market that fell until a moment of the past. */
class Server {
  now = NOON;
  passing = 0;
  /** By action, the database's time when it was first seen. */
  readonly planned = new Map<string, number>();
  readonly #turns = new Turns(RULES, { database: () => this.now, process: () => this.passing }, 'off');

  constructor(kind: FeedKind, age: number) {
    this.declare(kind);
    for (const [index, { timeframe, bar }] of liveCourse(NOON - age).entries()) {
      if (index === OPENED) {
        const spec = specOf({ entryPrice: bar.open, stopLoss: 80, openedAt: bar.time });
        this.take(() => this.engine.register(spec, this.now));
      }
      this.push({ kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false });
    }
  }

  get engine() {
    return this.#turns.engine;
  }

  get trade(): Trade {
    return this.engine.get('demo', 1n) ?? expect.fail('there is a trade');
  }

  get waiting() {
    return this.trade.actions.filter(({ status }) => status === 'PENDING' || status === 'HELD');
  }

  /** What nobody took in time. */
  get givenUp() {
    return this.trade.deadLetters.filter(({ reason }) => reason === 'no bridge took it');
  }

  declare(kind: FeedKind): void {
    this.take(() => this.engine.feeds.put({ ...this.engine.feeds.of('default'), kind }));
  }

  push(item: MarketItem): void {
    this.take(() => this.engine.apply('default', item, this.now));
    this.#turns.clock.saw('default', knownFrom(item));
  }

  quote(age: number, bid: number): void {
    const quote = { time: this.now - age, bid, ask: bid + 0.02 };
    this.push({ kind: 'quote', symbol: 'BTCUSD', quote });
  }

  sweep(): void {
    this.#note(this.#turns.sweep());
  }

  lease(): number {
    const at = this.#turns.clock.now('default');
    return this.take(() => leaseDue(this.engine, WORK, { now: this.now, at })).length;
  }

  take<T>(act: () => T): T {
    const result = this.#turns.take({ name: 'test', args: [] }, '', act);
    this.#note(this.#turns.settle());
    return result;
  }

  #note({ events }: TurnOutbox): void {
    for (const { change } of events)
      if (change.kind === 'stateChanged' || change.kind === 'actionPlanned')
        for (const { actionId } of change.planned) this.planned.set(actionId, this.now);
  }
}

const anyKind = fc.constantFrom<FeedKind>('LIVE', 'RECORDED');
/** Of a year that is played, and of a feed that is on time. */
const anyAge = fc.oneof(fc.integer({ min: 0, max: 500 * DAY }), fc.constant(0), fc.constant(365 * DAY));

test('law: what was planned on data of any age is leased however many sweeps come before a bridge', () => {
  const seen = { old: 0, fresh: 0 };
  fc.assert(
    fc.property(anyKind, anyAge, fc.integer({ min: 1, max: 20 }), (kind, age, sweeps) => {
      const server = new Server(kind, age);
      const due = server.waiting.length;
      for (let count = 0; count < sweeps; count += 1) {
        server.now += SECOND;
        server.passing += SECOND;
        server.sweep();
      }
      expect(server.givenUp).toEqual([]);
      expect(server.waiting).toHaveLength(due);
      expect(server.lease()).toBeGreaterThan(0);
      seen[age > DAY ? 'old' : 'fresh'] += 1;
    }),
    { numRuns: runs(20) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

describe('law: an action is given up a week of the database after it was planned, and never before', () => {
  const anyStep = fc.oneof(
    fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 2 * DAY }) }),
    fc.record({ what: fc.constant('jump' as const), ms: fc.integer({ min: -DAY, max: 10 * DAY }) }),
    fc.record({ what: fc.constant('declare' as const), kind: anyKind }),
    fc.record({ what: fc.constant('quote' as const), age: anyAge, bid: fc.integer({ min: 88, max: 92 }) }),
  );
  test('whatever its feed is, becomes, and is told', () => {
    let givenUp = 0;
    fc.assert(
      fc.property(anyKind, anyAge, fc.array(anyStep, { minLength: 4, maxLength: 25 }), (kind, age, steps) => {
        const server = new Server(kind, age);
        const last = { what: 'pass', ms: abandonedMs } as const;
        for (const step of [...steps, last]) {
          if (step.what === 'pass') {
            server.now += step.ms;
            server.passing += step.ms;
          } else if (step.what === 'jump') server.passing += step.ms;
          else if (step.what === 'declare') server.declare(step.kind);
          else server.quote(step.age, step.bid);
          server.sweep();
          const waited = (actionId: string): number =>
            server.now - (server.planned.get(actionId) ?? expect.fail(actionId));
          for (const { actionId } of server.givenUp)
            expect(waited(actionId)).toBeGreaterThanOrEqual(abandonedMs);
          for (const { actionId } of server.waiting) expect(waited(actionId)).toBeLessThan(abandonedMs);
        }
        givenUp += server.givenUp.length;
      }),
      { numRuns: runs(40) },
    );
    expect(givenUp).toBeGreaterThan(0);
  });
});

describe('what waits again', () => {
  function abandoned(): Server {
    const server = new Server('LIVE', 365 * DAY);
    server.now += abandonedMs;
    server.sweep();
    expect(server.givenUp.length).toBeGreaterThan(0);
    return server;
  }

  test('a letter that a person puts back to work has its week again', () => {
    const server = abandoned();
    const letter = server.givenUp.at(-1) ?? expect.fail('there is a letter');
    const moment = { at: server.now, now: server.now };
    server.take(() =>
      replayAction(server.engine, { trade: server.trade, action: letter }, 'anna', '', moment),
    );
    server.now += abandonedMs - 1;
    server.sweep();
    expect(server.waiting.map(({ actionId }) => actionId)).toContain(letter.actionId);
    server.now += 1;
    server.sweep();
    expect(server.givenUp.map(({ actionId }) => actionId)).toContain(letter.actionId);
  });

  test('an order whose doubt took longer is tried again, and not given up at once', () => {
    const server = new Server('LIVE', 0);
    const [action] = server.waiting;
    if (action === undefined) expect.fail('there is an action');
    const doubted = { ...action, status: 'IN_DOUBT' as const, begunAt: server.now, attempts: 1 };
    server.engine.renewTrade({ ...server.trade, actions: [doubted] });
    server.now += 2 * abandonedMs;
    const found = { trade: server.trade, action: doubted };
    const moment = { at: server.now, now: server.now };
    server.take(() => resolveAction(server.engine, found, { how: 'retry' }, 'anna', '', moment));
    server.now += SECOND;
    server.sweep();
    expect(server.waiting.map(({ actionId }) => actionId)).toEqual([action.actionId]);
  });

  test('the leg of a hedge whose trade is told to have ended long ago waits for its bridge', () => {
    const server = new Server('LIVE', 365 * DAY);
    const hedge = { ticket: 77n, volume: 1, entryPrice: 93, stopLoss: 110 };
    server.engine.renewTrade({ ...server.trade, hedge, actions: [] });
    server.take(() => server.engine.close(KEY, 'STOP_LOSS', 80, server.now - 30 * DAY));
    server.now += SECOND;
    server.sweep();
    expect(server.trade.actions).toMatchObject([{ type: 'CLOSE_HEDGE', status: 'PENDING' }]);
  });
});
