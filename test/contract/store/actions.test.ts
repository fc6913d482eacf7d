// Actions, accounts and audits in the store: written with the events that changed them, found again by id,
// by trade, by status and by the comment of their order; and what of them a new leader takes up.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyAccount } from '../../../src/domain/account/account.js';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import type { ActionCursor, ActionFilter, CommitBatch, StoredAction } from '../../../src/store/types.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { execute } from '../../support/postgres.js';
import { batchOf, EMPTY_BATCH, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

const EVERYTHING: ActionFilter = { account: null, ticket: null, statuses: [] };

/** An action of a trade, planned by its version 2. */
function planned(trade: Trade, type: ActionType, more: Partial<Action> = {}): Action {
  const { account, ticket } = trade.spec;
  return actionOf(type, { actionId: `${account}:${ticket}:2:${type}`, ...more });
}

/** A batch of one event per trade that leaves these actions; they belong to the event of their trade. */
function acting(rows: readonly (readonly [trade: Trade, actions: readonly Action[]])[]): CommitBatch {
  return batchOf(
    rows.map(([trade]) => trade),
    {
      actions: rows.flatMap(([{ spec }, actions], index) =>
        actions.map((action) => ({
          account: spec.account,
          ticket: spec.ticket,
          action,
          eventIndex: index,
          firstIndex: index,
        })),
      ),
    },
  );
}

describe('the table of actions', () => {
  test('keeps the revision that planned an action through all of its changes', async () => {
    const { store, term } = await fixture.lead();
    const trade = makeTrade(1);
    await term.writer.commit(batchOf([trade]));
    const action = planned(trade, 'TIGHTEN_SL', { stopLoss: 1.095 });
    await term.writer.commit(acting([[moved(trade, 'WARNING_L1'), [action]]]));
    const leased: Action = { ...action, status: 'LEASED', lease: { token: 3, bridge: 'b', endsAt: 99 } };
    await term.writer.commit(acting([[{ ...trade, version: 3 }, [leased]]]));
    const where = { account: 'demo', ticket: 1n };
    expect(await store.findAction(action.actionId)).toEqual({
      ...where,
      action: leased,
      plannedRevision: 2,
      revision: 3,
    });
    const result = resultOf('DONE', {
      dealTicket: 2n ** 63n - 1n,
      price: 1.1,
      message: 'Request "executed"',
    });
    const done: Action = { ...leased, status: 'DONE', result };
    await term.writer.commit(acting([[{ ...trade, version: 4 }, [done]]]));
    expect(await store.findAction(action.actionId)).toEqual({
      ...where,
      action: done,
      plannedRevision: 2,
      revision: 4,
    });
  });

  test('dates an action that is planned and moved on in one commit by both events', async () => {
    const { store, term } = await fixture.lead();
    const trade = makeTrade(1);
    const action = planned(trade, 'TIGHTEN_SL', { status: 'LEASED' });
    const row = { account: 'demo', ticket: 1n, action, firstIndex: 0, eventIndex: 1 };
    const second = batchOf([moved(trade, 'WARNING_L1')]);
    const both = {
      ...batchOf([trade]),
      events: [...batchOf([trade]).events, ...second.events],
      trades: [{ trade: moved(trade, 'WARNING_L1'), eventIndex: 1, registeredIndex: 0 }],
      actions: [row],
    };
    await term.writer.commit(both);
    expect(await store.findAction(action.actionId)).toMatchObject({ plannedRevision: 1, revision: 2 });
  });

  test('has nothing under an unknown id', async () => {
    const { store } = await fixture.lead();
    expect(await store.findAction('demo:1:2:RE_ADD')).toBeUndefined();
  });

  test('gives nothing of a commit that fails', async () => {
    const { store, term } = await fixture.lead();
    await term.writer.commit(batchOf([makeTrade(1)]));
    const action = planned(makeTrade(1), 'TIGHTEN_SL');
    // A version that is stored already.
    await expect(term.writer.commit(acting([[makeTrade(1, { version: 1 }), [action]]]))).rejects.toThrow();
    expect(await store.findAction(action.actionId)).toBeUndefined();
    expect(await store.head()).toMatchObject({ revision: 1 });
  });

  test('refuses a number that cannot be stored, and the next commit works', async () => {
    const { store, term } = await fixture.lead();
    const trade = makeTrade(1);
    const broken = planned(trade, 'PARTIAL_CLOSE', { volume: Number.NaN });
    await expect(term.writer.commit(acting([[trade, [broken]]]))).rejects.toThrow(RangeError);
    await term.writer.commit(acting([[trade, [{ ...broken, volume: 0.5 }]]]));
    expect(await store.findAction(broken.actionId)).toMatchObject({ action: { volume: 0.5 } });
  });
});

describe('a list of actions', () => {
  /** Three trades of two accounts with five actions, planned by revisions 4 to 6. */
  async function filled() {
    const { store, term } = await fixture.lead();
    const [a, b, c] = [makeTrade(1), makeTrade(2), makeTrade(1, {}, 'other')] as const;
    await term.writer.commit(batchOf([a, b, c]));
    await term.writer.commit(
      acting([
        [moved(a, 'WARNING_L2'), [planned(a, 'PARTIAL_CLOSE'), planned(a, 'MOVE_SL_BREAKEVEN')]],
        [moved(b, 'HEDGED'), [planned(b, 'OPEN_HEDGE', { status: 'DONE' })]],
        [moved(c, 'WARNING_L2'), [planned(c, 'PARTIAL_CLOSE'), planned(c, 'MOVE_SL_BREAKEVEN')]],
      ]),
    );
    return { store, term, a };
  }

  const ids = (rows: readonly StoredAction[]) => rows.map(({ action }) => action.actionId);

  test('is in the order they were planned, and by id within one event', async () => {
    const { store } = await filled();
    expect(ids(await store.listActions(EVERYTHING, 'OLDEST_FIRST', null, 10))).toEqual([
      'demo:1:2:MOVE_SL_BREAKEVEN',
      'demo:1:2:PARTIAL_CLOSE',
      'demo:2:2:OPEN_HEDGE',
      'other:1:2:MOVE_SL_BREAKEVEN',
      'other:1:2:PARTIAL_CLOSE',
    ]);
  });

  test('is the other way round with the newest first', async () => {
    const { store } = await filled();
    const oldest = ids(await store.listActions(EVERYTHING, 'OLDEST_FIRST', null, 10));
    expect(ids(await store.listActions(EVERYTHING, 'NEWEST_FIRST', null, 10))).toEqual(oldest.reverse());
    expect(ids(await store.listActions(EVERYTHING, 'NEWEST_FIRST', null, 1))).toEqual([
      'other:1:2:PARTIAL_CLOSE',
    ]);
  });

  test.each([
    [1, 'OLDEST_FIRST'],
    [2, 'OLDEST_FIRST'],
    [3, 'OLDEST_FIRST'],
    [1, 'NEWEST_FIRST'],
    [2, 'NEWEST_FIRST'],
    [3, 'NEWEST_FIRST'],
  ] as const)('is the same in pages of %d, %s, also when actions move on in between', async (size, order) => {
    const { store, term, a } = await filled();
    const whole = ids(await store.listActions(EVERYTHING, order, null, 10));
    expect(whole).toHaveLength(5);
    const seen: string[] = [];
    let after: ActionCursor | null = null;
    for (let page = 0; page < 10; page += 1) {
      const rows: readonly StoredAction[] = await store.listActions(EVERYTHING, order, after, size);
      seen.push(...ids(rows));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = { plannedRevision: last.plannedRevision, actionId: last.action.actionId };
      if (page > 0) continue;
      const done = planned(a, 'MOVE_SL_BREAKEVEN', { status: 'DONE' });
      await term.writer.commit(acting([[{ ...a, version: 3 }, [done]]]));
    }
    expect(seen).toEqual(whole);
  });

  test.each<[string, Partial<ActionFilter>, number]>([
    ['account', { account: 'other' }, 2],
    ['trade', { account: 'demo', ticket: 2n }, 1],
    ['ticket in any account', { ticket: 1n }, 4],
    ['status', { statuses: ['DONE'] }, 1],
    ['statuses', { statuses: ['DONE', 'PENDING'] }, 5],
    ['all of them', { account: 'demo', ticket: 1n, statuses: ['DONE'] }, 0],
  ])('is filtered by %s', async (_name, filter, count) => {
    const { store } = await filled();
    const rows = await store.listActions({ ...EVERYTHING, ...filter }, 'NEWEST_FIRST', null, 10);
    expect(rows).toHaveLength(count);
  });

  test('finds the actions of an account by the comments of their orders', async () => {
    const { store } = await filled();
    const tags = ['demo:1:2:PARTIAL_CLOSE', 'demo:2:2:OPEN_HEDGE', 'other:1:2:PARTIAL_CLOSE'].map(tagOf);
    const found = await store.findActionsByTag('demo', [...tags, 'dtms-00000000000000000000']);
    expect(ids(found).sort()).toEqual(['demo:1:2:PARTIAL_CLOSE', 'demo:2:2:OPEN_HEDGE']);
    expect(await store.findActionsByTag('demo', [])).toEqual([]);
  });
});

describe('a new leader', () => {
  async function restored(): Promise<Trade[]> {
    const { term } = await fixture.lead();
    const all: Trade[] = [];
    for await (const page of term.trades()) all.push(...page.map(({ trade }) => trade));
    return all;
  }

  test('takes up closed trades whose work is not done, after the active ones, and no others', async () => {
    const { term } = await fixture.lead();
    const trades = [1, 2, 3, 4, 5].map((ticket) => makeTrade(ticket));
    const [one, two, three, four, five] = trades as [Trade, Trade, Trade, Trade, Trade];
    await term.writer.commit(batchOf(trades));
    const working = { ...moved(one, 'CLOSED'), actions: [planned(one, 'CLOSE_ALL')] };
    const doubted = {
      ...moved(two, 'CLOSED'),
      actions: [planned(two, 'CLOSE_HEDGE', { status: 'IN_DOUBT' })],
    };
    const refused = {
      ...moved(three, 'CLOSED'),
      deadLetters: [planned(three, 'CLOSE_ALL', { status: 'REJECTED' })],
    };
    const over = { ...moved(four, 'CLOSED'), deadLetters: [planned(four, 'RE_ADD', { status: 'DEAD' })] };
    await term.writer.commit(batchOf([working, doubted, refused, over]));
    await term.release();
    expect(await restored()).toEqual([five, working, doubted, refused]);
  });

  test('does not take them up any more once it is', async () => {
    const { term } = await fixture.lead();
    const trade = makeTrade(1);
    const working = { ...moved(trade, 'CLOSED'), actions: [planned(trade, 'CLOSE_ALL')] };
    await term.writer.commit(batchOf([trade]));
    await term.writer.commit(batchOf([working]));
    await term.writer.commit(batchOf([{ ...working, version: 3, actions: [] }]));
    await term.release();
    expect(await restored()).toEqual([]);
  });

  test('finds accounts as they were last, written with or without an event', async () => {
    const { term } = await fixture.lead();
    const rails = emptyAccount('demo');
    await term.writer.commit({ ...EMPTY_BATCH, accounts: [rails, emptyAccount('other')] });
    const told = { ...rails, utcOffsetMinutes: 180, stopStreak: 2 };
    await term.writer.commit(batchOf([makeTrade(1)], { accounts: [rails, told] }));
    await term.release();
    const next = await fixture.lead();
    expect((await next.term.restore()).accounts).toEqual([told, emptyAccount('other')]);
  });
});

describe('audits', () => {
  const AUDIT = {
    actor: "o'brien",
    actorId: 'k3v7mq2pxw5d',
    method: '/dtms.v1.ActionService/ResolveAction',
    account: 'demo',
    ticket: 2n ** 63n - 1n,
    detail: {
      action_id: 'demo:1:2:RE_ADD',
      reason: '"; DROP TABLE trades',
      attempts: 3,
      overridden: true,
      price: null,
    },
  };
  const read = async () =>
    (
      await execute(
        fixture.database.url,
        'SELECT actor, actor_id AS "actorId", method, account, ticket, detail FROM audit_events ORDER BY id',
      )
    ).rows;

  test('are written with what they are of, in order, literally', async () => {
    const { term } = await fixture.lead();
    const second = { ...AUDIT, actor: 'b', detail: {} };
    await term.writer.commit(batchOf([makeTrade(1)], { audits: [AUDIT, second] }));
    expect(await read()).toEqual([
      { ...AUDIT, ticket: String(AUDIT.ticket) },
      { ...second, ticket: String(AUDIT.ticket) },
    ]);
  });

  test('are not written when it is not', async () => {
    const { term } = await fixture.lead();
    await term.writer.commit(batchOf([makeTrade(1)]));
    await expect(term.writer.commit(batchOf([makeTrade(1)], { audits: [AUDIT] }))).rejects.toThrow();
    expect(await read()).toEqual([]);
  });
});

describe('the time a commit answers', () => {
  test("is the database's, and never goes back", async () => {
    const { term } = await fixture.lead();
    let last = 0;
    for (let ticket = 1; ticket <= 5; ticket += 1) {
      const { now } = await term.writer.commit(batchOf([makeTrade(ticket)]));
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    const { rows } = await execute(
      fixture.database.url,
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
    );
    expect(rows[0].now).toBeGreaterThanOrEqual(last);
    expect(rows[0].now - last).toBeLessThan(60_000);
  });

  test('is answered to an empty batch as well', async () => {
    const { term } = await fixture.lead();
    const { now, base, head } = await term.writer.commit(EMPTY_BATCH);
    expect([base, head, Number.isFinite(now) && now > 1_600_000_000_000]).toEqual([0, 0, true]);
  });
});
