// Two bridges work for one account at one broker, through a real server: each action is at one of them,
// and carried out once. The broker's books and the log judge.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Bridge } from '../../src/bridge/bridge.js';
import type { LeaseClient, LeasedAction } from '../../src/bridge/lease-client.js';
import { ActionStatus, DtmsClient } from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { EAGER_RULES, LiveAccount, type LiveAction } from '../support/live-account.js';

const TRADES = 30;

let service: TestService;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({ rules: EAGER_RULES });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await service.end();
});

/** A connection of its own, as another process has it. */
function connect(): DtmsClient {
  const client = new DtmsClient({ address: service.address });
  clients.push(client);
  return client;
}

/** Who began each action, in order: the steps the log tells of it. */
async function beginnings(account: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  let pageToken = '';
  do {
    const page = await service.client.listTradeEvents({ filter: { account }, pageSize: 1000, pageToken });
    for (const { change } of page.events) {
      if (change?.$case !== 'actionChanged' || change.value.action === undefined) continue;
      const { action, by } = change.value;
      if (action.status !== ActionStatus.EXECUTING) continue;
      found.set(action.actionId, [...(found.get(action.actionId) ?? []), by]);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

/** Both bridges at once, until neither has found anything. */
async function drainBoth(bridges: readonly Bridge[]): Promise<readonly number[]> {
  const done = bridges.map(() => 0);
  for (let idle = 0; idle < 2; ) {
    const reported = await Promise.all(bridges.map((bridge) => bridge.drain()));
    for (const [index, count] of reported.entries()) done[index] = (done[index] ?? 0) + count;
    idle = reported.every((count) => count === 0) ? idle + 1 : 0;
  }
  return done;
}

const isOnce = ({ status, executions }: LiveAction) =>
  executions === (status === ActionStatus.DONE ? 1 : 0) &&
  (status === ActionStatus.DONE || status === ActionStatus.EXPIRED);

it('under two names: each action at exactly one of them, and both get some', async () => {
  const live = new LiveAccount(service.client, 'two-names', TRADES);
  await live.plan();
  const bridges = ['left', 'right'].map(
    (name) => new Bridge(live.leases(name, connect()), live.terminal(), { batch: 2 }),
  );
  for (const bridge of bridges) await bridge.heartbeat();
  await bridges[0]?.reconcile();
  const done = await drainBoth(bridges);
  const actions = await live.actions();
  expect(actions.filter((action) => !isOnce(action))).toEqual([]);
  expect(actions.filter(({ status }) => status === ActionStatus.DONE).length).toBeGreaterThanOrEqual(
    TRADES * 3,
  );
  expect(Math.min(...done)).toBeGreaterThan(TRADES / 3);
  const began = await beginnings(live.account);
  expect([...began.values()].filter((by) => by.length !== 1)).toEqual([]);
  expect(new Set([...began.values()].flat())).toEqual(new Set(['left', 'right']));
  const { dtms, broker } = await live.holdings();
  expect(dtms).toEqual(broker);
  expect(broker).toHaveLength(TRADES * 2);
});

it('under the same name: both are told of an action, and one of them begins it', async () => {
  const live = new LiveAccount(service.client, 'one-name', TRADES);
  await live.plan();
  const [first, second] = [live.leases('twin', connect()), live.leases('twin', connect())];
  await new Bridge(first, live.terminal()).heartbeat();
  const [mine, its] = [await first.lease(4), await second.lease(4)];
  expect(mine).toHaveLength(4);
  expect(its).toEqual(mine);
  const [begun, twin] = [mine[0], its[0]];
  if (begun === undefined || twin === undefined) throw new Error('nothing was leased');
  const answers = await Promise.all([first.begin(begun), second.begin(twin)]);
  expect(answers.filter(Boolean)).toHaveLength(1);
});

it('under the same name, racing: no action is carried out twice', async () => {
  const live = new LiveAccount(service.client, 'twins', TRADES);
  await live.plan();
  const refused: string[] = [];
  const bridges = [0, 1].map(() => {
    const leases = counting(live.leases('twin', connect()), refused);
    return new Bridge(leases, live.terminal(), { batch: 2 });
  });
  for (const bridge of bridges) await bridge.heartbeat();
  await bridges[0]?.reconcile();
  await drainBoth(bridges);
  const actions = await live.actions();
  expect(actions.filter((action) => !isOnce(action))).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  const { dtms, broker } = await live.holdings();
  expect(dtms).toEqual(broker);
});

it('control: twins that begin without asking execute twice', async () => {
  const live = new LiveAccount(service.client, 'unasked', TRADES);
  await live.plan();
  const bridges = [0, 1].map(() => {
    const leases = live.leases('twin', connect());
    return new Bridge(unasked(leases), live.terminal(), { batch: 32 });
  });
  for (const bridge of bridges) await bridge.heartbeat();
  await bridges[0]?.reconcile();
  // What they report of it is refused in the end; the broker has it all the same.
  await Promise.allSettled(bridges.map((bridge) => bridge.drain()));
  expect(live.broker.ledger.repeated().length).toBeGreaterThan(0);
});

/** Notes the actions whose beginning was refused. */
function counting(leases: LeaseClient, refused: string[]): LeaseClient {
  return wrapped(leases, async (action) => {
    const begun = await leases.begin(action);
    if (!begun) refused.push(action.actionId);
    return begun;
  });
}

/** Goes ahead whatever the answer is. */
function unasked(leases: LeaseClient): LeaseClient {
  return wrapped(leases, async (action) => {
    await leases.begin(action);
    return true;
  });
}

function wrapped(leases: LeaseClient, begin: (action: LeasedAction) => Promise<boolean>): LeaseClient {
  return {
    begin,
    lease: (limit) => leases.lease(limit),
    report: (action, result) => leases.report(action, result),
    heartbeat: (report) => leases.heartbeat(report),
    reconcile: (snapshot) => leases.reconcile(snapshot),
    closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
  };
}
