// What a restored log may not do: order again what was ordered since it was saved (trust.md, T21).
import { expect, it } from 'vitest';
import { DealEntry } from '../../gen/ts/dtms/v1/account_service.js';
import { Direction } from '../../src/client/index.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import { encodeAction } from '../../src/store/bodies/trade.js';
import { accountCalls, at } from '../support/account-calls.js';
import { startService, type TestService } from '../support/app.js';
import { actionOf } from '../support/broker-snapshots.js';
import { execute } from '../support/postgres.js';

const NAME = 'restored';

/** A service with a CLOSE_HEDGE that is PENDING, and the calls of its account. */
async function withPlan() {
  let service = await startService();
  const calls = accountCalls(() => service);
  const { position, reconcile, register, tradeOf, beat } = calls;
  await register(NAME, 1n);
  await service.client.closeTrade({ account: NAME, ticket: 1n, occurredAt: at(-60) });
  const opened = actionOf('OPEN_HEDGE', { actionId: `${NAME}:1:2:OPEN_HEDGE`, status: 'DONE', volume: 1 });
  const comment = tagOf(opened.actionId);
  await execute(
    service.databaseUrl,
    `INSERT INTO actions (action_id, account, ticket, status, tag, planned_revision, revision, body)
     VALUES ($1, $2, 1, 'DONE', $3, 1, 1, $4)`,
    [opened.actionId, NAME, comment, encodeAction(opened)],
  );
  const leg = position(50n, { direction: Direction.SELL, stopLoss: 110, comment });
  await reconcile(NAME, 0, [leg]);
  const restart = async (): Promise<TestService> => {
    service = await service.restart();
    await beat(NAME);
    return service;
  };
  const open = async () =>
    (await tradeOf(NAME, 1n))?.openActions.map(({ actionId, reason }) => ({ actionId, reason }));
  const lease = async () =>
    (await service.client.drainLeases({ account: NAME, bridgeId: 'mt5-1', maxLeases: 9 })).actions;
  return { ...calls, leg, restart, open, lease, running: () => service };
}

it('leases nothing after a restore before a snapshot, which shows what was executed since', async () => {
  const { restart, open, lease, reconcile, running } = await withPlan();
  const planned = await open();
  const actionId = planned?.[0]?.actionId ?? '';
  // What a dump brings along: the identity of the database it was taken from.
  await execute(running().databaseUrl, `UPDATE log_head SET identity = '7000/00000001/1'`);
  await restart();
  expect(await lease()).toEqual([]);
  expect(await open()).toEqual([
    { actionId, reason: 'the log was restored: it may have been executed since' },
  ]);
  const deal = {
    ...{
      deal: 9n,
      positionIdentifier: 50n,
      symbol: 'BTCUSD',
      entry: DealEntry.OUT,
      direction: Direction.BUY,
    },
    ...{ volume: 1, price: 99, comment: tagOf(actionId), time: at(5) },
  };
  expect((await reconcile(NAME, 10, [], { deals: [deal] })).settledActionIds).toEqual([actionId]);
  expect(await open()).toEqual([]);
  expect(await lease()).toEqual([]);
  await running().end();
});

it('keeps it in doubt while the deals do not reach back to what the log knows last', async () => {
  const { restart, open, lease, reconcile, leg, running } = await withPlan();
  await execute(running().databaseUrl, `UPDATE log_head SET identity = '7000/00000001/1'`);
  await restart();
  await reconcile(NAME, 10, [leg], { dealsSince: at(9) });
  expect(await open()).toHaveLength(1);
  expect(await lease()).toEqual([]);
  await running().end();
});

it('goes on after an ordinary restart of the same log, once a snapshot has shown the hedge to be there', async () => {
  const { restart, lease, leg, reconcile, running } = await withPlan();
  await restart();
  expect(await lease()).toEqual([]);
  await reconcile(NAME, 10, [leg]);
  expect(await lease()).toHaveLength(1);
  await running().end();
});
