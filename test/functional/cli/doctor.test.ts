// `dtms doctor` beside a server that runs already, in the open and secured, and beside another program on its port.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../../src/app.js';
import { type Config, type DeepPartial, loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { authority, signed } from '../../support/certificates.js';
import { CliProcess } from '../../support/cli-process.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let folder: string;
let database: TestDatabase;
let files: { cert: string; key: string; ca: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-doctor-'));
  database = await createDatabase();
  const ours = await authority('ours');
  const server = await signed(ours, 'server');
  files = { cert: join(folder, 'crt'), key: join(folder, 'key'), ca: join(folder, 'ca') };
  writeFileSync(files.cert, server.cert);
  writeFileSync(files.key, server.key);
  writeFileSync(files.ca, ours.cert);
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the doctor finds at the ports, with these settings. */
async function ports(settings: object, grpc: number, http: number) {
  const config = join(folder, 'doctor.json');
  writeFileSync(
    config,
    JSON.stringify({
      ...settings,
      grpc: { port: grpc },
      http: { port: http },
      database: { url: database.url },
    }),
  );
  // The ports of the file, not those of the usual test.
  const { out } = await new CliProcess(folder, ['doctor', '--json', '--config', config], {
    DTMS_HTTP_PORT: String(http),
  }).ended();
  const findings: { check: string; verdict: string; detail: string }[] = JSON.parse(out).findings;
  return findings.filter(({ check }) => check.endsWith('port'));
}

test.each<[string, DeepPartial<Config>]>([
  ['in the open', {}],
  ['with keys', { access: { mode: 'required' } }],
])('a server that runs is known: %s', async (_name, settings) => {
  for (const found of await serving(settings)) expect(found).toMatchObject({ verdict: 'ok' });
});

test.each(['none', 'optional', 'required'] as const)(
  'a server with TLS is known, client certificates %s',
  async (clientCertificates) => {
    const { cert, key, ca } = files;
    const tls =
      clientCertificates === 'none'
        ? { cert, key }
        : { cert, key, ca, clientCertificates, clientScopes: 'viewer=read' };
    const found = await serving({ access: { mode: 'required' }, tls });
    expect(found.map(({ verdict }) => verdict)).toEqual(['ok', 'ok']);
    for (const { detail } of found) expect(detail).toContain('is served by DTMS');
  },
);

async function serving(settings: DeepPartial<Config>) {
  const overrides = { ...settings, grpc: { port: 0 }, http: { port: 0 }, database: { url: database.url } };
  const app = await startApp(loadConfig({ env: {}, overrides }), createLogger('silent'));
  onTestFinished(() => app.stop());
  const portOf = (address = '') => Number(address.split(':')[1]);
  return ports(settings, portOf(app.grpcAddress), portOf(app.httpAddress));
}

test('another program on the port is named', async () => {
  const other = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  for (const tls of [{}, { cert: files.cert, key: files.key }]) {
    const [grpc] = await ports({ tls }, port, 0);
    expect(grpc).toMatchObject({ check: 'port', verdict: 'fail' });
    if (process.platform === 'linux') expect(grpc?.detail).toContain(`by process ${process.pid} (`);
  }
});
