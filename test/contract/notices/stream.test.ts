// The log as a stream into a real NATS server: every event once, in order, under a subject of its account and symbol, also
// when what was sent is sent again.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { JetStream } from '../../../src/notices/jet-stream.js';
import { subjectOf } from '../../../src/notices/subject.js';
import { freePort } from '../../../src/store/embedded/cluster.js';
import { eventually } from '../../support/eventually.js';
import { NoticeService, tradeSpec } from '../../support/notice-service.js';
import { execute } from '../../support/postgres.js';

const NATS = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(existsSync);

let folder: string;
let server: ChildProcess;
let service: NoticeService;
let port: number;
let address: string;

const USER = { user: 'dtms', pass: 'a%41 word' };

/** Begins NATS, on the port and the files it had before. */
function startNats(program: string): ChildProcess {
  const account = ['--user', USER.user, '--pass', USER.pass];
  const own = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder];
  return spawn(program, [...own, ...account], { stdio: 'ignore' });
}

async function killNats(): Promise<void> {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  await gone;
}

beforeAll(async () => {
  if (NATS === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'dtms-nats-'));
  port = await freePort();
  address = `127.0.0.1:${port}`;
  server = startNats(NATS);
  service = await NoticeService.start(
    {
      channels: [{ name: 'none', kind: 'discord' }],
      rules: [],
      streams: [{ name: 'events', kind: 'nats', servers: [address], subject: 'dtms', user: USER.user }],
    },
    {
      DTMS_NOTICES_NONE_URL: 'http://127.0.0.1:1/',
      DTMS_NOTICES_EVENTS_PASSWORD: USER.pass,
      DTMS_NOTICES_OTHERS_PASSWORD: USER.pass,
    },
  );
});
afterAll(async () => {
  await service?.end();
  if (server !== undefined) await killNats();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

interface Streamed {
  readonly subject: string;
  readonly id: string;
  readonly body: { readonly revision: string; readonly logEpoch: string; readonly account: string };
}

async function streamed(name = 'EVENTS'): Promise<Streamed[]> {
  const connection = await connect({ servers: [address], ...USER });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(name);
    const found: Streamed[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage(name, { seq });
      if (message === null) continue;
      const { subject, header } = message;
      found.push({ subject, id: header.get('Nats-Msg-Id'), body: message.json() });
    }
    return found;
  } finally {
    await connection.close();
  }
}

test.skipIf(NATS === undefined)('every event is in the stream once, in the order of the log', async () => {
  await service.client.registerTrade({ trade: { ...tradeSpec('a.b', 1n), symbol: 'XAU.r>' } });
  await service.client.registerTrade({ trade: tradeSpec('other', 2n) });
  await eventually(async () => expect(await streamed()).toHaveLength(2));
  const [first, second] = await streamed();
  expect([first?.subject, second?.subject]).toEqual(['dtms.a%2Eb.XAU%2Er%3E', 'dtms.other.XAUUSD']);
  expect(first?.body).toMatchObject({ revision: '1', account: 'a.b' });
  expect(first?.id).toBe(`${first?.body.logEpoch}-1`);

  // As if the server had been killed before it wrote down what it had sent.
  await service.stop();
  await execute(service.database.url, 'UPDATE notice_cursors SET revision = 0');
  await service.boot();
  await service.client.registerTrade({ trade: tradeSpec('other', 3n) });
  await eventually(async () =>
    expect((await streamed()).map(({ body }) => body.revision)).toEqual(['1', '2', '3']),
  );
});

test.skipIf(NATS === undefined)('a server that is killed and comes back has every event once', async () => {
  if (NATS === undefined) return;
  await killNats();
  await service.client.registerTrade({ trade: tradeSpec('other', 4n) });
  await service.client.registerTrade({ trade: tradeSpec('other', 5n) });
  server = startNats(NATS);
  await eventually(async () =>
    expect((await streamed()).map(({ body }) => body.revision)).toEqual(['1', '2', '3', '4', '5']),
  );
});

describe.skipIf(NATS === undefined)('a connection', () => {
  const url = (pass: string) => new URL(`nats://${USER.user}:${encodeURIComponent(pass)}@${address}`);
  const cause = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: Error) => error.message,
    );

  // Before: of a refused password, a write after the end of the socket reached the process now and then.
  test('with a wrong password fails, and disturbs nothing', async () => {
    for (let tries = 0; tries < 50; tries += 1)
      expect(await cause(JetStream.connect(url('wrong'), 1000))).toContain('Authorization Violation');
  });

  test('says what is refused, and that nobody takes a subject', async () => {
    const line = await JetStream.connect(url(USER.pass), 1000);
    onTestFinished(() => line.close());
    expect(await cause(line.ensure('EVENTS', 'other.>'))).toContain('JetStream refuses');
    expect(await cause(line.publish({ subject: 'nowhere', id: '1', body: '{}' }))).toContain(
      'nobody takes it',
    );
    expect(await cause(line.publish({ subject: 'dtms._._', id: '1', body: '{}' }))).toBe('done');
    expect(line.isOver).toBe(false);
  });

  test('that breaks fails what waits for its answer, and what is asked later', async () => {
    const silent = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('INFO {}\r\n');
      socket.on('data', (bytes) => {
        if (!String(bytes).includes('HPUB')) socket.write('PONG\r\n');
        else socket.destroy();
      });
    });
    const listening = await new Promise<number>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as AddressInfo).port)),
    );
    onTestFinished(() => void silent.close());
    const line = await JetStream.connect(new URL(`nats://127.0.0.1:${listening}`), 60_000);
    const message = { subject: 'dtms.a.b', id: '1', body: '{}' };
    expect(await cause(line.publish(message))).toContain('closed');
    expect([line.isOver, await cause(line.publish(message))]).toEqual([
      true,
      expect.stringContaining('closed'),
    ]);
  });
});

test.skipIf(NATS === undefined)('a stream that was taken out of the plan gets nothing more', async () => {
  const channels = [{ name: 'none', kind: 'discord' }];
  const other = { name: 'others', kind: 'nats', servers: [address], subject: 'other', user: USER.user };
  service.plan({ channels, rules: [], streams: [other] });
  await service.client.reloadConfig({});
  let ticket = 10n;
  const untilOthersHave = (count: number) =>
    eventually(async () => {
      await service.client.registerTrade({ trade: tradeSpec('moved', ticket) });
      ticket += 1n;
      expect((await streamed('OTHERS')).length).toBeGreaterThan(count);
    });
  // The one that is in the plan begins when the one that is not has ended.
  await untilOthersHave(0);
  const before = (await streamed()).length;
  await untilOthersHave((await streamed('OTHERS')).length + 2);
  expect(await streamed()).toHaveLength(before);
});

test('a subject has one token for each, whatever is in a name', () => {
  expect(subjectOf('dtms', '', '_')).toBe('dtms._.%5F');
  expect(subjectOf('dtms', 'ä b', '*')).toMatch(/^dtms\.[A-Za-z0-9%]+\.%2A$/);
});
