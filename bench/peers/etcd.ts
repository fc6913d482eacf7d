// etcd as it is installed: puts that are on the disk when they are answered, and watches. It is called over its own gRPC
// interface by the same generator as ours; the few messages that takes are written by hand (etcdserverpb/rpc.proto).
import { join } from 'node:path';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { freePort } from '../../src/store/embedded/cluster.js';
import { FrameReader, frame } from '../support/grpc-frames.js';
import { callHeaders, Http2Connection } from '../support/http2-connection.js';
import { deferred, unaryLoad } from '../support/load.js';
import { type ServerProcess, startProgram } from '../support/processes.js';
import { FAN_OUT_CONCURRENCY, MESSAGE, type Peer } from './peer.js';

const PUT = '/etcdserverpb.KV/Put';
const WATCH = '/etcdserverpb.Watch/Watch';
const CONNECTIONS = 10;
const STREAMS_PER_CONNECTION = 20;
/** Fields, each length-delimited. */
const [KEY, VALUE] = [(1 << 3) | 2, (2 << 3) | 2];
const [CREATE, RANGE_END] = [(1 << 3) | 2, (2 << 3) | 2];
const EVENTS = 11;

function put(key: string): Uint8Array {
  return new BinaryWriter().uint32(KEY).string(key).uint32(VALUE).bytes(MESSAGE).finish();
}

/** A watch of all keys from this one up to the other. */
function watch(from: string, until: string): Uint8Array {
  const request = new BinaryWriter().uint32(CREATE).fork();
  return request.uint32(KEY).string(from).uint32(RANGE_END).string(until).join().finish();
}

/** How many events a WatchResponse has. */
function eventsIn(message: Uint8Array): number {
  const reader = new BinaryReader(message);
  let events = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === EVENTS) events += 1;
    reader.skip(type, field);
  }
  return events;
}

export async function startEtcd(program: string, folder: string): Promise<Peer> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const args = [
    ...['--data-dir', join(folder, 'etcd'), '--log-level', 'error', '--name', 'bench'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...[
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `bench=${peer}`,
    ],
  ];
  return new Etcd(await startProgram(program, args, port));
}

class Etcd implements Peer {
  readonly name = 'etcd';
  readonly synced = 'every message';
  readonly #server: ServerProcess;
  #key = 0;

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async append(count: number, concurrency: number): Promise<number> {
    const requests = Array.from({ length: count }, () => put(`e/${this.#key++}`));
    const plan = { server: this.#server, path: PUT, connections: CONNECTIONS, concurrency, requests };
    return (await unaryLoad(plan)).callsPerSecond;
  }

  async fanOut(count: number, watchers: number): Promise<number> {
    const { promise, resolve, reject } = deferred();
    const { promise: open, resolve: opened } = deferred();
    const [headers, body] = [callHeaders(WATCH), frame(watch('e/', 'e0'))];
    const connections = await Promise.all(
      Array.from({ length: Math.ceil(watchers / STREAMS_PER_CONNECTION) }, () =>
        Http2Connection.open(this.#server.address, reject),
      ),
    );
    let [waiting, left] = [watchers, watchers];
    for (let index = 0; index < watchers; index += 1) {
      let missing = count;
      const reader = new FrameReader((message) => {
        const events = eventsIn(message);
        // The first message says that the watch is there.
        if (events === 0 && --waiting === 0) opened();
        missing -= events;
        if (events > 0 && missing <= 0 && --left === 0) resolve();
      });
      connections[index % connections.length]?.call(headers, body, {
        onData: (bytes) => reader.push(bytes),
        onEnd: () => reject(new Error('a watch ended early')),
      });
    }
    try {
      await Promise.race([open, promise]);
      const startedAt = performance.now();
      await Promise.all([promise, this.append(count, FAN_OUT_CONCURRENCY)]);
      return (count * watchers) / ((performance.now() - startedAt) / 1000);
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}
