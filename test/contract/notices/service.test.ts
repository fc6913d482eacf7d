// NoticeService and `dtms notify` over a real server: a dead letter is shown, and sent again on a person's word; a test says
// what came of it; a wrong plan is refused whole while the one before stays in force.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeliveryStatus, ErrorReason } from '../../../src/client/index.js';
import { dtmsHere } from '../../support/cli-call.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';

let receiver: NoticeReceiver;
let service: NoticeService;
const planOf = (kinds: readonly string[]) => ({
  channels: [{ name: 'ops', kind: 'webhook', url: receiver.url }],
  rules: [{ name: 'all', kinds, channels: ['ops'] }],
});

beforeAll(async () => {
  receiver = await NoticeReceiver.up();
  service = await NoticeService.start(planOf(['TRADE_REGISTERED']), { DTMS_NOTICES_OPS_SECRET: SECRET });
});
afterAll(async () => {
  await service.end();
  await receiver.stop();
});

const about = (account: string) => receiver.received.filter(({ body }) => body.includes(`"${account}"`));

const dtms = (...args: readonly string[]) => dtmsHere(['notify', ...args, '--server', service.grpc]);

test('what a receiver refuses five times is a dead letter, and sent again on a word', async () => {
  receiver.answer = ({ body }) =>
    body.includes('"refused"') ? { status: 404, body: 'no such hook' } : { status: 200 };
  await service.client.registerTrade({ trade: tradeSpec('refused', 1n) });
  const dead = { status: DeliveryStatus.DEAD, channel: 'ops' };
  const [letter] = await eventually(async () => {
    const { deliveries } = await service.client.listDeliveries(dead);
    expect(deliveries).toHaveLength(1);
    return deliveries;
  });
  expect(letter).toMatchObject({ tries: 5, reason: '404 no such hook', rule: 'all' });
  expect(letter?.notices.map(({ kind, account, ticket }) => [kind, account, ticket])).toEqual([
    ['TRADE_REGISTERED', 'refused', 1n],
  ]);
  expect(new Set(about('refused').map(({ headers }) => headers['webhook-id'])).size).toBe(1);

  receiver.answer = () => ({ status: 200 });
  const { code, out } = await dtms('retry', String(letter?.deliveryId), '--by', 'ann');
  expect([code, out]).toEqual([0, `${letter?.deliveryId} is due now\n`]);
  await eventually(async () => {
    const { deliveries } = await service.client.listDeliveries({ status: DeliveryStatus.DELIVERED });
    expect(deliveries.map(({ deliveryId }) => deliveryId)).toContain(letter?.deliveryId);
  });
  await expect(
    service.client.retryDelivery({ deliveryId: letter?.deliveryId, by: 'ann' }),
  ).rejects.toMatchObject({
    report: { reason: ErrorReason.DEAD_LETTER_NOT_FOUND },
  });
  const { events } = await service.client.listAuditEvents({});
  expect(events.at(-1)).toMatchObject({ method: '/dtms.v1.NoticeService/RetryDelivery' });
});

test('the list of notices is paged, the newest first', async () => {
  for (const ticket of [1n, 2n, 3n])
    await service.client.registerTrade({ trade: tradeSpec('paged', ticket) });
  const list = (pageToken: string) =>
    service.client.listNotices({ account: 'paged', kinds: ['TRADE_REGISTERED'], pageSize: 2, pageToken });
  const first = await eventually(async () => {
    const page = await list('');
    expect(page.notices.map(({ ticket }) => ticket)).toEqual([3n, 2n]);
    return page;
  });
  const second = await list(first.nextPageToken);
  expect(second.notices.map(({ ticket }) => ticket)).toEqual([1n]);
  expect(second.nextPageToken).toBe('');
});

test('a test says what came of it', async () => {
  receiver.answer = () => ({ status: 200 });
  const good = await dtms('test');
  expect([good.code, good.out]).toEqual([0, expect.stringMatching(/ops\s.*delivered in \d+ ms/)]);
  receiver.answer = () => ({ status: 302, headers: { location: `${receiver.url}/inside` } });
  const bad = await dtms('test', 'ops');
  expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/not delivered: 302/)]);
  expect(receiver.received.filter(({ path }) => path === '/inside')).toEqual([]);
  await expect(service.client.testNotice({ channel: 'nobody' })).rejects.toMatchObject({
    report: { reason: ErrorReason.INVALID_FIELD },
  });
  receiver.answer = () => ({ status: 200 });
});

test('a plan that is read again is in force whole, or not at all', async () => {
  service.plan({ ...planOf(['TRADE_CLOSED']), rule: [] });
  await expect(service.client.reloadConfig({})).rejects.toMatchObject({
    report: { reason: ErrorReason.CONFIG_REFUSED },
  });
  await service.client.registerTrade({ trade: tradeSpec('before', 1n) });
  await eventually(() => expect(about('before')).toHaveLength(1));

  service.plan(planOf(['TRADE_CLOSED']));
  expect((await service.client.reloadConfig({})).changed).toEqual(['noticePlan.rules']);
  await service.client.registerTrade({ trade: tradeSpec('after', 1n) });
  await service.client.closeTrade({ account: 'after', ticket: 1n, reason: 3 });
  await eventually(() => expect(about('after')).toHaveLength(1));
  expect(about('after')[0]?.body).toContain('trade_closed');
});

test('no secret is shown', async () => {
  const { config } = await service.client.getConfig({});
  expect(JSON.stringify(config)).not.toContain(SECRET.slice(6));
  expect(config?.noticeSecrets).toEqual({ DTMS_NOTICES_OPS_SECRET: '[redacted]' });
});
