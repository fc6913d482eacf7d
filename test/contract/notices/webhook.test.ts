// From what happened to a receiver: events of the log and what lasts, by the rules of a plan, over a real socket.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { isSigned, NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';

let receiver: NoticeReceiver;
let service: NoticeService;

beforeAll(async () => {
  receiver = await NoticeReceiver.up();
  const plan = {
    channels: [{ name: 'ops', kind: 'webhook', url: `${receiver.url}/in` }],
    rules: [
      { name: 'trades', kinds: ['TRADE_REGISTERED', 'TRADE_CLOSED'], channels: ['ops'] },
      { name: 'bridges', kinds: ['NO_BRIDGE'], where: { accounts: ['lone*'] }, channels: ['ops'] },
    ],
  };
  service = await NoticeService.start(plan, { DTMS_NOTICES_OPS_SECRET: SECRET });
});
afterAll(async () => {
  await service.end();
  await receiver.stop();
});

const noticesOf = (account: string) =>
  receiver.bodies
    .flatMap(({ data }) => Reflect.get(Object(data), 'notices') as Record<string, string>[])
    .filter((notice) => notice.account === account);

test('an event of the log is told, signed, as a CloudEvents event', async () => {
  await service.client.registerTrade({
    trade: { ...tradeSpec('first', 1n), label: 'swing', magicNumber: 7n },
  });
  await eventually(() => expect(noticesOf('first')).toHaveLength(1));
  const [received] = receiver.received;
  if (received === undefined) throw new Error('nothing came');
  expect(isSigned(SECRET, received)).toBe(true);
  expect(isSigned(`whsec_${Buffer.alloc(32, 8).toString('base64')}`, received)).toBe(false);
  expect(received.headers['content-type']).toBe('application/cloudevents+json');
  const { specversion, id, source, type, subject, datacontenttype } = JSON.parse(received.body);
  expect({ specversion, id, source, type, subject, datacontenttype }).toEqual({
    specversion: '1.0',
    id: received.headers['webhook-id'],
    source: '/dtms/notices',
    type: 'dtms.notice.trade_registered.v1',
    subject: 'first/1',
    datacontenttype: 'application/json',
  });
  expect(noticesOf('first')[0]).toMatchObject({
    ticket: '1',
    symbol: 'XAUUSD',
    label: 'swing',
    magicNumber: '7',
  });
});

test('what lasts is told when it begins and when it is over, once each', async () => {
  await service.client.registerTrade({ trade: tradeSpec('lone', 1n) });
  await eventually(() => expect(noticesOf('lone').map(({ kind }) => kind)).toContain('NO_BRIDGE'));
  await service.client.closeTrade({ account: 'lone', ticket: 1n, reason: 3, requestId: crypto.randomUUID() });
  await eventually(() =>
    expect(
      noticesOf('lone')
        .map(({ kind, phase }) => `${kind} ${phase}`)
        .sort(),
    ).toEqual(['NO_BRIDGE BEGUN', 'NO_BRIDGE RESOLVED', 'TRADE_CLOSED EVENT', 'TRADE_REGISTERED EVENT']),
  );
});

test('after a restart the log goes on where it was read', async () => {
  await service.client.registerTrade({ trade: tradeSpec('again', 1n) });
  await eventually(() => expect(noticesOf('again')).toHaveLength(1));
  await service.stop();
  await service.boot();
  await service.client.registerTrade({ trade: tradeSpec('again', 2n) });
  await eventually(() => expect(noticesOf('again').map(({ ticket }) => ticket)).toEqual(['1', '2']));
});
