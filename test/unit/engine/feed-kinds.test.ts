// A feed may become a recording, and a live one again, while timers of its trades run: by its other clock they end when they would have
// ended by the first one, however far the clocks are apart, and a stop waits no longer and no shorter for the next.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Deciding } from '../../../src/commands/command.js';
import { upsertFeed } from '../../../src/commands/feeds.js';
import { clockChanged } from '../../../src/domain/changes/clock-change.js';
import type { FeedKind } from '../../../src/domain/market/feed.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { State } from '../../../src/domain/trade/state.js';
import { Engine } from '../../../src/engine/engine.js';
import { FeedClock } from '../../../src/engine/feed-clock.js';
import { quoteItem, ScriptedView } from '../../support/scripted-view.js';
import { MINUTE, T0, tradeOf } from '../../support/trades.js';

const DAY = 1440 * MINUTE;
const ISSUER = {
  ...{ method: 'x', principal: { name: 'ann', id: '1' }, right: 'change' as const },
  ...{ writer: { name: 'ann', accounts: null, feeds: null } },
};

/** A market whose data are so much older than the database's time. */
function stage(behind: number, kind: FeedKind) {
  const engine = new Engine(DEFAULT_RULES);
  engine.feeds.put({ ...engine.feeds.of('default'), kind });
  engine.restoreView('default', new ScriptedView());
  let now = T0;
  const databaseNow = () => now;
  const clock = new FeedClock({
    database: databaseNow,
    process: databaseNow,
    kindOf: (name) => engine.feeds.feedKind(name),
  });
  const term: Deciding = { engine, clock, databaseNow, revisionOf: () => 0, head: 0 };
  const pass = (minutes: number): void => {
    now += minutes * MINUTE;
    engine.apply('default', quoteItem(now - behind, 100), now);
    clock.saw('default', now - behind);
  };
  const become = (other: FeedKind): void => {
    upsertFeed({ name: 'default', kind: other, accounts: [], confirmedBy: null }, ISSUER).apply(term);
  };
  return {
    engine,
    pass,
    become,
    timers: () => (engine.feeds.feedKind('default') === 'LIVE' ? now : now - behind),
  };
}

const KINDS = ['LIVE', 'RECORDED'] as const;
const TIMED: readonly State[] = ['HEDGED', 'RECOVERING'];
const step = fc.oneof(
  fc.record({ pass: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ become: fc.constantFrom(...KINDS) }),
);

test('law: a change of kind neither ends a timer early nor keeps it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, MINUTE, DAY, 365 * DAY),
      fc.constantFrom(...KINDS),
      fc.constantFrom(...TIMED),
      fc.integer({ min: 1, max: 75 }),
      fc.array(step, { minLength: 2, maxLength: 25 }),
      (behind, kind, state, minutes, steps) => {
        const { engine, pass, become, timers } = stage(behind, kind);
        pass(0);
        const endsAt = timers() + minutes * MINUTE;
        const hedge = { ticket: 2n, volume: 1, entryPrice: 100, stopLoss: null };
        engine.restoreTrade(
          tradeOf({
            ...{ state, stateEnteredAt: T0 - behind, openedAt: T0 - behind, monitoredSince: T0 - behind },
            ...{ warnedFrom: T0 - behind, structureSeenAt: T0 - behind, risk: 10 },
            ...(state === 'HEDGED' ? { hedge, flatTimerEndsAt: endsAt } : { recoveryTimerEndsAt: endsAt }),
          }),
        );
        let passed = 0;
        const take = (each: (typeof steps)[number]): void => {
          if ('become' in each) become(each.become);
          else {
            pass(each.pass);
            passed += each.pass;
          }
          const now = engine.get('demo', 1n)?.state;
          const isOver = passed >= minutes;
          // Data may be too old for a live feed to end anything by.
          const isSure =
            'pass' in each && (behind <= MINUTE || engine.feeds.feedKind('default') === 'RECORDED');
          if (!isOver || isSure)
            expect(now, `${passed} of ${minutes} minutes`).toBe(isOver ? 'CLOSED' : state);
        };
        for (const each of steps) take(each);
        take({ become: 'RECORDED' });
        take({ pass: 80 });
      },
    ),
    { numRuns: 300 },
  );
});

test('law: a stop was changed as long ago as before, by whichever clock', () => {
  const { minimumIntervalMs } = DEFAULT_RULES.actions;
  const minutes = fc.integer({ min: -600, max: 600 }).map((each) => each * MINUTE);
  fc.assert(
    fc.property(minutes, minutes, minutes, fc.boolean(), (ahead, age, passed, isToLive) => {
      const [asOf, now] = [T0, T0 + ahead];
      const [from, to] = isToLive ? [asOf, now] : [now, asOf];
      const trade = tradeOf({ stopChangedAt: asOf - age });
      const ageBy = (changedAt: number, clock: number): number =>
        (changedAt <= asOf ? asOf : clock) - changedAt;
      const before = ageBy(asOf - age, from);
      const [event] = clockChanged(trade, { asOf, from, to }, asOf, DEFAULT_RULES);
      const changedAt = (event?.trade ?? trade).stopChangedAt ?? expect.fail('it was changed');
      // By the clock of then, whose market goes on from there.
      const later = to - changedAt + Math.max(0, passed);
      const isFree = later >= minimumIntervalMs;
      if (event !== undefined) expect(to - changedAt).toBe(before);
      else
        expect([before, ageBy(changedAt, to)].every((each) => each >= minimumIntervalMs) || ahead === 0).toBe(
          true,
        );
      if (event !== undefined) expect(isFree).toBe(before + Math.max(0, passed) >= minimumIntervalMs);
    }),
  );
});
