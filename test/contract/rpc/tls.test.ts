// TLS and client certificates: who gets in, as whom, and changing the certificate under traffic.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { credentials, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { GetTradeResponse, type TradeServiceClient } from '../../../gen/ts/dtms/v1/trade_service.js';
import { withClient } from '../../../src/cli/options.js';
import { ClientCertificates } from '../../../src/interceptors/client-certificate.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { TlsOptions } from '../../../src/transport/tls.js';
import { authority, type Certificate, signed } from '../../support/certificates.js';
import { eventually } from '../../support/eventually.js';
import {
  call,
  failureOf,
  keylessGate,
  metadataOf,
  startServer,
  type TestServer,
} from '../../support/grpc.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-tls-'));
const CERT = join(folder, 'server.crt');
const KEY = join(folder, 'server.key');
const CA = join(folder, 'ca.crt');
const YESTERDAY = new Date(Date.now() - 24 * 60 * 60 * 1000);

let ours: Certificate;
let theirs: Certificate;
let first: Certificate;
let second: Certificate;
const running: TestServer[] = [];

function install({ cert, key }: Certificate): void {
  writeFileSync(CERT, cert);
  writeFileSync(KEY, key);
}

async function serve(
  tls: Partial<TlsOptions> = {},
  door: 'open' | 'closed' = 'open',
  handshakeMs = 30_000,
): Promise<TestServer> {
  const certificates = new ClientCertificates([
    { name: 'viewer', scopes: ['read'] },
    { name: 'bridge', scopes: ['bridge'] },
  ]);
  const server = await startServer(
    { getTrade: () => GetTradeResponse.fromPartial({}) },
    {},
    { handshakeMs },
    {
      parts: { certificates, gate: keylessGate(door, createLogger('silent')) },
      secure: {
        options: {
          cert: CERT,
          key: KEY,
          ca: '',
          clientCertificates: 'required',
          reloadMs: 20,
          ...tls,
        },
        secured: (socket) => certificates.enter(socket, 'grpc'),
      },
    },
  );
  running.push(server);
  return server;
}

function client(server: TestServer, certificate?: Certificate): TradeServiceClient {
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return server.connect(
    // Each client has connections of its own. grpc-js would send an address as the server's name, which newer
    // versions of Node refuse.
    { 'grpc.use_local_subchannel_pool': 1, 'grpc.ssl_target_name_override': 'localhost' },
    credentials.createSsl(pem(ours.cert), pem(certificate?.key), pem(certificate?.cert)),
  );
}

function getTrade(trades: TradeServiceClient): Promise<unknown> {
  return call((done) => trades.getTrade({ account: 'demo', ticket: 1n }, metadataOf({}), done));
}

/** The certificate a new connection is served, as its serial number. */
function served(server: TestServer): Promise<string> {
  const [host, port] = server.address.split(':');
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls(
      { host, port: Number(port), ca: ours.cert, ALPNProtocols: ['h2'] },
      () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
        socket.destroy();
      },
    );
    socket.on('error', reject);
  });
}

beforeAll(async () => {
  [ours, theirs] = await Promise.all([authority('ours'), authority('theirs')]);
  [first, second] = await Promise.all([signed(ours, '127.0.0.1'), signed(ours, '127.0.0.1')]);
  writeFileSync(CA, ours.cert);
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('a TLS server', () => {
  test('answers who trusts it, and nobody in the clear', async () => {
    install(first);
    const server = await serve();
    await getTrade(client(server));
    expect((await failureOf(getTrade(server.connect()))).code).toBe(status.UNAVAILABLE);
  });

  test('answers the command line at https://, which tells what stands in the way', async () => {
    install(first);
    const server = await serve({ ca: CA }, 'closed');
    const place = server.address.replace('127.0.0.1', 'localhost');
    onTestFinished(() => void vi.unstubAllEnvs());
    const asked = (address: string) =>
      withClient(address, (client) => client.getTrade({ account: 'demo', ticket: 1n }), { retryMs: 0 });

    await expect(asked(place)).rejects.toThrow(`a server with TLS is called https://${place}`);
    await expect(asked(`https://${place}`)).rejects.toThrow(/no server at https.*certificate/s);
    vi.stubEnv('DTMS_CLIENT_CA', join(folder, 'nowhere.crt'));
    await expect(asked(`https://${place}`)).rejects.toThrow(/^DTMS_CLIENT_CA: .*nowhere.crt cannot be read/);
    vi.stubEnv('DTMS_CLIENT_CA', CA);
    await expect(asked(`https://${place}`), 'without its own certificate').rejects.toThrow('no server at');
    const viewer = await signed(ours, 'viewer');
    writeFileSync(join(folder, 'viewer.crt'), viewer.cert);
    writeFileSync(join(folder, 'viewer.key'), viewer.key);
    vi.stubEnv('DTMS_CLIENT_CERT', join(folder, 'viewer.crt'));
    await expect(asked(`https://${place}`), 'with half of it').rejects.toThrow('cannot be used');
    vi.stubEnv('DTMS_CLIENT_KEY', join(folder, 'viewer.key'));
    await asked(`https://${place}`);
    await asked(`https://${place},https://${place}`);
  });

  test('speaks nothing below TLS 1.2', async () => {
    install(first);
    const server = await serve();
    const [host, port] = server.address.split(':');
    const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
    const outcomes = versions.map(
      (version) =>
        new Promise<string>((resolve) => {
          const socket: TLSSocket = connectTls(
            {
              host,
              port: Number(port),
              ca: ours.cert,
              minVersion: version,
              maxVersion: version,
              // OpenSSL itself refuses to ask for the old ones at its usual level.
              ciphers: 'DEFAULT@SECLEVEL=0',
              ALPNProtocols: ['h2'],
            },
            () => {
              resolve(socket.getProtocol() ?? '');
              socket.destroy();
            },
          );
          socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        }),
    );
    const [v10, v11, ...newer] = await Promise.all(outcomes);
    expect(newer).toEqual(['TLSv1.2', 'TLSv1.3']);
    for (const refused of [v10, v11]) expect(refused).toMatch(/ALERT_PROTOCOL_VERSION|ECONNRESET/);
  });

  test('drops who does not finish the handshake', async () => {
    install(first);
    const server = await serve({}, 'open', 300);
    const { connect } = await import('node:net');
    const [host, port] = server.address.split(':');
    const silent = connect({ host, port: Number(port) });
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('close', resolve));
    // A slow machine may not finish a handshake in that time either.
    await eventually(() => getTrade(client(server)));
  });

  test("does not start with a key that is not the certificate's, or a file that is not there", async () => {
    install({ cert: first.cert, key: second.key });
    await expect(serve()).rejects.toThrow(/key values mismatch/);
    install(first);
    await expect(serve({ ca: join(folder, 'nothing') })).rejects.toThrow(/ENOENT/);
  });
});

describe('client certificates', () => {
  const REFUSED = status.UNAVAILABLE;

  test('required: ours is let in; none, a foreign and an expired one are not', async () => {
    install(first);
    const server = await serve({ ca: CA });
    const [good, foreign, expired] = await Promise.all([
      signed(ours, 'viewer'),
      signed(theirs, 'viewer'),
      signed(ours, 'viewer', YESTERDAY),
    ]);
    await getTrade(client(server, good));
    for (const certificate of [undefined, foreign, expired])
      expect((await failureOf(getTrade(client(server, certificate)))).code).toBe(REFUSED);
    await getTrade(client(server, good));
  });

  test('optional: none is let in, but not a forged one', async () => {
    install(first);
    const server = await serve({ ca: CA, clientCertificates: 'optional' });
    await getTrade(client(server));
    await getTrade(client(server, await signed(ours, 'viewer')));
    const forged = client(server, await signed(theirs, 'viewer'));
    expect((await failureOf(getTrade(forged))).code).toBe(REFUSED);
  });

  test('stand for their common name, with the scopes it was given', async () => {
    install(first);
    const server = await serve({ ca: CA, clientCertificates: 'optional' }, 'closed');
    const outcome = async (certificate?: Certificate) =>
      getTrade(client(server, certificate)).then(
        () => status.OK,
        (error: { code: status }) => error.code,
      );
    expect(await outcome(await signed(ours, 'viewer'))).toBe(status.OK);
    expect(await outcome(await signed(ours, 'bridge'))).toBe(status.PERMISSION_DENIED);
    expect(await outcome(await signed(ours, 'unheard of'))).toBe(status.PERMISSION_DENIED);
    expect(await outcome()).toBe(status.UNAUTHENTICATED);
  });
});

describe('reloading', () => {
  test('new connections get the new certificate, calls on old ones go on', async () => {
    install(first);
    const server = await serve();
    const before = await served(server);
    const trades = client(server);
    let calls = 0;
    let going = true;
    const traffic = (async () => {
      while (going) {
        await getTrade(trades);
        calls += 1;
        await sleep(2);
      }
    })();
    install(second);
    await eventually(async () => expect(await served(server)).not.toBe(before));
    const then = calls;
    await eventually(() => expect(calls).toBeGreaterThan(then));
    going = false;
    // Rejects when any of them failed.
    await traffic;
    await getTrade(client(server));
  });

  test('who was let in by an authority that does not count any more is let go', async () => {
    install(first);
    const server = await serve({ ca: CA });
    const trades = client(server, await signed(ours, 'viewer'));
    await getTrade(trades);
    writeFileSync(CA, theirs.cert);
    try {
      await eventually(async () => {
        const { code } = await failureOf(getTrade(trades));
        expect(code).toBe(status.UNAVAILABLE);
      });
    } finally {
      writeFileSync(CA, ours.cert);
    }
    await eventually(() => getTrade(trades));
  });

  test('a pair that is of no use changes nothing and is logged once', async () => {
    install(first);
    const server = await serve();
    const before = await served(server);
    const errors = () => server.lines.filter(({ severity }) => severity === 'ERROR').length;
    // In one step, so that no look sees half of it.
    writeFileSync(`${CERT}.new`, 'rubbish');
    renameSync(`${CERT}.new`, CERT);
    await eventually(() => expect(errors()).toBe(1));
    // Several looks later it is still one.
    await sleep(200);
    expect(errors()).toBe(1);
    expect(await served(server)).toBe(before);
    install(second);
    await eventually(async () => expect(await served(server)).not.toBe(before));
  });
});
