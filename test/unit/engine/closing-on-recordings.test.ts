// Orders that close what is left of closed trades go on while their account may become a real one, or their feed a recording: such a
// change is refused, because by another clock they would be given up at once. Where there is no feed any more, an alarm says so.
import { describe, expect, it } from 'vitest';
import { reportAccount, setAccountKind } from '../../../src/commands/accounts.js';
import type { Deciding } from '../../../src/commands/command.js';
import { deleteFeed, upsertFeed } from '../../../src/commands/feeds.js';
import type { Feed } from '../../../src/domain/market/feed.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action, ActionStatus } from '../../../src/domain/trade/action.js';
import { DurableTrades } from '../../../src/engine/durable-trades.js';
import { Engine } from '../../../src/engine/engine.js';
import { FeedClock } from '../../../src/engine/feed-clock.js';
import { listAlarms } from '../../../src/queries/alarms.js';
import { actionOf } from '../../support/actions.js';
import { T0, tradeOf } from '../../support/trades.js';

const YEAR = 365 * 86_400_000;
const TAPE: Feed = { name: 'tape', kind: 'RECORDED', accounts: [], confirmedBy: null, madeBy: '' };
const ISSUER = {
  ...{ method: 'x', principal: { name: 'ann', id: '1' }, right: 'change' as const },
  ...{ writer: { name: 'ann', accounts: null, feeds: null } },
};
const BEAT = {
  ...{ kind: 'REAL' as const, bridgeId: 'mt5', terminalAccount: '', connected: true, tradeAllowed: true },
  ...{ equity: 1000, balance: 1000, operations: null, utcOffsetMinutes: 0, reportedAt: null },
};

/** A trade closed on a recording of a year ago, of which this is left to do. */
function stage(actions: readonly Action[], feed: Feed = TAPE): Deciding {
  const engine = new Engine(DEFAULT_RULES);
  engine.feeds.put(feed);
  engine.restoreTrade(tradeOf({ state: 'CLOSED', closedAt: T0 - YEAR, actions }, { feed: 'tape' }));
  const clock = new FeedClock({
    database: () => T0,
    process: () => T0 - YEAR,
    kindOf: (name) => engine.feeds.feedKind(name),
  });
  return { engine, clock, databaseNow: () => T0, revisionOf: () => 0, head: 0 };
}

const left = (type: 'CLOSE_ALL' | 'CLOSE_HEDGE', status: ActionStatus) =>
  actionOf(type, { status, plannedAt: T0 - YEAR });
const EVERY = (['CLOSE_ALL', 'CLOSE_HEDGE'] as const).flatMap((type) =>
  (['PENDING', 'HELD', 'IN_DOUBT'] as const).map((status) => [type, status] as const),
);

describe.each(EVERY)('a %s that is %s', (type, status) => {
  it('lets no real account be made of the one it is of', () => {
    const term = stage([left(type, status)]);
    const decision = { by: 'ann', reason: 'x' };
    expect(() => reportAccount('demo', BEAT).apply(term)).toThrow(/it is recorded/);
    expect(() => setAccountKind('demo', 'REAL', decision, ISSUER).apply(term, undefined)).toThrow(
      /it is recorded/,
    );
    expect(term.engine.acting.trades('demo').flatMap(({ actions }) => actions)).toMatchObject([{ status }]);
  });

  it('lets its feed become no recording of a real account, no feed for others, and not be gone', () => {
    const term = stage([left(type, status)], { ...TAPE, kind: 'LIVE' });
    reportAccount('demo', BEAT).apply(term);
    for (const wanted of [{ kind: 'RECORDED' as const }, { accounts: ['other'] }])
      expect(() => upsertFeed({ ...TAPE, kind: 'LIVE', ...wanted }, ISSUER).apply(term)).toThrow(/follow/);
    expect(() => deleteFeed('tape', ISSUER).apply(term)).toThrow(/follow/);
  });
});

it('nothing that is left lets all of it be', () => {
  const term = stage([]);
  reportAccount('demo', BEAT).apply(term);
  expect(term.engine.accounts.get('demo')?.kind).toBe('REAL');
});

it('an order without a feed has an alarm', () => {
  const { engine, clock, head } = stage([left('CLOSE_ALL', 'PENDING')]);
  engine.feeds.put({ ...TAPE, accounts: ['other'] });
  const unasked = (): never => expect.fail('alarms are of the engine alone');
  const state = { engine, clock, head, databaseNow: () => T0, trades: new DurableTrades() };
  const log = { ...state, find: unasked, findAll: unasked, list: unasked };
  const { alarms } = listAlarms(log, DEFAULT_RULES, new Set(['demo']));
  expect(alarms).toContainEqual(
    expect.objectContaining({
      kind: 'DATA_STALE',
      text: expect.stringContaining('may not follow feed tape'),
    }),
  );
});
