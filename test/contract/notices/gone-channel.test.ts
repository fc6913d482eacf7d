// A channel that is taken out of the plan: what waits for it ends as dead letters that say why, also where the plan has nothing
// left; what waits for the others goes on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeliveryStatus } from '../../../src/client/index.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';

let receiver: NoticeReceiver;
let service: NoticeService;
const planOf = (...names: readonly string[]) => ({
  channels: names.map((name) => ({ name, kind: 'webhook', url: receiver.url })),
  rules: [{ name: 'all', kinds: ['TRADE_REGISTERED'], channels: names }],
});

beforeAll(async () => {
  receiver = await NoticeReceiver.up();
  receiver.answer = () => ({ status: 503 });
  const secrets = { DTMS_NOTICES_OPS_SECRET: SECRET, DTMS_NOTICES_DESK_SECRET: SECRET };
  service = await NoticeService.start(planOf('ops', 'desk'), secrets, { awayMs: 1000 });
});
afterAll(async () => {
  await service.end();
  await receiver.stop();
});

const standing = async (channel: string) =>
  (await service.client.listDeliveries({ channel })).deliveries.map(({ status, reason }) => ({
    status,
    reason,
  }));
const GONE = { status: DeliveryStatus.DEAD, reason: 'its channel is not in the plan any more' };

test('what waits for it ends, and what waits for another goes on', async () => {
  await service.client.registerTrade({ trade: tradeSpec('waits', 1n) });
  await eventually(async () => {
    expect(await standing('ops')).toMatchObject([{ status: DeliveryStatus.PENDING }]);
    expect(await standing('desk')).toMatchObject([{ status: DeliveryStatus.PENDING }]);
  });
  service.plan(planOf('desk'));
  await service.client.reloadConfig({});
  await eventually(async () => expect(await standing('ops')).toEqual([GONE]));
  expect(await standing('desk')).toMatchObject([{ status: DeliveryStatus.PENDING }]);

  service.plan(null);
  await service.client.reloadConfig({});
  await eventually(async () => expect(await standing('desk')).toEqual([GONE]));
});
