// ActionService over real sockets and a real Postgres: the market brings trades into trouble, and bridges lease
// and begin what DTMS decides.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LeaseActionsRequest, type LeaseActionsResponse } from '../../../gen/ts/dtms/v1/action_service.js';
import { ActionStatus, ActionType } from '../../../gen/ts/dtms/v1/types.js';
import { type DtmsCallError, ErrorReason, type WatchMessage } from '../../../src/client/index.js';
import { actionCalls, type LeasedAction, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const {
  account,
  beat,
  opened,
  fall,
  troubled,
  lease,
  held,
  begin,
  report,
  listed,
  eventsOf,
  becomes,
  steps,
} = actionCalls(() => service);

const failure = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

describe('what the market brings about', () => {
  it('is leased, begun and reported, and changes the trade', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    expect(leased).toMatchObject({ account: name, ticket: 1n, positionTicket: 1n, symbol: 'BTCUSD' });
    expect(leased.action).toMatchObject({ type: ActionType.TIGHTEN_SL, status: ActionStatus.LEASED });
    expect(leased.tag).toMatch(/^dtms-[0-9a-f]{20}$/);
    expect((await begin(leased)).action).toMatchObject({ status: ActionStatus.EXECUTING, attempts: 1 });
    const { action, revision } = await report(leased);
    expect(action).toMatchObject({ status: ActionStatus.DONE, result: { code: 10009, dealTicket: 5n } });
    const { trade } = await service.client.getTrade({ account: name, ticket: 1n });
    expect(trade).toMatchObject({ stopLoss: leased.action?.stopLoss, openActions: [], revision });
    expect(await steps(name)).toEqual(['PENDING>LEASED', 'LEASED>EXECUTING', 'EXECUTING>DONE']);
    expect(await listed(name, { statuses: [ActionStatus.DONE] })).toMatchObject([
      { account: name, ticket: 1n, revision, action: { actionId: held(leased).actionId } },
    ]);
  });

  it('is there in every step for who watches', async () => {
    const name = account();
    await opened(name, 1);
    await beat(name);
    const ended = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      const options = { filter: { account: name }, sendInitialState: true, signal: ended.signal };
      for await (const message of service.client.watchTrades(options)) {
        seen.push(...stepsOf(message));
        if (seen.includes('EXECUTING>DONE')) break;
      }
    })();
    await fall(name);
    const leased = only(await lease(name));
    await begin(leased);
    await report(leased);
    await watching.finally(() => ended.abort());
    expect(seen).toEqual(['planned TIGHTEN_SL', 'PENDING>LEASED', 'LEASED>EXECUTING', 'EXECUTING>DONE']);
  });

  function stepsOf(message: WatchMessage): string[] {
    if (message.$case !== 'events') return [];
    return message.value.events.flatMap(({ change }) => {
      if (change?.$case === 'stateChanged') {
        return change.value.planned.map(({ type }) => `planned ${ActionType[type]}`);
      }
      if (change?.$case !== 'actionChanged') return [];
      return [`${ActionStatus[change.value.from]}>${ActionStatus[change.value.action?.status ?? 0]}`];
    });
  }

  it('reaches a live stream that waits for it, and the stream says at once that it is alive', async () => {
    const name = account();
    await opened(name, 2);
    await beat(name);
    const request = LeaseActionsRequest.fromPartial({ account: name, bridgeId: 'b1' });
    const stream = service.client.raw.actions.leaseActions(request);
    stream.on('error', () => undefined);
    const messages: AsyncIterator<LeaseActionsResponse> = stream[Symbol.asyncIterator]();
    expect((await messages.next()).value).toMatchObject({ actions: [] });
    await fall(name);
    const leased: LeasedAction[] = [];
    while (leased.length < 2) leased.push(...((await messages.next()).value?.actions ?? []));
    expect(leased.map(({ ticket }) => ticket).sort()).toEqual([1n, 2n]);
    stream.cancel();
  });
});

describe('a bridge', () => {
  it.each<[string, object | null, string]>([
    ['that never reported the account', null, 'has not reported'],
    ['whose terminal is logged in elsewhere', { terminalAccount: 'other' }, 'other'],
    ['whose terminal is not connected', { connected: false }, 'not connected'],
    ['that may not trade', { tradeAllowed: false }, 'not allowed'],
  ])('%s gets no work', async (_name, heartbeat, obstacle) => {
    const name = await troubled(1, []);
    if (heartbeat !== null) await beat(name, 'b1', heartbeat);
    const error = await failure(lease(name));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.report.reason).toBe(ErrorReason.BRIDGE_NOT_READY);
    expect(error.message).toContain(obstacle);
    expect((await listed(name))[0]?.action?.status).toBe(ActionStatus.PENDING);
  });

  it('shares the actions of an account with another, each at one of them', async () => {
    const name = await troubled(12, ['b1', 'b2']);
    const work = async (bridge: string): Promise<LeasedAction[]> => {
      const all: LeasedAction[] = [];
      for (let round = 0; round < 8; round += 1) all.push(...(await lease(name, bridge, { maxLeases: 12 })));
      return all;
    };
    const [one, two] = await Promise.all([work('b1'), work('b2')]);
    // A lease that was not begun is told again to its own bridge.
    const owners = new Map<string, Set<string>>();
    for (const { action } of [...one, ...two]) {
      const bridges = owners.get(action?.actionId ?? '') ?? new Set();
      owners.set(action?.actionId ?? '', bridges.add(action?.lease?.bridgeId ?? ''));
    }
    expect(owners.size).toBe(12);
    expect([...owners.values()].filter(({ size }) => size !== 1)).toEqual([]);
    const others = one.filter(({ action }) => action?.lease?.bridgeId !== 'b1');
    expect(others).toEqual([]);
  });

  it('holds no more leases at once than it asks for', async () => {
    const name = await troubled(5);
    expect(await lease(name, 'b1', { maxLeases: 2 })).toHaveLength(2);
    await beat(name, 'b2');
    expect(await lease(name, 'b2', { maxLeases: 1000 })).toHaveLength(3);
  });
});

describe('a lease', () => {
  it('is begun by one call: the same one again is answered, another is refused', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    const requestId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    const first = await begin(leased, requestId);
    expect(await begin(leased, requestId)).toEqual(first);
    const error = await failure(begin(leased));
    expect([error.code, error.report.reason]).toEqual([status.ABORTED, ErrorReason.LEASE_LOST]);
    expect(await steps(name)).toEqual(['PENDING>LEASED', 'LEASED>EXECUTING']);
  });

  it('that ended gives its action to another bridge; what the first says of it then is evidence', async () => {
    const name = await troubled(1, ['b1', 'b2']);
    const lost = only(await lease(name, 'b1', { leaseSeconds: 1 }));
    await becomes(name, ActionStatus.PENDING);
    await beat(name, 'b2');
    const won = only(await lease(name, 'b2'));
    expect(held(won).actionId).toBe(held(lost).actionId);
    expect(held(won).token).toBeGreaterThan(held(lost).token);
    const refused = await failure(begin(lost));
    expect([refused.code, refused.report.reason]).toEqual([status.ABORTED, ErrorReason.LEASE_LOST]);
    // It went to the broker all the same.
    const late = await failure(report(lost));
    expect([late.code, late.report.reason]).toEqual([status.ABORTED, ErrorReason.LEASE_LOST]);
    const event = (await eventsOf(name)).at(-1);
    expect(event?.change).toMatchObject({ $case: 'actionChanged', value: { evidence: true } });
    // Nobody may execute it a second time before somebody looked.
    expect((await listed(name))[0]?.action?.status).toBe(ActionStatus.IN_DOUBT);
    expect((await failure(begin(won))).report.reason).toBe(ErrorReason.LEASE_LOST);
    await beat(name, 'b2');
    expect(await lease(name, 'b2')).toEqual([]);
  });

  it('that was begun and ended leaves a doubt, which its own late report settles', async () => {
    const name = await troubled(1);
    // Long enough for a begin on a slow machine.
    const leased = only(await lease(name, 'b1', { leaseSeconds: 5 }));
    await begin(leased);
    await becomes(name, ActionStatus.IN_DOUBT);
    expect((await report(leased)).action?.status).toBe(ActionStatus.DONE);
    expect(await steps(name)).toEqual([
      ...['PENDING>LEASED', 'LEASED>EXECUTING', 'EXECUTING>IN_DOUBT', 'IN_DOUBT>DONE'],
    ]);
  });

  it('is extended while it holds, and never made shorter', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name, 'b1', { leaseSeconds: 20 }));
    const longer = await service.client.extendLease({ ...held(leased), leaseSeconds: 200 });
    const end = longer.action?.lease?.endsAt?.getTime() ?? 0;
    expect(end).toBeGreaterThan(leased.action?.lease?.endsAt?.getTime() ?? 0);
    const same = await service.client.extendLease({ ...held(leased), leaseSeconds: 1 });
    expect(same.action?.lease?.endsAt?.getTime()).toBe(end);
    const stale = { ...held(leased), token: held(leased).token + 1n };
    expect((await failure(service.client.extendLease(stale))).report.reason).toBe(ErrorReason.LEASE_LOST);
  });

  it('that was not begun cannot be reported: its action is in doubt then', async () => {
    const name = await troubled(1);
    const leased = only(await lease(name));
    const error = await failure(report(leased));
    expect([error.code, error.report.reason]).toEqual([
      status.FAILED_PRECONDITION,
      ErrorReason.ACTION_STATUS,
    ]);
    expect((await listed(name))[0]?.action?.status).toBe(ActionStatus.IN_DOUBT);
  });
});
