// A bridge dies in the middle of an order, or the server does: the action is in doubt and nobody's, until a
// look at the broker settles it. In the end it is carried out once, by the broker's own books.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bridge } from '../../src/bridge/bridge.js';
import type { LeasedAction } from '../../src/bridge/lease-client.js';
import { ActionStatus, DtmsClient, TradeState } from '../../src/client/index.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import { startService, type TestService } from '../support/app.js';
import { type Death, killedAtOrder } from '../support/bridge-process.js';
import { EAGER_RULES, LiveAccount, type LiveAction } from '../support/live-account.js';
import { ServerProcess } from '../support/server-process.js';

const LEASE_MS = 700;
const QUIET_MS = 1000;
const PATIENCE_MS = 40_000;

/** Asks until the answer is yes; what it is in the end. */
async function until(
  live: LiveAccount,
  actionId: string,
  is: (action: LiveAction) => boolean,
): Promise<LiveAction> {
  const startedAt = performance.now();
  let action = await live.action(actionId);
  while (!is(action) && performance.now() - startedAt < PATIENCE_MS) {
    await sleep(25);
    action = await live.action(actionId);
  }
  return action;
}

const isIn = (status: ActionStatus) => (action: LiveAction) => action.status === status;

/** A bridge that does what is left, looking at the broker in between, until every action is settled. */
async function finish(live: LiveAccount, bridge: Bridge): Promise<readonly LiveAction[]> {
  const open = ({ status }: LiveAction) =>
    status !== ActionStatus.DONE && status !== ActionStatus.EXPIRED && status !== ActionStatus.REJECTED;
  const startedAt = performance.now();
  let actions = await live.actions();
  while (actions.some(open) && performance.now() - startedAt < PATIENCE_MS) {
    await bridge.reconcile();
    await bridge.drain();
    await sleep(50);
    actions = await live.actions();
  }
  return actions;
}

async function expectOnceAndAlike(live: LiveAccount, bridge: Bridge): Promise<void> {
  const actions = await finish(live, bridge);
  const wrong = actions.filter(
    ({ status, executions }) => executions !== (status === ActionStatus.DONE ? 1 : 0),
  );
  expect(wrong).toEqual([]);
  expect(actions.filter(isIn(ActionStatus.DONE))).toHaveLength(
    actions.filter(({ executions }) => executions).length,
  );
  await bridge.reconcile();
  const { dtms, broker } = await live.holdings();
  expect(dtms).toEqual(broker);
}

describe('a bridge that is killed', () => {
  let service: TestService;
  beforeAll(async () => {
    const actions = { ...EAGER_RULES.actions, leaseMs: LEASE_MS, doubtQuietMs: QUIET_MS };
    service = await startService({ rules: { ...EAGER_RULES, actions } });
  });
  afterAll(async () => {
    await service.end();
  });

  /** The action of the order that killed a bridge of its own process. */
  async function killed(live: LiveAccount, death: Death): Promise<string> {
    const { address } = service;
    const terminal = live.terminal();
    const { comment } = await killedAtOrder({
      address,
      account: live.account,
      bridgeId: 'dead',
      terminal,
      death,
    });
    const actions = await live.actions();
    const found = actions.find(({ actionId }) => tagOf(actionId) === comment);
    if (found === undefined) throw new Error('the order is of no action');
    return found.actionId;
  }

  it('after the broker took its order: in doubt and nobody’s, then DONE by a look at the broker', async () => {
    const live = new LiveAccount(service.client, 'accepted', 2);
    await live.plan();
    const actionId = await killed(live, 'after the broker took the order');
    expect(await until(live, actionId, isIn(ActionStatus.IN_DOUBT))).toMatchObject({
      status: ActionStatus.IN_DOUBT,
      executions: 1,
    });
    const leases = live.leases('next');
    const next = new Bridge(leases, live.terminal());
    await next.heartbeat();
    const leased = await leases.lease(32);
    expect(leased.length).toBeGreaterThan(0);
    expect(leased.map((action) => action.actionId)).not.toContain(actionId);
    for (const action of leased) {
      // The answer is the server's: under a token that is not the lease's nothing begins.
      expect(await leases.begin({ ...action, token: action.token + 1n })).toBe(false);
    }
    await next.reconcile();
    expect(await live.action(actionId)).toMatchObject({ status: ActionStatus.DONE, executions: 1 });
    await expectOnceAndAlike(live, next);
  });

  it('before the broker had its order: in doubt until it was quiet for long enough, then done once', async () => {
    const live = new LiveAccount(service.client, 'begun', 2);
    await live.plan();
    live.holdClock();
    const actionId = await killed(live, 'before the broker has the order');
    const doubt = await until(live, actionId, isIn(ActionStatus.IN_DOUBT));
    expect(doubt).toMatchObject({ status: ActionStatus.IN_DOUBT, executions: 0 });
    const next = new Bridge(live.leases('next'), live.terminal());
    await next.heartbeat();
    // The broker's clock has not moved: as far as a snapshot shows, the order may be on its way.
    await sleep(QUIET_MS);
    await next.reconcile();
    expect(await live.action(actionId)).toMatchObject({ status: ActionStatus.IN_DOUBT, executions: 0 });
    live.releaseClock();
    await next.reconcile();
    expect(await live.action(actionId)).toMatchObject({
      status: ActionStatus.PENDING,
      reason: 'refused for now',
      executions: 0,
    });
    await expectOnceAndAlike(live, next);
    expect(await live.action(actionId)).toMatchObject({ status: ActionStatus.DONE, executions: 1 });
  });

  it('once for each of its orders, whatever they are: no order is carried out twice', async () => {
    const live = new LiveAccount(service.client, 'each', 2);
    await live.plan();
    const types = new Set<string>();
    for (let death = 0; death < 4; death += 1) {
      const { type, actionId } = await droppedAtReport(live);
      await until(live, actionId, isIn(ActionStatus.IN_DOUBT));
      types.add(type);
    }
    expect([...types].sort()).toEqual(['MOVE_SL_BREAKEVEN', 'PARTIAL_CLOSE']);
    await expectOnceAndAlike(live, await nextBridge(live));
  });

  it('with a hedge at the broker: the leg is found and belongs to the trade', async () => {
    const live = new LiveAccount(service.client, 'leg', 1);
    await live.plan();
    let dropped = await droppedAtReport(live);
    const next = await nextBridge(live);
    for (let tries = 0; dropped.type !== 'OPEN_HEDGE' && tries < 5; tries += 1) {
      await until(live, dropped.actionId, isIn(ActionStatus.IN_DOUBT));
      await next.reconcile();
      dropped = await droppedAtReport(live);
    }
    expect(dropped.type).toBe('OPEN_HEDGE');
    await until(live, dropped.actionId, isIn(ActionStatus.IN_DOUBT));
    expect((await live.holdings()).dtms).toHaveLength(1);
    await next.reconcile();
    expect(await live.action(dropped.actionId)).toMatchObject({ status: ActionStatus.DONE, executions: 1 });
    const { dtms, broker } = await live.holdings();
    expect(dtms).toHaveLength(2);
    expect(dtms).toEqual(broker);
  });

  async function nextBridge(live: LiveAccount): Promise<Bridge> {
    const bridge = new Bridge(live.leases('next'), live.terminal());
    await bridge.heartbeat();
    return bridge;
  }

  /** A bridge that is dropped at its first report, with the broker's answer in hand. */
  async function droppedAtReport(live: LiveAccount): Promise<LeasedAction> {
    const leases = live.leases('dropped');
    const dropped: LeasedAction[] = [];
    const mortal = new Bridge(
      {
        lease: () => leases.lease(1),
        begin: (action) => leases.begin(action),
        report: async (action) => {
          dropped.push(action);
          throw new Error('dropped');
        },
        heartbeat: (report) => leases.heartbeat(report),
        reconcile: (snapshot) => leases.reconcile(snapshot),
        closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
      },
      live.terminal(),
    );
    await mortal.heartbeat();
    const startedAt = performance.now();
    while (performance.now() - startedAt < PATIENCE_MS) {
      // A lease that ended before its beginning is given again.
      await mortal.drain().catch(() => undefined);
      const [action] = dropped;
      if (action !== undefined) return action;
    }
    throw new Error('there was nothing to do');
  }
});

describe('a server that is killed', () => {
  let server: ServerProcess;
  let client: DtmsClient;
  beforeAll(async () => {
    server = await ServerProcess.create();
    await server.start();
    client = new DtmsClient({ address: server.address });
  });
  afterAll(async () => {
    client.close();
    await server.remove();
  });

  it('between a beginning and its report: the report after the restart is taken', async () => {
    const live = new LiveAccount(client, 'restart', 1);
    await live.plan(TradeState.WARNING_L1);
    const leases = live.leases('bridge');
    const bridge = new Bridge(
      {
        lease: (limit) => leases.lease(limit),
        begin: (action) => leases.begin(action),
        report: async (action, result) => {
          if (restarts === 0) {
            restarts += 1;
            await server.kill();
            await server.start();
          }
          return leases.report(action, result);
        },
        heartbeat: (report) => leases.heartbeat(report),
        reconcile: (snapshot) => leases.reconcile(snapshot),
        closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
      },
      live.terminal(),
    );
    let restarts = 0;
    await bridge.heartbeat();
    expect(await bridge.drain()).toBeGreaterThan(0);
    expect(restarts).toBe(1);
    await expectOnceAndAlike(live, bridge);
  });
});
