// NATS JetStream as it is installed, and its subscriptions. From 2.10 on every message is on the disk before it is answered;
// before, JetStream answers at once and syncs every two minutes, which the result says.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '../../src/store/embedded/cluster.js';
import { deferred } from '../support/load.js';
import { type ServerProcess, startProgram } from '../support/processes.js';
import { FAN_OUT_CONCURRENCY, MESSAGE, type Peer } from './peer.js';

const SUBJECT = 'bench.events';
const WATCHERS_PER_CONNECTION = 20;

export async function startNats(program: string, folder: string): Promise<Peer> {
  const port = await freePort();
  const file = join(folder, 'nats.conf');
  const store = join(folder, 'nats');
  const isSynced = syncsAlways(program);
  const sync = isSynced ? ', sync_interval: always' : '';
  writeFileSync(file, `listen: "127.0.0.1:${port}"\njetstream { store_dir: "${store}"${sync} }\n`);
  const server = await startProgram(program, ['-c', file], port);
  const servers = `127.0.0.1:${port}`;
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'BENCH', subjects: [SUBJECT] });
  return new Nats(server, connection, isSynced ? 'every message' : 'every 2 minutes');
}

function syncsAlways(program: string): boolean {
  const [, major, minor] =
    /v(\d+)\.(\d+)/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
}

class Nats implements Peer {
  readonly name = 'nats';
  readonly synced: string;
  readonly #server: ServerProcess;
  readonly #connection: NatsConnection;

  constructor(server: ServerProcess, connection: NatsConnection, synced: string) {
    this.synced = synced;
    this.#server = server;
    this.#connection = connection;
  }

  async append(count: number, concurrency: number): Promise<number> {
    const stream = jetstream(this.#connection);
    let left = count;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        await stream.publish(SUBJECT, MESSAGE);
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: concurrency }, worker));
    return count / ((performance.now() - startedAt) / 1000);
  }

  async fanOut(count: number, watchers: number): Promise<number> {
    const { promise, resolve, reject } = deferred();
    const connections = await Promise.all(
      Array.from({ length: Math.ceil(watchers / WATCHERS_PER_CONNECTION) }, () =>
        connect({ servers: this.#server.address }),
      ),
    );
    let left = watchers;
    for (let index = 0; index < watchers; index += 1) {
      let missing = count;
      connections[index % connections.length]?.subscribe(SUBJECT, {
        callback: (error) => {
          if (error !== null) reject(error);
          missing -= 1;
          if (missing === 0 && --left === 0) resolve();
        },
      });
    }
    try {
      await Promise.all(connections.map((connection) => connection.flush()));
      const startedAt = performance.now();
      await Promise.all([promise, this.append(count, FAN_OUT_CONCURRENCY)]);
      return (count * watchers) / ((performance.now() - startedAt) / 1000);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  }

  async stop(): Promise<void> {
    await this.#connection.close();
    await this.#server.stop();
  }
}
