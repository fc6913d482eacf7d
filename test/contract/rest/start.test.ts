// Where HTTP is served: under the same TLS as gRPC, and not at all where anybody could call.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { AccessPolicyError } from '../../../src/access/policy.js';
import { startApp } from '../../../src/app.js';
import { DtmsClient } from '../../../src/client/index.js';
import { type Config, type DeepPartial, loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { freePort } from '../../../src/store/embedded/cluster.js';
import { authority, signed } from '../../support/certificates.js';
import { createDatabase } from '../../support/postgres.js';

async function start(overrides: DeepPartial<Config>) {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const config = loadConfig({
    env: {},
    overrides: { ...overrides, grpc: { port: 0 }, database: { url: database.url } },
  });
  const app = await startApp(config, createLogger('silent'));
  onTestFinished(() => app.stop());
  return app;
}

test('a server whose HTTP other machines reach does not start without a key', async () => {
  await expect(start({ http: { host: '0.0.0.0', port: 0 } })).rejects.toThrow(AccessPolicyError);
});

test('HTTP can be switched off', async () => {
  const app = await start({ http: { enabled: false, host: '0.0.0.0' } });
  expect(app.httpAddress).toBeUndefined();
});

test('a port that is taken is an error of the start', async () => {
  const app = await start({ http: { port: 0 } });
  const port = Number(app.httpAddress?.split(':')[1]);
  await expect(start({ http: { port } })).rejects.toThrow(/EADDRINUSE/);
});

test('with TLS, a certificate says who calls, and who has none stays out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-https-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const ours = await authority('ours');
  const server = await signed(ours, 'server');
  const files = { cert: join(folder, 'crt'), key: join(folder, 'key'), ca: join(folder, 'ca') };
  writeFileSync(files.cert, server.cert);
  writeFileSync(files.key, server.key);
  writeFileSync(files.ca, ours.cert);
  const app = await start({
    access: { mode: 'required' },
    http: { port: 0 },
    tls: { ...files, clientCertificates: 'optional', clientScopes: 'viewer=read' },
  });
  const [host, port] = (app.httpAddress ?? '').split(':');
  const ask = (path: string, more: RequestOptions = {}) =>
    new Promise<number>((resolve, reject) => {
      const call = request({ host, port, path, ca: ours.cert, agent: false, ...more }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      call.on('error', reject);
      call.end();
    });
  expect(await ask('/v1/dtms/status')).toBe(401);
  expect(await ask('/v1/dtms/status', await signed(ours, 'viewer'))).toBe(200);
  expect(await ask('/v1/dtms/config', await signed(ours, 'viewer'))).toBe(403);
  await expect(ask('/v1/dtms/status', await signed(await authority('theirs'), 'viewer'))).rejects.toThrow();
  // The same address and port has a connection to gRPC as well: whose that is says nothing of this one.
  const localPort = await freePort();
  const grpc = connectTls({
    ...{ host, localPort },
    port: Number(app.grpcAddress.split(':')[1]),
    ca: ours.cert,
    ALPNProtocols: ['h2'],
    ...(await signed(ours, 'viewer')),
  });
  await once(grpc, 'secureConnect');
  expect(await ask('/v1/dtms/status', { localPort })).toBe(401);
  grpc.destroy();
});

test('a reader that does not read is sent away after a time', async () => {
  const app = await start({ access: { mode: 'open' }, http: { port: 0, idleMs: 3000 } });
  await app.leading;
  const client = new DtmsClient({ address: app.grpcAddress });
  onTestFinished(() => client.close());
  const [host = '', port = ''] = (app.httpAddress ?? '').split(':');
  const stalled = connect(Number(port), host);
  onTestFinished(() => void stalled.destroy());
  stalled.on('error', () => undefined);
  stalled.write('GET /v1/dtms/trades:watch HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(stalled, 'data');
  stalled.pause();
  const watchers = async () => Number((await client.getStatus({})).watchers);
  expect(await watchers()).toBe(1);
  // More than sockets hold between the two.
  for (let round = 0; round < 12; round += 1) {
    const trades = Array.from({ length: 1000 }, (_, index) => ({
      ...{ account: 'a', ticket: BigInt(round * 1000 + index + 1), symbol: 'BTCUSD', direction: 1 },
      ...{ entryPrice: 100, volume: 1, stopLoss: 90, openedAt: new Date() },
    }));
    await client.batchRegisterTrades({ trades });
  }
  await expect.poll(watchers).toBe(0);
});
