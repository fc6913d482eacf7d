// Real servers on one real Postgres, each behind a proxy of its own, and what may befall them. Everything here is ours to
// kill: processes are ended by the handle that started them.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient, isCompacted } from '../../src/client/index.js';
import { partitionsOf } from '../../src/store/partitions.js';
import { MovableClock, NO_CLOCKS } from './clock.js';
import { eventually } from './eventually.js';
import { fault } from './fault-count.js';
import { execute } from './postgres.js';
import { emptyCluster, type PostgresNode, startNode } from './postgres-pair.js';
import { type Harming, PostgresProxy } from './postgres-proxy.js';
import { ServerProcess } from './server-process.js';

const LEADER = 2;
/** Revisions of a partition, so that there are old ones to be dropped. */
const PARTITION = 1000;
/** A fall is a warning at any hour of the week, and no more than that; each account has a feed of its own. */
export const LOAD_RULES = {
  states: { l1Score: -0.1, l1ClearScore: 50, l2Score: -50, hedgeScore: -60 },
  feeds: { maximum: 100_001, maximumPerKey: 100_000 },
};
/** Where events go that are dropped, for the judge. */
const DROPPED = 'dropped_events';

interface Placed {
  readonly server: ServerProcess;
  readonly proxy: PostgresProxy;
  readonly clock: MovableClock;
}

export class FaultStage {
  /** All events, those dropped from the log as well: what a FROM of SQL takes. */
  static readonly ALL_EVENTS = `(SELECT * FROM events UNION ALL SELECT * FROM ${DROPPED})`;
  readonly #postgres: PostgresNode;
  readonly #folder: string;
  readonly #placed: readonly Placed[];
  /** Of the database's machine. */
  readonly clock: MovableClock;
  /** Processes that ended without being told to. */
  readonly exits: string[] = [];
  /** The revision up to which everybody who watches has everything. */
  reached: () => bigint = () => 0n;

  private constructor(
    postgres: PostgresNode,
    folder: string,
    placed: readonly Placed[],
    clock: MovableClock,
  ) {
    this.#postgres = postgres;
    this.#folder = folder;
    this.#placed = placed;
    this.clock = clock;
  }

  /** @param servers - how many. */
  static async open(servers: number): Promise<FaultStage> {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-faults-'));
    // Run as root, Postgres has another user, who must reach it.
    chmodSync(folder, 0o755);
    const clock = new MovableClock(folder, 'database');
    const cluster = await emptyCluster(folder, 'postgres');
    const binaries = { ...cluster.binaries, postgres: clock.wrap(cluster.binaries.postgres) };
    const postgres = await startNode({ ...cluster, binaries });
    const config = join(folder, 'rules.json');
    writeFileSync(config, JSON.stringify({ rules: LOAD_RULES }));
    const placed: Placed[] = [];
    for (let index = 0; index < servers; index += 1) {
      const proxy = await PostgresProxy.open(postgres.url);
      const own = new MovableClock(folder, `server${index}`);
      const server = await ServerProcess.create({
        DTMS_CONFIG: config,
        DTMS_DATABASE_URL: proxy.url,
        DTMS_DATABASE_STATEMENT_TIMEOUT_MS: '2000',
        DTMS_WATCH_BOOKMARK_MS: '2000',
        DTMS_RETENTION_PARTITION_REVISIONS: String(PARTITION),
        ...own.environment,
      });
      placed.push({ server, proxy, clock: own });
    }
    const stage = new FaultStage(postgres, folder, placed, clock);
    await stage.#start();
    await stage.sql(`CREATE TABLE ${DROPPED} (LIKE events)`);
    return stage;
  }

  /** Of all servers, as a client takes them. */
  get addresses(): string {
    return this.#placed.map(({ server }) => server.address).join(',');
  }

  /** Of the servers that do not lead. */
  async followers(): Promise<string> {
    const { server } = await this.leader();
    return this.addresses
      .split(',')
      .filter((address) => address !== server.address)
      .join(',');
  }

  /** Of the database, past the proxies. */
  get url(): string {
    return this.#postgres.url;
  }

  async #start(): Promise<void> {
    for (const { server } of this.#placed) await server.start('it answers');
  }

  /** The server that leads now. */
  async leader(): Promise<Placed> {
    return eventually(async () => {
      for (const each of this.#placed) if ((await roleOf(each.server)) === LEADER) return each;
      throw new Error('nobody leads');
    });
  }

  async newest(): Promise<bigint> {
    const { rows } = await execute(this.url, 'SELECT revision::text FROM log_head');
    return BigInt(rows[0].revision);
  }

  /** How often the lead was taken so far. */
  async terms(): Promise<number> {
    const { rows } = await execute(this.url, 'SELECT evaluator_epoch FROM log_head');
    return Number(rows[0].evaluator_epoch);
  }

  async sql(text: string): Promise<void> {
    await execute(this.url, text);
  }

  /** The postmaster dies, and its backends with it; it is started again at once. */
  async killPostgres(): Promise<void> {
    fault('Postgres killed');
    await this.#postgres.stop('SIGKILL');
  }

  startPostgres(): Promise<void> {
    return this.#postgres.start();
  }

  /**
   * Drops the partitions that everybody who watches has left behind, as a compaction does.
   *
   * @returns the compaction revision; 0 when nothing was old enough.
   */
  async compact(): Promise<bigint> {
    const { rows } = await execute(
      this.url,
      `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass`,
    );
    const reached = this.reached();
    fault('compactions');
    const old = partitionsOf(rows as { name: string; bounds: string }[]).filter(
      ({ end }) => BigInt(end) <= reached,
    );
    const last = old.at(-1);
    if (last === undefined) return 0n;
    const names = old.map(({ name }) => `'${name}'`).join(', ');
    for (const { name } of old) await this.sql(`INSERT INTO ${DROPPED} SELECT * FROM ${name}`);
    await this.sql(`SELECT dtms_drop_partitions(ARRAY[${names}], ${last.end - 1})`);
    return BigInt(last.end - 1);
  }

  /** The answer to the next commit is lost, whoever makes it: the lead may just be moving. */
  async loseCommitAnswer(): Promise<void> {
    await new Promise<void>((resolve) => {
      const harming: Harming = ({ role, text }) => {
        if (role !== 'dtms-writer' || !text.startsWith('WITH head')) return null;
        for (const { proxy } of this.#placed) proxy.harming = null;
        resolve();
        return 'answer lost';
      };
      for (const { proxy } of this.#placed) proxy.harming = harming;
    });
  }

  /** Looks whether a process has ended by itself. */
  look(): void {
    for (const { server } of this.#placed)
      if (server.ended !== null)
        this.exits.push(`a server ended with ${server.ended}: ${server.output.slice(-2000)}`);
  }

  /** The end of what each server wrote: for whoever looks into a run that stood still. */
  async told(): Promise<string> {
    const { rows } = await execute(this.url, 'SELECT * FROM servers').catch(() => ({ rows: [] }));
    const outputs = this.#placed.map(({ server }) => `${server.address}\n${server.output.slice(-4000)}`);
    return [JSON.stringify(rows), ...outputs].join('\n\n');
  }

  async close(): Promise<void> {
    for (const { server, proxy } of this.#placed) {
      server.thaw();
      await server.stop();
      await proxy.close();
      rmSync(server.dataDir, { recursive: true, force: true });
    }
    await this.#postgres.stop('SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function roleOf(server: ServerProcess): Promise<number> {
  const client = new DtmsClient({ address: server.address });
  try {
    return (await client.getStatus({}, { retryMs: 0, deadlineMs: 1000 })).role;
  } catch {
    return 0;
  } finally {
    client.close();
  }
}

/** Whoever resumes where the log begins gets the next event; who resumes before it is told so. */
async function resumeAround(addresses: string, compacted: bigint): Promise<void> {
  const client = new DtmsClient({ address: addresses, breaker: 'off' });
  try {
    const { logEpoch } = await client.getStatus({}, { retryMs: 20_000 });
    const first = async (revision: bigint): Promise<bigint> => {
      const messages = client.watchTrades({ resumeAfter: { logEpoch, revision }, retryMs: 20_000 });
      for await (const message of messages)
        if (message.$case === 'events') return message.value.events[0]?.revision ?? 0n;
      throw new Error('the watch ended');
    };
    const got = await first(compacted);
    if (got !== compacted + 1n) throw new Error(`after ${compacted} a watch was given ${got}`);
    const refusal = await first(compacted - 1n).catch((error: unknown) => error);
    if (!isCompacted(refusal)) throw new Error(`before ${compacted} a watch was given ${refusal}`);
  } finally {
    client.close();
  }
}

/** A fault: done, and undone, to whoever leads. */
export interface FaultKind {
  /**
   * @param span - how long it lasts, 0 to 1 of its longest.
   * @param began - called once it is there.
   */
  readonly befall: (stage: FaultStage, span: number, began: () => void) => Promise<void>;
}

const FULL = `CREATE OR REPLACE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER no_space BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION no_space()`;

/** A day back or on, for 2 s and more; then the true date again. */
async function jump(clock: MovableClock, span: number, began: () => void): Promise<void> {
  await clock.move(span < 0.5 ? -24 : 24);
  began();
  await sleep(2000 + span * 2000);
  await clock.move(0);
}

const CLOCKS: Readonly<Record<string, FaultKind>> = {
  'server-clock': {
    befall: async (stage, span, began) => jump((await stage.leader()).clock, span, began),
  },
  'database-clock': {
    befall: (stage, span, began) => jump(stage.clock, span, began),
  },
};

/** By name; the clocks are missing where none can be moved. */
export const FAULT_KINDS: Readonly<Record<string, FaultKind>> = {
  kill: {
    befall: async (stage, _span, began) => {
      const { server } = await stage.leader();
      await server.kill();
      began();
      await server.start('it answers');
    },
  },
  terminate: {
    befall: async (stage, _span, began) => {
      const { server } = await stage.leader();
      await server.stop();
      began();
      await server.start('it answers');
    },
  },
  freeze: {
    befall: async (stage, span, began) => {
      const { server } = await stage.leader();
      server.freeze();
      began();
      await sleep(1000 + span * 9000);
      server.thaw();
    },
  },
  backends: {
    befall: async (stage, _span, began) => {
      fault('backends ended');
      await stage.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name LIKE 'dtms-%' AND pid <> pg_backend_pid()`,
      );
      began();
    },
  },
  cut: {
    befall: async (stage, _span, began) => {
      (await stage.leader()).proxy.cut();
      began();
    },
  },
  silence: {
    befall: async (stage, _span, began) => {
      (await stage.leader()).proxy.silence();
      began();
    },
  },
  'commit-answer-lost': {
    befall: async (stage, _span, began) => {
      await stage.loseCommitAnswer();
      began();
    },
  },
  'postgres-killed': {
    befall: async (stage, _span, began) => {
      await stage.killPostgres();
      began();
      await sleep(100);
      await stage.startPostgres();
    },
  },
  'disk-full': {
    befall: async (stage, span, began) => {
      fault('disks full');
      await stage.sql(FULL);
      began();
      await sleep(500 + span * 4000);
      await stage.sql('DROP TRIGGER no_space ON events');
    },
  },
  'slow-disk': {
    befall: async (stage, span, began) => {
      const { proxy } = await stage.leader();
      fault('disks slow');
      proxy.delayMs = 20 + span * 180;
      began();
      await sleep(2000);
      proxy.delayMs = 0;
    },
  },
  compaction: {
    befall: async (stage, _span, began) => {
      const compacted = await stage.compact();
      began();
      if (compacted > 0n) await resumeAround(stage.addresses, compacted);
    },
  },
  ...(NO_CLOCKS === '' ? CLOCKS : {}),
};
