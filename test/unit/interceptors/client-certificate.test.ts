// Whose connection it is when a port changes hands faster than its close is told, which sockets of one machine do
// not do on demand.
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { ClientCertificates } from '../../../src/interceptors/client-certificate.js';

const PEER = '10.0.0.7:4711';

/** A connection from PEER as it is when its handshake is done; '' has no certificate. */
function connection(name: string): TLSSocket {
  const socket = new TLSSocket(new Socket());
  const facts = {
    authorized: name !== '',
    remoteAddress: '10.0.0.7',
    remotePort: 4711,
    getPeerCertificate: () => ({ subject: { CN: name } }),
  };
  for (const [key, value] of Object.entries(facts)) Object.defineProperty(socket, key, { value });
  return socket;
}

function entered(...names: readonly string[]) {
  const certificates = new ClientCertificates([]);
  const sockets = names.map(connection);
  for (const socket of sockets) certificates.enter(socket, 'grpc');
  return { sockets, caller: () => certificates.callerAt(PEER, 'grpc')?.name };
}

test('a connection is its certificate, until it closes', () => {
  const { sockets, caller } = entered('desk');
  expect(caller()).toBe('desk');
  sockets[0]?.emit('close');
  expect(caller()).toBeUndefined();
});

test('the close of the connection before takes nothing from the one that has its port now', () => {
  const { sockets, caller } = entered('desk', 'viewer');
  sockets[0]?.emit('close');
  expect(caller()).toBe('viewer');
});

test('a connection without a certificate does not inherit that of the one before', () => {
  const { caller } = entered('desk', '');
  expect(caller()).toBeUndefined();
});
