// Each kind of channel against a receiver that speaks its protocol over a real socket, one of them silent; what a receiver
// asks for is heeded; what is over before it is due is withdrawn.
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeliveryStatus } from '../../../src/client/index.js';
import { freePort } from '../../../src/store/embedded/cluster.js';
import { eventually } from '../../support/eventually.js';
import { NoticeReceiver } from '../../support/notice-receiver.js';
import { NoticeService, SECRET, tradeSpec } from '../../support/notice-service.js';

const TOKEN = '123456:AAbbCC';
const KINDS = ['chat', 'disc', 'slac', 'mail', 'mute', 'busy'] as const;

let receivers: Record<'chat' | 'disc' | 'slac' | 'mute' | 'busy', NoticeReceiver>;
let mails: string[];
let smtp: SMTPServer;
let service: NoticeService;

beforeAll(async () => {
  const up = () => NoticeReceiver.up();
  receivers = { chat: await up(), disc: await up(), slac: await up(), mute: await up(), busy: await up() };
  receivers.mute.answer = () => ({ status: 200, silent: true });
  mails = [];
  const port = await freePort();
  smtp = mailServer();
  await new Promise<void>((resolve) => smtp.listen(port, '127.0.0.1', () => resolve()));
  const plan = {
    channels: [
      { name: 'chat', kind: 'telegram', chatId: '-100', baseUrl: receivers.chat.url },
      { name: 'disc', kind: 'discord' },
      { name: 'slac', kind: 'slack' },
      {
        ...{ name: 'mail', kind: 'email', host: '127.0.0.1', port, tls: 'off', user: 'dtms' },
        ...{ from: 'dtms@example.com', to: ['risk@example.com'] },
      },
      { name: 'mute', kind: 'webhook', url: receivers.mute.url },
      { name: 'busy', kind: 'webhook', url: receivers.busy.url },
    ],
    rules: [
      { name: 'all', kinds: ['TRADE_REGISTERED'], where: { accounts: ['all'] }, channels: KINDS },
      {
        name: 'later',
        kinds: ['NO_BRIDGE'],
        where: { accounts: ['later'] },
        afterSeconds: 3600,
        channels: ['chat'],
      },
    ],
  };
  const secrets = {
    DTMS_NOTICES_CHAT_TOKEN: TOKEN,
    DTMS_NOTICES_DISC_URL: `${receivers.disc.url}/api/webhooks/1/abc`,
    DTMS_NOTICES_SLAC_URL: `${receivers.slac.url}/services/T/B/x`,
    DTMS_NOTICES_MAIL_PASSWORD: 'hunter2',
    DTMS_NOTICES_MUTE_SECRET: SECRET,
    DTMS_NOTICES_BUSY_SECRET: SECRET,
  };
  service = await NoticeService.start(plan, secrets, { timeoutMs: 20_000 });
});
afterAll(async () => {
  await service.end();
  await Promise.all(Object.values(receivers).map((receiver) => receiver.stop()));
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

function mailServer(): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['STARTTLS'],
    // Without TLS it is told who sends all the same, as the plan says.
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'dtms' && password === 'hunter2' ? done(null, { user: 'dtms' }) : done(new Error('who?')),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
  });
}

const deliveriesTo = async (channel: string) => (await service.client.listDeliveries({ channel })).deliveries;

test('each channel has it in its own form, and a silent one delays none', async () => {
  let tries = 0;
  receivers.busy.answer = () => {
    tries += 1;
    return tries === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 };
  };
  const text = 'trade all 1 (XAU<SD>) was registered';
  await service.client.registerTrade({ trade: { ...tradeSpec('all', 1n), symbol: 'XAU<SD>' } });
  for (const channel of ['chat', 'disc', 'slac', 'mail', 'busy'])
    await eventually(async () =>
      expect((await deliveriesTo(channel)).map(({ status }) => status)).toEqual([DeliveryStatus.DELIVERED]),
    );
  expect((await deliveriesTo('mute')).map(({ status, tries: tried }) => [status, tried])).toEqual([
    [DeliveryStatus.PENDING, 1],
  ]);

  const [chat] = receivers.chat.received;
  expect(chat?.path).toBe(`/bot${TOKEN}/sendMessage`);
  expect(receivers.chat.bodies[0]).toMatchObject({ chat_id: '-100', text: expect.stringContaining(text) });
  expect(receivers.disc.received[0]?.path).toBe('/api/webhooks/1/abc');
  expect(receivers.disc.bodies[0]).toMatchObject({
    content: expect.stringContaining(text),
    allowed_mentions: { parse: [] },
  });
  expect(receivers.slac.bodies[0]).toMatchObject({ text: expect.stringContaining('(XAU&lt;SD&gt;)') });
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatch(/^To: risk@example\.com\r$/m);
  expect(mails[0]).toMatch(/^Message-ID: <\d+-\w+@dtms\.notices>\r$/m);
  expect(mails[0]).toContain('was registered');
});

test('a receiver that asks for a pause gets it', async () => {
  const [first, second] = receivers.busy.received;
  const at = (each: typeof first) => Number(each?.headers['webhook-timestamp']);
  expect(receivers.busy.received).toHaveLength(2);
  expect(at(second)).toBeGreaterThanOrEqual(at(first) + 1);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
});

test('what is over before it is due is withdrawn, and told to nobody', async () => {
  const later = async () => (await deliveriesTo('chat')).filter(({ rule }) => rule === 'later');
  await service.client.registerTrade({ trade: tradeSpec('later', 1n) });
  await eventually(async () =>
    expect((await later()).map(({ status, tries }) => [status, tries])).toEqual([
      [DeliveryStatus.PENDING, 0],
    ]),
  );
  await service.client.closeTrade({ account: 'later', ticket: 1n, reason: 3 });
  await eventually(async () =>
    expect((await later()).map(({ status, tries }) => [status, tries])).toEqual([
      [DeliveryStatus.WITHDRAWN, 0],
    ]),
  );
  const { notices } = await service.client.listNotices({ account: 'later', kinds: ['NO_BRIDGE'] });
  expect(notices.map(({ phase }) => phase)).toEqual([3, 2]);
});
