// What a bridge would not be leased now it does not begin and does not keep, over real sockets and a real Postgres.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKind, AccountMode } from '../../../gen/ts/dtms/v1/account_service.js';
import type { LeasedAction } from '../../../gen/ts/dtms/v1/action_service.js';
import { ActionStatus, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { type DtmsCallError, ErrorReason } from '../../../src/client/index.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { LiveAccount } from '../../support/live-account.js';
import { execute } from '../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, begin, lease, listed, report, troubled } = actionCalls(() => service);
const extend = ({ action }: LeasedAction) =>
  service.client.extendLease({
    actionId: action?.actionId ?? '',
    token: action?.lease?.token ?? 0n,
    leaseSeconds: 60,
  });
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('the call should have failed'),
    ({ report: { reason, metadata } }: DtmsCallError) => ({ reason, ...metadata }),
  );
/** Bridge b1 was not heard for long. */
async function silence(name: string): Promise<void> {
  const body = `jsonb_set(body::jsonb, '{bridges,b1,seenAt}', '0')::json`;
  await execute(service.databaseUrl, `UPDATE accounts SET body = ${body} WHERE account = $1`, [name]);
  service = await service.restart();
}

const UNREADY: readonly (readonly [string, (name: string) => Promise<unknown>, string])[] = [
  ['its trading is paused', (name) => beat(name, 'b1', { tradeAllowed: false }), 'trading is not allowed'],
  ['its broker is away', (name) => beat(name, 'b1', { connected: false }), 'not connected'],
  ['its terminal is of another account', (name) => beat(name, 'b1', { terminalAccount: 'x' }), 'account x'],
  ['it is a paper one beside a real one', (name) => beat(name, 'b1', { kind: AccountKind.PAPER }), 'paper'],
  ['it says nothing', silence, 's old'],
];

describe.each(UNREADY)('of a bridge, when %s,', (_why, become, told) => {
  it.each([
    ['BeginAction', (leased: LeasedAction) => begin(leased)],
    ['ExtendLease', extend],
  ])('%s is refused, and another bridge has the action', async (_call, call) => {
    const name = account();
    await new LiveAccount(service.client, name, 1).plan(TradeState.WARNING_L1);
    for (const bridge of ['b1', 'b2']) await beat(name, bridge);
    const leased = only(await lease(name));
    await become(name);
    expect(await refusal(call(leased))).toMatchObject({
      reason: ErrorReason.ACTION_OVERTAKEN,
      cause: 'BRIDGE_NOT_READY',
      status: 'PENDING',
      obstacle: expect.stringContaining(told),
    });
    expect(await listed(name)).toMatchObject([{ action: { status: ActionStatus.PENDING } }]);
    await beat(name, 'b2');
    const again = only(await lease(name, 'b2'));
    expect(again.action?.actionId).toBe(leased.action?.actionId);
    // What was taken back is not begun by a bridge that is ready again.
    await beat(name);
    expect((await refusal(begin(leased))).reason).toBe(ErrorReason.LEASE_LOST);
    await begin(again);
  });
});

it('what it had begun it keeps, says again and reports', async () => {
  const name = await troubled(1);
  const leased = only(await lease(name));
  const requestId = randomUUID();
  await begin(leased, requestId);
  await beat(name, 'b1', { tradeAllowed: false });
  expect((await begin(leased, requestId)).action?.status).toBe(ActionStatus.EXECUTING);
  expect((await extend(leased)).action?.status).toBe(ActionStatus.EXECUTING);
  expect((await report(leased)).action?.status).toBe(ActionStatus.DONE);
});

it('what was leased before the account is only observed is over', async () => {
  const name = await troubled(2);
  const [first, second] = await lease(name);
  if (first === undefined || second === undefined) throw new Error('two were to be leased');
  await service.client.setAccountMode({
    account: name,
    mode: AccountMode.OBSERVE,
    by: 'ann',
    reason: 'a look first',
  });
  const over = { reason: ErrorReason.ACTION_OVERTAKEN, cause: 'OBSERVE', status: 'EXPIRED' };
  expect(await refusal(begin(first))).toMatchObject(over);
  expect(await refusal(extend(second))).toMatchObject(over);
});
