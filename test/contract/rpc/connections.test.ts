// The door: how many connections come in, from where, and how long they may be silent.
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { GetTradeResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import type { GrpcServerOptions } from '../../../src/transport/server.js';
import { eventually } from '../../support/eventually.js';
import { call, metadataOf, startServer, type TestServer } from '../../support/grpc.js';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

const running: TestServer[] = [];
const sockets: Socket[] = [];

async function serve(options: Partial<GrpcServerOptions>): Promise<TestServer> {
  const server = await startServer({ getTrade: () => GetTradeResponse.fromPartial({}) }, {}, options);
  running.push(server);
  return server;
}

interface Guest {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  /** What the server has said. */
  bytes(): number;
}

function open(server: TestServer, said: Buffer | string = ''): Guest {
  const [host, port] = server.address.split(':');
  const socket = connect({ host, port: Number(port) });
  sockets.push(socket);
  socket.on('error', () => undefined);
  let bytes = 0;
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  if (said.length > 0) socket.write(said);
  return {
    socket,
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    bytes: () => bytes,
  };
}

function speaking(server: TestServer): Guest {
  return open(server, Buffer.concat([Buffer.from(PREFACE), SETTINGS]));
}

function getTrade(server: TestServer): Promise<unknown> {
  const trades = server.connect({ 'grpc.use_local_subchannel_pool': 1 });
  return call((done) => trades.getTrade({ account: 'demo', ticket: 1n }, metadataOf({}), done));
}

async function welcomed(guest: Guest): Promise<void> {
  await eventually(() => expect(guest.bytes()).toBeGreaterThan(0));
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of running.splice(0)) await server.stop();
});

describe.each(['maxConnections', 'maxConnectionsPerAddress'] as const)('%s', (limit) => {
  test('are let in, exactly, and a place that comes free is taken', async () => {
    const server = await serve({ [limit]: 5 });
    const guests = Array.from({ length: 5 }, () => speaking(server));
    await Promise.all(guests.map(welcomed));
    const sixth = speaking(server);
    await sixth.closed;
    expect(sixth.bytes()).toBe(0);
    guests[0]?.socket.destroy();
    await guests[0]?.closed;
    await eventually(async () => {
      const next = speaking(server);
      await Promise.race([welcomed(next), next.closed]);
      expect(next.bytes()).toBeGreaterThan(0);
    });
  });

  test('hold against a flood, which gets one line in the log and disturbs nobody inside', async () => {
    const server = await serve({ [limit]: 20 });
    await getTrade(server);
    const inside = Array.from({ length: 19 }, () => speaking(server));
    await Promise.all(inside.map(welcomed));
    const flood = Array.from({ length: 300 }, () => speaking(server));
    await Promise.all(flood.map(({ closed }) => closed));
    expect(flood.filter((guest) => guest.bytes() > 0)).toHaveLength(0);
    expect(inside.filter(({ socket }) => socket.destroyed)).toHaveLength(0);
    const lines = () =>
      server.lines.filter(({ message }) => String(message).startsWith('connections refused'));
    await eventually(() => expect(lines().length).toBeGreaterThan(0));
    expect(lines().length).toBeLessThan(10);
    for (const { socket } of inside) socket.destroy();
    await eventually(() => getTrade(server));
  });
});

describe('a connection', () => {
  test('that says nothing, or half of a preface, is dropped; one that speaks stays', async () => {
    const server = await serve({ handshakeMs: 2000 });
    const speaker = speaking(server);
    const silent = open(server);
    const slow = open(server, PREFACE.slice(0, 10));
    await Promise.all([silent.closed, slow.closed]);
    await welcomed(speaker);
    expect(speaker.socket.destroyed).toBe(false);
  });

  test('that speaks something else is dropped', async () => {
    const server = await serve({});
    await open(server, 'GET / HTTP/1.1\r\nhost: dtms\r\n\r\n').closed;
    await getTrade(server);
  });
});
