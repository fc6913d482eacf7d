// Two servers meet over a real socket: only those of one database and one history of its log come to speak.
import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClusterKey } from '../../../src/cluster/cluster-key.js';

const SECRET = randomBytes(32);
const ours = new ClusterKey(SECRET, 'history-1');

let port = 0;
const tls = createTlsServer(ours.listening, (socket) => {
  socket.on('error', () => undefined);
  socket.end('welcome');
});
tls.on('tlsClientError', (_error, socket) => socket.destroy());
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  tls.emit('connection', socket);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (typeof bound === 'object' && bound !== null) port = bound.port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

async function heard(key: ClusterKey): Promise<string> {
  const secured = await key.secure(await open());
  let text = '';
  for await (const chunk of secured) text += String(chunk);
  return text;
}

test('one with the same secret and history is heard, in HTTP/2 over a key of that connection alone', async () => {
  const secured = await ours.secure(await open());
  expect(secured.alpnProtocol).toBe('h2');
  expect(secured.getCipher().name).toBe('ECDHE-PSK-CHACHA20-POLY1305');
  secured.destroy();
  expect(await heard(new ClusterKey(SECRET, 'history-1'))).toBe('welcome');
});

test.each([
  ['of a copy of the database, whose log is another history', new ClusterKey(SECRET, 'history-2')],
  ['with another secret', new ClusterKey(randomBytes(32), 'history-1')],
  ['with an empty secret', new ClusterKey(Buffer.alloc(0), 'history-1')],
])('one %s is not', async (_who, key) => {
  await expect(heard(key)).rejects.toThrow();
});

test('one that speaks no TLS, or shows a certificate of its own kind instead, is not', async () => {
  const plain = await open();
  plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  let bytes = '';
  await new Promise<void>((resolve) => {
    plain.on('data', (chunk) => {
      bytes += String(chunk);
    });
    plain.once('error', () => resolve());
    plain.once('close', () => resolve());
  });
  expect(bytes).not.toContain('welcome');
  const usual = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await expect(
    new Promise((resolve, reject) => {
      usual.once('secureConnect', resolve);
      usual.once('error', reject);
      usual.once('close', () => reject(new Error('closed')));
    }),
  ).rejects.toThrow();
});
