// Receivers that mean no good, or cannot help it, over real sockets: garbage, an answer without an end, our own secret told back;
// and texts of trades that mean more to a receiver than to us.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeliveryStatus } from '../../../src/client/index.js';
import type { Channel } from '../../../src/domain/notices/notice-plan.js';
import { send } from '../../../src/notices/channels/channel.js';
import { discordPosting, slackPosting, telegramPosting } from '../../../src/notices/channels/chats.js';
import type { Message } from '../../../src/notices/message.js';
import { collecting } from '../../support/collecting.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';

let receiver: NoticeReceiver;
beforeAll(async () => {
  receiver = await NoticeReceiver.up();
});
afterAll(() => receiver.stop());

const said = (text: string): Message => ({ id: '1', title: 'DTMS', text, at: 0, notices: [] });
const trying = (channel: Channel, secrets: Record<string, string>, timeoutMs = 20_000) =>
  send(channel, secrets, said('it happened'), timeoutMs, new AbortController().signal);
const discord: Channel = { name: 'disc', kind: 'discord' };

test('what a receiver takes is delivered, however long it goes on talking', async () => {
  const endless = createServer((_request, response) => response.writeHead(200).write('ok'));
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
  const { port } = endless.address() as AddressInfo;
  const outcome = await trying(discord, { DTMS_NOTICES_DISC_URL: `http://127.0.0.1:${port}/` });
  endless.closeAllConnections();
  await new Promise((resolve) => endless.close(resolve));
  expect(outcome).toEqual({ result: 'delivered' });
});

test.each([
  ['says nothing', () => undefined],
  ['goes on refusing', (response: ServerResponse) => response.writeHead(503).write('n')],
])('a receiver that %s is left in time, although garbage is collected meanwhile', async (_what, answer) => {
  const silent = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const outcome = await collecting(trying(discord, { DTMS_NOTICES_DISC_URL: url }, 300));
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  expect(outcome).toMatchObject({ result: 'failed', reason: 'no answer in time' });
});

test('a secret that a receiver tells back is not kept: its path, its parts, or the token', async () => {
  const key = 'Zq3vN8xK1mB7yT5cR9wL2pD6';
  receiver.answer = ({ path }) => ({ status: 404, body: `Cannot POST ${path} (${key})` });
  const ofUrl = await trying(discord, { DTMS_NOTICES_DISC_URL: `${receiver.url}/api/webhooks/7/${key}` });
  const telegram: Channel = { name: 'chat', kind: 'telegram', chatId: '1', baseUrl: receiver.url };
  const ofToken = await trying(telegram, { DTMS_NOTICES_CHAT_TOKEN: key });
  for (const outcome of [ofUrl, ofToken]) {
    expect(outcome).toMatchObject({ result: 'refused', reason: expect.stringContaining('404 Cannot POST') });
    expect(JSON.stringify(outcome)).not.toContain(key);
  }
});

test.each(['1.2.3', '...', '-5', 'soon', ''])('a pause of "%s" is none, or a number', async (asked) => {
  receiver.answer = () => ({ status: 503, headers: { 'retry-after': asked } });
  const outcome = await trying(discord, { DTMS_NOTICES_DISC_URL: receiver.url });
  const pause = outcome.result === 'failed' ? outcome.retryAfterMs : 0;
  expect(pause === null || Number.isFinite(pause)).toBe(true);
});

test('garbage is kept as a line of text, and the message becomes a dead letter in its time', async () => {
  receiver.answer = () => ({
    status: 503,
    headers: { 'retry-after': '0..0' },
    body: `\u0000\u001b[2J\r\n\u202e${'😀'.repeat(300)}`,
  });
  const plan = {
    channels: [{ name: 'ops', kind: 'webhook', url: receiver.url }],
    rules: [{ name: 'trades', kinds: ['TRADE_REGISTERED'], channels: ['ops'] }],
  };
  const service = await NoticeService.start(plan, { DTMS_NOTICES_OPS_SECRET: SECRET }, { maxTries: 2 });
  try {
    await service.client.registerTrade({ trade: tradeSpec('one', 1n) });
    await eventually(async () => {
      const { deliveries } = await service.client.listDeliveries({ channel: 'ops' });
      expect(deliveries).toMatchObject([{ status: DeliveryStatus.DEAD, tries: 2 }]);
      expect(deliveries[0]?.reason).toMatch(/^503 \[2J (😀)+$/u);
    });
  } finally {
    await service.end();
  }
});

test('a label formats nothing, hides nothing and leads nowhere', () => {
  const text = 'trade 1 [pay here](http://evil.example) ||and _not_ this|| `x`\n# now';
  const { content } = JSON.parse(discordPosting(said(text), 'http://d/').body);
  expect(content).toBe(
    'DTMS\ntrade 1 \\[pay here\\](http://evil.example) \\|\\|and \\_not\\_ this\\|\\| \\`x\\`\n\\# now',
  );
  const slack = JSON.parse(slackPosting(said('<!everyone> *x*'), 'http://s/').body);
  expect(slack).toEqual({ text: 'DTMS\n&lt;!everyone&gt; *x*', mrkdwn: false });
});

test.each([4089, 4090, 4091])('a text is not cut inside of a character (%i)', (length) => {
  const long = said('x'.repeat(length) + '😀'.repeat(5000));
  for (const { body } of [
    telegramPosting(long, 'http://t', 'k', '1'),
    discordPosting(long, 'http://d/'),
    slackPosting(long, 'http://s/'),
  ])
    expect(body).not.toMatch(/\\ud[89ab]/);
});
