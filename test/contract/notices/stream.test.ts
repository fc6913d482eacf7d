// The log as a stream into a real NATS server: every event once, in order, under a subject of its account and symbol, also
// when what was sent is sent again.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subjectOf } from '../../../src/notices/subject.js';
import { freePort } from '../../../src/store/embedded/cluster.js';
import { eventually } from '../../support/eventually.js';
import { NoticeService, tradeSpec } from '../../support/notice-service.js';
import { execute } from '../../support/postgres.js';

const NATS = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(existsSync);

let folder: string;
let server: ChildProcess;
let service: NoticeService;
let address: string;
beforeAll(async () => {
  if (NATS === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'dtms-nats-'));
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  server = spawn(NATS, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder], { stdio: 'ignore' });
  service = await NoticeService.start(
    {
      channels: [{ name: 'none', kind: 'discord' }],
      rules: [],
      streams: [{ name: 'events', kind: 'nats', servers: [address], subject: 'dtms' }],
    },
    { DTMS_NOTICES_NONE_URL: 'http://127.0.0.1:1/' },
  );
});
afterAll(async () => {
  await service?.end();
  const gone = new Promise((resolve) => server?.once('exit', resolve) ?? resolve(null));
  server?.kill('SIGTERM');
  await gone;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

interface Streamed {
  readonly subject: string;
  readonly id: string;
  readonly body: { readonly revision: string; readonly logEpoch: string; readonly account: string };
}

async function streamed(): Promise<Streamed[]> {
  const connection = await connect({ servers: [address] });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info('EVENTS');
    const found: Streamed[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage('EVENTS', { seq });
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

test('a subject has one token for each, whatever is in a name', () => {
  expect(subjectOf('dtms', '', '_')).toBe('dtms._.%5F');
  expect(subjectOf('dtms', 'ä b', '*')).toMatch(/^dtms\.[A-Za-z0-9%]+\.%2A$/);
});
