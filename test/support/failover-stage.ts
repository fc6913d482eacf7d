// Real servers on a Postgres that fails over by itself: Patroni with a synchronous standby. What fails is the primary; it comes
// back as the standby before the next failover.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './eventually.js';
import { LOAD_RULES } from './fault-stage.js';
import { PatroniCluster } from './patroni.js';
import { execute } from './postgres.js';
import { ServerProcess } from './server-process.js';

const DATABASE = 'dtms';
const NEW_EPOCH = /the log has a new epoch/;

export class FailoverStage {
  /** Processes that ended without being told to, and epochs begun although every commit was at the standby. */
  readonly exits: string[] = [];
  readonly #folder: string;
  readonly #cluster: PatroniCluster;
  readonly #servers: readonly ServerProcess[];
  #primaryUrl = '';

  private constructor(folder: string, cluster: PatroniCluster, servers: readonly ServerProcess[]) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.#servers = servers;
  }

  /** @param count - how many servers. */
  static async open(count: number): Promise<FailoverStage> {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-failover-'));
    const cluster = await PatroniCluster.start(folder, 'synchronous');
    const primary = cluster.urlOf(await cluster.primary(), 'postgres');
    await execute(primary, `CREATE DATABASE ${DATABASE} ENCODING 'UTF8'`);
    const config = join(folder, 'rules.json');
    writeFileSync(config, JSON.stringify({ rules: LOAD_RULES }));
    const servers: ServerProcess[] = [];
    for (let index = 0; index < count; index += 1) {
      const server = await ServerProcess.create({
        DTMS_CONFIG: config,
        DTMS_DATABASE_URL: cluster.url(DATABASE),
        DTMS_DATABASE_STATEMENT_TIMEOUT_MS: '2000',
        DTMS_WATCH_BOOKMARK_MS: '2000',
      });
      servers.push(server);
      await server.start('it answers');
    }
    const stage = new FailoverStage(folder, cluster, servers);
    await stage.#findPrimary();
    return stage;
  }

  /** Of all servers, as a client takes them. */
  get addresses(): string {
    return this.#servers.map(({ address }) => address).join(',');
  }

  /** Of the database at the node that was the primary when it was last looked for. */
  get url(): string {
    return this.#primaryUrl;
  }

  /** Kills the primary; resolves when the other one is it, and the killed one its synchronous standby. */
  async failOver(began: () => void): Promise<void> {
    const old = await this.#cluster.primary();
    const [other] = this.#cluster.nodes.filter(({ name }) => name !== old.name);
    if (other === undefined) throw new Error('one node alone cannot fail over');
    this.#cluster.kill(old);
    began();
    await until('the standby is promoted', () => this.#cluster.is('/primary', other));
    await this.#cluster.join(old);
    await until('the old primary is the standby', () => this.#cluster.is('/sync', old));
    await this.#findPrimary();
  }

  async newest(): Promise<bigint> {
    const { rows } = await execute(this.url, 'SELECT revision::text FROM log_head');
    return BigInt(rows[0].revision);
  }

  /** Looks whether a process has ended by itself, or a log has another epoch. */
  look(): void {
    for (const { ended, output } of this.#servers) {
      if (ended !== null) this.exits.push(`a server ended with ${ended}: ${output.slice(-2000)}`);
      if (NEW_EPOCH.test(output)) this.exits.push(output);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      await server.stop();
      rmSync(server.dataDir, { recursive: true, force: true });
    }
    await this.#cluster.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #findPrimary(): Promise<void> {
    this.#primaryUrl = this.#cluster.urlOf(await this.#cluster.primary(), DATABASE);
  }
}
