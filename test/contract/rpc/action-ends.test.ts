// ActionService over real sockets and a real Postgres, at an action's end: reports and their repeats, the list,
// what people settle, and what a server that stops does not forget.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ListedAction, Resolution } from '../../../gen/ts/dtms/v1/action_service.js';
import { ActionOutcome, ActionStatus, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { type DtmsCallError, ErrorReason } from '../../../src/client/index.js';
import { actionCalls, type LeasedAction, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { LiveAccount } from '../../support/live-account.js';
import { execute } from '../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { beat, troubled, lease, held, begin, report, listed, eventsOf } = actionCalls(() => service);

const MINUTE = 60_000;
/** In minutes. */
const DAY = 1440;

const failure = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

describe('a report', () => {
  it.each([
    ['success', ActionOutcome.DONE, ActionStatus.DONE],
    ['a refusal', ActionOutcome.REJECTED, ActionStatus.REJECTED],
    ['an unknown end', ActionOutcome.UNKNOWN, ActionStatus.IN_DOUBT],
  ])(
    'of %s, repeated because its answer got lost, is answered the same',
    async (_name, outcome, becoming) => {
      const name = await troubled(1);
      const leased = only(await lease(name));
      await begin(leased);
      const first = await report(leased, outcome);
      expect(first.action?.status).toBe(becoming);
      const events = (await eventsOf(name)).length;
      expect(await report(leased, outcome)).toEqual(first);
      expect((await eventsOf(name)).length).toBe(events);
    },
  );

  it('that the market is closed waits until it opens by the told hours, and by new ones at once', async () => {
    const name = 'closing';
    await new LiveAccount(service.client, name, 1).plan(TradeState.WARNING_L1);
    await beat(name);
    const hours = (opensMinute: number, closesMinute: number) =>
      service.client.upsertInstruments({
        instruments: [
          {
            ...{
              account: name,
              symbol: 'BTCUSD',
              digits: 2,
              tickSize: 0.01,
              volumeMin: 0.01,
              volumeStep: 0.01,
            },
            ...{ volumeMax: 100, stopsLevel: 0, freezeLevel: 0, contractSize: 1 },
            tradingHours: { utcOffsetMinutes: 0, sessions: [{ opensMinute, closesMinute }] },
          },
        ],
      });
    // For a minute, ten minutes from now, which is within what an order waits: the week begins on a Monday, 1970 on a Thursday.
    const opens = Math.floor(Date.now() / MINUTE) + 10;
    const opensMinute = (opens - 4 * DAY) % (7 * DAY);
    await hours(opensMinute, opensMinute + 1);
    const leased = only(await lease(name));
    await begin(leased);
    await report(leased, ActionOutcome.MARKET_CLOSED, { code: 10018 });
    const action = async () => (await listed(name))[0]?.action;
    const opening = new Date(opens * MINUTE);
    expect(await action()).toMatchObject({
      status: ActionStatus.PENDING,
      notBefore: opening,
      reason: expect.stringContaining(`until ${opening.toISOString().slice(0, 16).replace('T', ' ')} UTC`),
    });
    await hours(0, 7 * DAY);
    expect((await action())?.notBefore?.getTime()).toBeLessThan(opening.getTime());
  });

  it('that comes when the action was given up is refused, and what it says is kept', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    await begin(leased);
    await report(leased, ActionOutcome.UNKNOWN);
    const { actionId } = held(leased);
    await service.client.resolveAction({ actionId, resolution: Resolution.GIVE_UP, by: 'anna', reason: '' });
    const error = await failure(report(leased));
    expect([error.code, error.report.reason]).toEqual([status.ABORTED, ErrorReason.LEASE_LOST]);
    const event = (await eventsOf(name)).at(-1);
    expect(event?.change).toMatchObject({
      $case: 'actionChanged',
      value: { evidence: true, from: ActionStatus.EXPIRED, action: { status: ActionStatus.EXPIRED } },
    });
  });

  it('takes its meaning from the broker’s code where the bridge does not say', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    await begin(leased);
    const { action } = await report(leased, ActionOutcome.UNSPECIFIED, { code: 10016 });
    expect(action).toMatchObject({
      status: ActionStatus.REJECTED,
      result: { outcome: ActionOutcome.REJECTED },
    });
  });

  it('of an action nobody knows is not found', async () => {
    const error = await failure(
      service.client.reportAction({
        ...{ actionId: 'demo:1:2:RE_ADD', token: 3n, result: { outcome: ActionOutcome.DONE } },
      }),
    );
    expect([error.code, error.report.reason]).toEqual([status.NOT_FOUND, ErrorReason.ACTION_NOT_FOUND]);
  });
});

describe('the list of actions', () => {
  it('comes in pages, whole and in order, while actions move on', async () => {
    const name = await troubled(7);
    const whole = (await listed(name)).map(({ action }) => action?.actionId);
    expect(whole).toHaveLength(7);
    const seen: (string | undefined)[] = [];
    let pageToken = '';
    do {
      const page = await service.client.listActions({ account: name, pageSize: 3, pageToken });
      seen.push(...page.actions.map(({ action }) => action?.actionId));
      pageToken = page.nextPageToken;
      await lease(name, 'b1', { maxLeases: 7 });
    } while (pageToken !== '');
    expect(seen).toEqual(whole);
    const { nextPageToken } = await service.client.listActions({ account: name, pageSize: 3 });
    const foreign = service.client.listActions({ account: 'other', pageSize: 3, pageToken: nextPageToken });
    expect((await failure(foreign)).code).toBe(status.INVALID_ARGUMENT);
  });

  it('comes newest first too, and a page of one order does not go on in the other', async () => {
    const name = await troubled(5);
    const idsOf = (actions: readonly ListedAction[]) => actions.map(({ action }) => action?.actionId);
    const oldest = idsOf(await listed(name));
    expect(oldest).toHaveLength(5);
    const query = { account: name, pageSize: 2, newestFirst: true };
    const seen: (string | undefined)[] = [];
    let pageToken = '';
    do {
      const page = await service.client.listActions({ ...query, pageToken });
      seen.push(...idsOf(page.actions));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(oldest.toReversed());
    const { nextPageToken } = await service.client.listActions(query);
    const turned = service.client.listActions({ ...query, newestFirst: false, pageToken: nextPageToken });
    expect((await failure(turned)).report.reason).toBe(ErrorReason.INVALID_PAGE_TOKEN);
  });
});

describe('a person', () => {
  async function doubted(): Promise<[name: string, leased: LeasedAction]> {
    const name = await troubled(1);
    const leased = only(await lease(name));
    await begin(leased);
    await report(leased, ActionOutcome.UNKNOWN);
    return [name, leased];
  }
  const resolve = (leased: LeasedAction, resolution: Resolution, more: object = {}) =>
    service.client.resolveAction({
      ...{ actionId: held(leased).actionId, resolution, by: 'anna', reason: 'looked at the terminal' },
      ...more,
    });

  it.each([
    ['executed', Resolution.DONE, ActionStatus.DONE],
    ['not executed', Resolution.RETRY, ActionStatus.PENDING],
    ['not wanted any more', Resolution.GIVE_UP, ActionStatus.EXPIRED],
  ])('settles a doubt: it was %s, and the audit says who', async (_name, resolution, becoming) => {
    const [name, leased] = await doubted();
    expect((await resolve(leased, resolution)).action?.status).toBe(becoming);
    const { rows } = await execute(
      service.databaseUrl,
      'SELECT method, detail FROM audit_events WHERE account = $1',
      [name],
    );
    expect(rows).toMatchObject([
      {
        method: '/dtms.v1.ActionService/ResolveAction',
        detail: {
          ...{ by: 'anna', action_id: held(leased).actionId },
          ...{ reason: 'looked at the terminal', from: 'IN_DOUBT' },
        },
      },
    ]);
  });

  it('settles nothing that is not in doubt', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    for (const resolution of [Resolution.DONE, Resolution.RETRY, Resolution.GIVE_UP]) {
      const error = await failure(resolve(leased, resolution));
      expect([error.code, error.report.reason]).toEqual([
        status.FAILED_PRECONDITION,
        ErrorReason.ACTION_STATUS,
      ]);
    }
    await begin(leased);
    await report(leased);
    expect((await failure(resolve(leased, Resolution.DONE))).report.reason).toBe(ErrorReason.ACTION_STATUS);
  });

  it('replays a dead letter, and nothing else', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    const { actionId } = held(leased);
    const replayed = () =>
      service.client.replayAction({ actionId, by: 'anna', reason: 'the broker is fixed' });
    expect((await failure(replayed())).report.reason).toBe(ErrorReason.ACTION_STATUS);
    await begin(leased);
    await report(leased, ActionOutcome.REJECTED);
    expect((await replayed()).action).toMatchObject({ status: ActionStatus.PENDING, attempts: 0 });
    const again = only(await lease(name));
    expect(held(again).token).toBeGreaterThan(held(leased).token);
    await begin(again);
    expect((await report(again)).action?.status).toBe(ActionStatus.DONE);
  });
});

describe('a server that stops', () => {
  /** Long enough for two begins on a slow machine, short enough to wait for its end. */
  const LEASE_SECONDS = 6;

  it('forgets no lease, none that was begun, and none that ended meanwhile', async () => {
    const name = await troubled(3);
    const [lasting, begun] = await lease(name, 'b1', { maxLeases: 2, leaseSeconds: 200 });
    if (lasting === undefined || begun === undefined) throw new Error('nothing was leased');
    await beat(name, 'b2');
    const ending = only(await lease(name, 'b2', { leaseSeconds: LEASE_SECONDS }));
    const requestId = '3d813cbb-47fb-42ba-91df-831e1593ac29';
    await begin(begun, requestId);
    await begin(ending);
    service = await service.restart();
    // The answer to the begin got lost with the server; the call is repeated and is the same.
    expect((await begin(begun, requestId)).action?.status).toBe(ActionStatus.EXECUTING);
    expect((await report(begun)).action?.status).toBe(ActionStatus.DONE);
    expect((await begin(lasting)).action).toMatchObject({ status: ActionStatus.EXECUTING, attempts: 1 });
    const statusOf = async (leased: LeasedAction) =>
      (await listed(name)).find(({ action }) => action?.actionId === held(leased).actionId)?.action?.status;
    await eventually(async () => expect(await statusOf(ending)).toBe(ActionStatus.IN_DOUBT));
    await beat(name, 'b2');
    expect(await lease(name, 'b2')).toEqual([]);
    expect((await report(ending)).action?.status).toBe(ActionStatus.DONE);
  });
});
