// A server is killed between a bridge's begin and its report. Oracle: what the broker executed is done once,
// whatever the server remembers: nobody else gets the action, and the bridge's late report counts.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ActionOutcome, ActionStatus } from '../../gen/ts/dtms/v1/types.js';
import { DtmsClient } from '../../src/client/index.js';
import { actionCalls } from '../support/action-calls.js';
import { eventually } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';

/** Long enough for a begin on a slow machine, short enough to wait for its end. */
const LEASE_SECONDS = 6;

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

const { beat, troubled, lease, held, begin, report, listed, eventsOf } = actionCalls(() => ({ client }));

it('gives what was begun to nobody else, and takes the late report', async () => {
  const name = await troubled(2, ['b1', 'b2']);
  const [begun] = await lease(name, 'b1', { maxLeases: 1, leaseSeconds: LEASE_SECONDS });
  const [waiting] = await lease(name, 'b2', { maxLeases: 1, leaseSeconds: LEASE_SECONDS });
  if (begun === undefined || waiting === undefined) throw new Error('nothing was leased');
  await begin(begun);
  await server.kill();
  // Both end while there is no server.
  await sleep(LEASE_SECONDS * 1000 + 500);
  await server.start();
  for (const bridge of ['b1', 'b2']) await beat(name, bridge);

  const statusOf = async (actionId: string) =>
    (await listed(name)).find(({ action }) => action?.actionId === actionId)?.action?.status;
  const { actionId } = held(begun);
  await eventually(async () => expect(await statusOf(actionId)).toBe(ActionStatus.IN_DOUBT));
  await eventually(async () => expect(await statusOf(held(waiting).actionId)).toBe(ActionStatus.PENDING));
  const again = [...(await lease(name, 'b1')), ...(await lease(name, 'b2'))];
  expect(again.map(({ action }) => action?.actionId)).toEqual([held(waiting).actionId]);

  await report(begun, ActionOutcome.DONE);
  expect(await statusOf(actionId)).toBe(ActionStatus.DONE);
  const begins = (await eventsOf(name)).filter(
    ({ change }) =>
      change?.$case === 'actionChanged' &&
      change.value.action?.actionId === actionId &&
      change.value.action.status === ActionStatus.EXECUTING,
  );
  expect(begins).toHaveLength(1);
  const versions = (await eventsOf(name))
    .filter(({ ticket }) => ticket === 1n)
    .map((event) => event.tradeVersion);
  expect(versions).toEqual(versions.map((_, index) => BigInt(index + 1)));
});
