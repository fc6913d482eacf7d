// What a bridge says an order opened, over real sockets and a real Postgres: whatever ticket it names, in whatever order,
// the server goes on leading, no trade begins where one was, and the journal makes all of it again.
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Resolution } from '../../../gen/ts/dtms/v1/action_service.js';
import { ActionOutcome, ActionStatus, ActionType } from '../../../gen/ts/dtms/v1/types.js';
import { Direction, DtmsCallError, ErrorReason } from '../../../src/client/index.js';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import { ALARM } from '../../../src/domain/changes/action-life.js';
import { checkDatabase } from '../../../src/integrity/database.js';
import { JournalTable } from '../../../src/store/journal.js';
import { actionCalls } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { tryJournal } from '../../support/journal-law.js';
import { type Planned, writePlanned } from '../../support/planned-trades.js';
import { execute } from '../../support/postgres.js';
import { runs } from '../../support/properties.js';
import { T0 } from '../../support/trades.js';

const DAY = 24 * 3_600_000;
const RUNS = runs(12);
const accounts = Array.from({ length: RUNS }, (_, index) => `opened${index}`);

/** Trade 1 is to be added to and trade 4 to be hedged; 2 is open, 3 is over. */
const plannedFor = (account: string): Planned[] => [
  { spec: { account, ticket: 1n }, state: { closedVolume: 0.5 }, actions: ['RE_ADD'] },
  { spec: { account, ticket: 2n }, actions: [] },
  { spec: { account, ticket: 3n }, state: { state: 'CLOSED', closedAt: T0 }, actions: [] },
  {
    spec: { account, ticket: 4n },
    state: { state: 'HEDGED', flatTimerEndsAt: Date.now() + DAY },
    actions: ['OPEN_HEDGE'],
  },
];
/** Own, another's, one that is over, the other that is worked on, two nobody knows, none. */
const ticket = fc.constantFrom(1n, 2n, 3n, 4n, 50n, 60n, 0n);
const which = fc.constantFrom(0, 1);
const volume = fc.constantFrom(0.1, 0.5, 1_000_000);

const outcome = fc.constantFrom(ActionOutcome.DONE, ActionOutcome.UNKNOWN, ActionOutcome.NO_CHANGE);

const step = fc.oneof(
  fc.record({ kind: fc.constant('report' as const), which, ticket, volume, outcome }),
  fc.record({ kind: fc.constant('resolve' as const), which, ticket, volume, outcome }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({
    kind: fc.constant('snapshot' as const),
    complete: fc.boolean(),
    positions: fc.uniqueArray(
      fc.record({
        identifier: ticket.filter((one) => one > 0n),
        which: fc.option(which),
        direction: fc.constantFrom(Direction.BUY, Direction.SELL),
        volume: fc.constantFrom(0.25, 1, 100),
      }),
      { selector: ({ identifier }) => identifier, maxLength: 4 },
    ),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a call may be refused with; a server that lost its lead answers otherwise. */
const REFUSALS: readonly ErrorReason[] = [
  ErrorReason.POSITION_NOT_SHOWN,
  ErrorReason.INVALID_FIELD,
  ErrorReason.ACTION_STATUS,
  ErrorReason.LEASE_LOST,
  ErrorReason.TRADE_CLOSED,
];

let service: TestService;
beforeAll(async () => {
  service = await startService({}, undefined, (url) =>
    writePlanned(
      url,
      [...accounts, 'plain2', 'plain3', 'plain4', 'plain5', 'closes1', 'closes2'].flatMap(plannedFor),
    ),
  );
});
afterAll(async () => {
  await service.end();
});

const calls = actionCalls(() => service);

/** Does a step in an account whose actions were begun. */
async function take(account: string, leased: Awaited<ReturnType<typeof calls.lease>>, step: Step) {
  const { client } = service;
  if (step.kind === 'end') return client.closeTrade({ account, ticket: 2n });
  const begun = (index: number) => leased[index] ?? expect.fail('not every action was leased');
  if (step.kind === 'report') {
    return calls.report(begun(step.which), step.outcome, { openedTicket: step.ticket, volume: step.volume });
  }
  if (step.kind === 'resolve') {
    const result = { outcome: step.outcome, openedTicket: step.ticket, volume: step.volume };
    const { actionId } = calls.held(begun(step.which));
    return client.resolveAction({ actionId, resolution: Resolution.DONE, result, by: 'ann', reason: '' });
  }
  const positions = step.positions.map(({ which, ...position }) => ({
    ...{ ...position, symbol: 'BTCUSD', entryPrice: 100, openedAt: new Date() },
    comment: which === null ? 'bot' : tagOf(calls.held(begun(which)).actionId),
  }));
  const { complete } = step;
  const takenAt = new Date();
  return client.reconcilePositions({ account, bridgeId: 'b1', takenAt, complete, positions });
}

const epochOf = async () => (await execute(service.databaseUrl, 'SELECT evaluator_epoch FROM log_head')).rows;

test('whatever a bridge says was opened, the server leads on and the journal tells the same', async () => {
  const before = await epochOf();
  const free = [...accounts];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const account = free.pop() ?? expect.fail('there are too few accounts');
      await calls.beat(account);
      const leased = await calls.lease(account, 'b1', { maxLeases: 5 });
      for (const one of leased) await calls.begin(one);
      for (const one of steps) {
        try {
          await take(account, leased, one);
        } catch (error) {
          if (!(error instanceof DtmsCallError)) throw error;
          const { reason } = error.report;
          if (reason === undefined || !REFUSALS.includes(reason)) throw error;
        }
      }
      for (const { change, ticket: at } of await calls.eventsOf(account))
        if (change?.$case === 'registered' && change.value.parentTicket !== 0n)
          expect(at).toBeGreaterThan(4n);
    }),
    { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
  );
  expect(await epochOf()).toEqual(before);
  // Also where another position came under a trade's identifier, and another trade began.
  const findings = await checkDatabase(service.databaseUrl);
  expect(findings.flatMap(({ examples }) => examples)).toEqual([]);
  const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 1 });
  const { faults, tried } = await tryJournal(new JournalTable(pool));
  await pool.end();
  expect(faults).toEqual([]);
  expect(tried.events).toBeGreaterThan(RUNS);
});

test.each([
  ['the position of another trade', 2n, 'is that of another trade'],
  ['the position of a trade that is over', 3n, 'was that of a trade that is over'],
])(
  '%s is not what an order opened: the alarm says so, and no person’s word makes it so',
  async (_name, openedTicket, why) => {
    const account = `plain${openedTicket}`;
    await calls.beat(account);
    const leased = await calls.lease(account, 'b1', { maxLeases: 5 });
    for (const one of leased) {
      await calls.begin(one);
      const told = await calls.report(one, ActionOutcome.DONE, { openedTicket });
      expect(told.action?.status).toBe(ActionStatus.IN_DOUBT);
      const { actionId } = calls.held(one);
      const resolved = service.client.resolveAction({
        ...{ actionId, resolution: Resolution.DONE, by: 'ann', reason: 'seen' },
        result: { outcome: ActionOutcome.DONE, openedTicket },
      });
      await expect(resolved).rejects.toMatchObject({ report: { reason: ErrorReason.POSITION_NOT_SHOWN } });
    }
    await eventually(async () => {
      for (const { action } of await calls.listed(account))
        expect(action?.reason).toBe(
          `${ALARM}: position ${openedTicket}, which it is said to have opened, ${why}`,
        );
    });
  },
);

test('more lots than were ordered are not believed, and a hedge without a ticket is none', async () => {
  const account = 'plain4';
  await calls.beat(account);
  for (const one of await calls.lease(account, 'b1', { maxLeases: 5 })) {
    await calls.begin(one);
    const isHedge = one.action?.type === ActionType.OPEN_HEDGE;
    const told = isHedge ? {} : { openedTicket: 50n, volume: 1_000_000 };
    const { action } = await calls.report(one, ActionOutcome.DONE, told);
    expect(action?.status).toBe(ActionStatus.IN_DOUBT);
    const { actionId } = calls.held(one);
    const result = { outcome: ActionOutcome.DONE, ...told };
    const order = { actionId, resolution: Resolution.DONE, by: 'ann', reason: 'seen', result };
    await expect(service.client.resolveAction(order)).rejects.toMatchObject({
      report: { reason: isHedge ? ErrorReason.POSITION_NOT_SHOWN : ErrorReason.INVALID_FIELD },
    });
  }
  const { trades } = await service.client.batchGetTrades({ account, tickets: [4n, 50n] });
  expect(trades.map(({ ticket, hedge }) => [ticket, hedge])).toEqual([[4n, undefined]]);
});

test.each([
  ['on the side of the trade', { direction: Direction.BUY, volume: 1 }],
  ['larger than what was ordered', { direction: Direction.SELL, volume: 2 }],
])('no order closes a position under a hedge’s ticket that a snapshot shows %s', async (_name, other) => {
  const account = `closes${other.volume}`;
  const hedge = { identifier: 70n, symbol: 'BTCUSD', direction: Direction.SELL, volume: 1, entryPrice: 100 };
  const shown = (position: typeof hedge, more: object = {}) =>
    service.client.reconcilePositions({
      ...{ account, bridgeId: 'b1', takenAt: new Date(), complete: false, positions: [position] },
      ...more,
    });
  const closes = async () => (await calls.lease(account)).map(({ action }) => action?.type);
  await calls.beat(account);
  await shown({ ...hedge, identifier: 4n, direction: Direction.BUY });
  for (const one of await calls.lease(account, 'b1', { maxLeases: 5 })) {
    await calls.begin(one);
    const isHedge = one.action?.type === ActionType.OPEN_HEDGE;
    await calls.report(one, isHedge ? ActionOutcome.DONE : ActionOutcome.REJECTED, { openedTicket: 70n });
  }
  await service.client.closeTrade({ account, ticket: 4n });
  expect(await closes()).toEqual([]);
  await shown({ ...hedge, ...other });
  expect(await closes()).toEqual([]);
  await shown(hedge);
  // What was on the side of the trade is a trade of its own by then.
  const isTrade = other.direction === Direction.BUY;
  expect(await closes()).toEqual(isTrade ? [] : [ActionType.CLOSE_HEDGE]);
});

test('no person’s word makes a hedge of a position that the last snapshot does not show', async () => {
  const account = 'plain5';
  const trade = { identifier: 4n, symbol: 'BTCUSD', direction: Direction.BUY, volume: 1, entryPrice: 100 };
  const hedge = { ...trade, identifier: 70n, direction: Direction.SELL };
  const show = (...positions: readonly (typeof trade)[]) =>
    service.client.reconcilePositions({
      ...{ account, bridgeId: 'b1', takenAt: new Date(), complete: true, positions: [...positions] },
    });
  await calls.beat(account);
  await show(trade);
  const leased = await calls.lease(account, 'b1', { maxLeases: 5 });
  const one = leased.find(({ action }) => action?.type === ActionType.OPEN_HEDGE) ?? expect.fail('no hedge');
  await calls.begin(one);
  await calls.report(one, ActionOutcome.UNKNOWN);
  const resolve = (openedTicket: bigint) =>
    service.client.resolveAction({
      ...{ actionId: calls.held(one).actionId, resolution: Resolution.DONE, by: 'ann', reason: 'seen' },
      result: { outcome: ActionOutcome.DONE, openedTicket },
    });
  await show(trade, hedge);
  await expect(resolve(777n)).rejects.toMatchObject({
    report: { reason: ErrorReason.POSITION_NOT_SHOWN },
  });
  await resolve(70n);
  const { trade: hedged } = await service.client.getTrade({ account, ticket: 4n });
  expect(hedged?.hedge?.ticket).toBe(70n);
});
