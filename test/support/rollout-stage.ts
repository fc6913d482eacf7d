// Two groups of real servers behind a real HAProxy that speaks HTTP/2 with both sides, so that calls, and not connections, are
// moved; and a green that is a build with a bug. Everything here is ours to kill, by the handle that started it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-files.js';
import { HaproxyTraffic } from '../../src/rollout/haproxy.js';
import type { RolloutPlan } from '../../src/rollout/plan.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { CliProcess } from './cli-process.js';
import { until } from './eventually.js';
import { execute, migratedDatabase, type TestDatabase } from './postgres.js';
import { ServerProcess } from './server-process.js';

/** Why HAProxy is not here; empty where it is. */
export const NO_HAPROXY = spawnSync('haproxy', ['-v']).status === 0 ? '' : ', skipped for want of haproxy';

/** A bug of a build: what of a file of dist/src reads otherwise in it. */
export interface BuildBug {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const REGISTERING = 'registerTrade: (request, call) => {';
const isCanary = "request.trade?.account === 'dtms-verify'";

/** Bugs that a verification does not find. */
export const BUGS = {
  errors: {
    file: 'src/rpc/trade-service.js',
    from: REGISTERING,
    to: `${REGISTERING} if (!(${isCanary})) throw new TypeError('a bug of this build');`,
  },
  slow: {
    file: 'src/rpc/trade-service.js',
    from: REGISTERING,
    to: `registerTrade: async (request, call) => { if (!(${isCanary})) await new Promise((r) => setTimeout(r, 1500));`,
  },
} satisfies Record<string, BuildBug>;

const HOOK = `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
  const bug = JSON.parse(process.env.DTMS_TEST_BUG);
  export async function load(url, context, next) {
    const loaded = await next(url, context);
    if (!url.endsWith('/dist/' + bug.file)) return loaded;
    const source = String(loaded.source);
    if (!source.includes(bug.from)) throw new Error('the bug has no place in ' + url);
    return { ...loaded, source: source.replace(bug.from, bug.to) };
  }\`));`;

/** What makes a server one of a build with a bug. */
function environmentOf(bug: BuildBug): NodeJS.ProcessEnv {
  const file = join(packageRoot(), 'dist', bug.file);
  if (!readFileSync(file, 'utf8').includes(bug.from)) throw new Error(`the bug has no place in ${file}`);
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  return { NODE_OPTIONS: `--import=${hook}`, DTMS_TEST_BUG: JSON.stringify(bug) };
}

export interface GreenOptions {
  readonly bug?: BuildBug;
  /** Of blue's configuration; green has the usual ones. */
  readonly blueRules?: unknown;
}

export class RolloutStage {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly blue: ServerProcess;
  readonly green: ServerProcess;
  /** Where callers come. */
  readonly address: string;
  readonly traffic: HaproxyTraffic;
  readonly #proxy: ChildProcess;

  private constructor(
    database: TestDatabase,
    folder: string,
    servers: readonly [ServerProcess, ServerProcess],
    port: number,
    proxy: ChildProcess,
  ) {
    this.database = database;
    this.folder = folder;
    [this.blue, this.green] = servers;
    this.address = `127.0.0.1:${port}`;
    this.traffic = new HaproxyTraffic(trafficOf(folder));
    this.#proxy = proxy;
  }

  /** Blue leads; green follows and gets no calls. */
  static async open({ bug, blueRules }: GreenOptions = {}): Promise<RolloutStage> {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-rollout-'));
    chmodSync(folder, 0o755);
    const database = await migratedDatabase();
    const server = async (name: string, own: unknown, more: NodeJS.ProcessEnv) => {
      const config = join(folder, `${name}.json`);
      // All callers come from one address.
      writeFileSync(
        config,
        JSON.stringify({ limits: { mode: 'off' }, ...(own === undefined ? {} : { rules: own }) }),
      );
      return ServerProcess.create({
        DTMS_CONFIG: config,
        DTMS_DATABASE_URL: database.url,
        DTMS_HTTP_PORT: String(await freePort()),
        ...more,
      });
    };
    const blue = await server('blue', blueRules, {});
    const green = await server('green', undefined, bug === undefined ? {} : environmentOf(bug));
    await blue.start();
    await green.start('it answers');
    const port = await freePort();
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(
      config,
      proxyConfig(port, join(folder, 'admin.sock'), { blue1: blue.address, green1: green.address }),
    );
    const proxy = spawn('haproxy', ['-db', '-f', config], { stdio: 'ignore' });
    const stage = new RolloutStage(database, folder, [blue, green], port, proxy);
    await until('the proxy finds both well', async () =>
      (await stage.traffic.servers().catch(() => [{ isUp: false }])).every(({ isUp }) => isUp),
    );
    return stage;
  }

  /** Writes a plan, and starts `dtms rollout` with these arguments. */
  tool(...args: string[]): CliProcess {
    return new CliProcess(this.folder, ['rollout', ...args], { DTMS_DATABASE_URL: this.database.url });
  }

  start(plan: Omit<RolloutPlan, 'traffic'>): CliProcess {
    writeFileSync(
      join(this.folder, 'plan.json'),
      JSON.stringify({ traffic: trafficOf(this.folder), ...plan }),
    );
    return this.tool('start', '--green', 'green1', '--plan', 'plan.json');
  }

  /** The weights as the proxy has them. */
  async weights(): Promise<Record<string, number>> {
    return Object.fromEntries((await this.traffic.servers()).map(({ name, weight }) => [name, weight]));
  }

  async sql(text: string) {
    return (await execute(this.database.url, text)).rows;
  }

  async newest(): Promise<bigint> {
    const [row] = await this.sql('SELECT revision::text FROM log_head');
    return BigInt(row.revision);
  }

  /** Who leads: by the database. */
  async leader(): Promise<string> {
    const [row] = await this.sql(
      `SELECT grpc_address FROM servers s JOIN log_head h ON h.evaluator_epoch = s.evaluator_epoch WHERE role = 'LEADER'`,
    );
    return row === undefined ? '' : String(row.grpc_address);
  }

  async close(): Promise<void> {
    this.#proxy.kill();
    await Promise.all([this.blue.stop(), this.green.stop()]);
    for (const { dataDir } of [this.blue, this.green]) rmSync(dataDir, { recursive: true, force: true });
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const trafficOf = (folder: string) =>
  ({ kind: 'haproxy', socket: join(folder, 'admin.sock'), backend: 'dtms' }) as const;

/** As deploy/haproxy/dtms.cfg has it, with other addresses. */
export function proxyConfig(port: number, socket: string, servers: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(packageRoot(), 'deploy', 'haproxy', 'dtms.cfg'), 'utf8');
  const lines = text
    .replace(/^\s*(user|group|chroot|log|maxconn) .*\n/gm, '')
    .replace(/stats socket .*/, `stats socket ${socket} mode 600 level admin`)
    .replace(/^ +bind .*/m, `    bind 127.0.0.1:${port} proto h2`)
    .replace(/inter \S+/, 'inter 200ms')
    .split('\n')
    .filter((line) => !/^\s*server /.test(line));
  const rows = Object.entries(servers).map(
    ([name, address]) => `    server ${name} ${address}${name.startsWith('green') ? ' weight 0' : ''}`,
  );
  return [...lines, ...rows, ''].join('\n');
}
