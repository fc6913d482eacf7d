// After a change of the leader nobody knows how a broker spells a symbol until its bridge sends a snapshot. A bridge that refuses a
// position because of its spelling meanwhile has not refused the order: it is tried again, by the spelling that is shown then.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ActionOutcome, ActionStatus } from '../../../../gen/ts/dtms/v1/types.js';
import { accountCalls } from '../../../support/account-calls.js';
import { actionCalls } from '../../../support/action-calls.js';
import { startService, type TestService } from '../../../support/app.js';

let service: TestService;
const { account, beat, register, position, reconcile } = accountCalls(() => service);
const { begin, report, lease, listed } = actionCalls(() => service);

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const REFUSED = { code: 10013, dealTicket: 0n, message: '1 is of BTCUSDm' } as const;

async function ordered(): Promise<string> {
  const name = account();
  await register(name, 1n);
  await reconcile(name, 10, [position(1n, { symbol: 'BTCUSDm' })]);
  await service.client.setAccountMode({ account: name, mode: 2, by: 'ann', reason: 'live' });
  service = await service.restart();
  await beat(name);
  await service.client.closePosition({ account: name, tickets: [1n], by: 'ann', reason: 'over' });
  return name;
}

const leased = async (name: string) => {
  const [found] = await lease(name, 'mt5-1');
  if (found === undefined) throw new Error('nothing is due');
  return found;
};

it('an order that a bridge could not tell from one about another instrument is tried again once it is shown', async () => {
  const name = await ordered();
  const first = await leased(name);
  expect(first.symbol).toBe('BTCUSD');
  await begin(first);
  await report(first, ActionOutcome.UNSPECIFIED, REFUSED);
  expect((await listed(name)).map(({ action }) => action?.status)).toEqual([ActionStatus.PENDING]);
  await reconcile(name, 20, [position(1n, { symbol: 'BTCUSDm' })]);
  await expect.poll(async () => (await lease(name, 'mt5-1'))[0]?.symbol, { timeout: 20_000 }).toBe('BTCUSDm');
});

it('what is refused although its position was shown is refused for good', async () => {
  const name = await ordered();
  await reconcile(name, 20, [position(1n, { symbol: 'BTCUSDm' })]);
  const first = await leased(name);
  expect(first.symbol).toBe('BTCUSDm');
  await begin(first);
  await report(first, ActionOutcome.UNSPECIFIED, REFUSED);
  expect((await listed(name)).map(({ action }) => action?.status)).toEqual([ActionStatus.REJECTED]);
});
