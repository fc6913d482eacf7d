// Owns running a Postgres of our own under the data folder and keeping it running.  Whoever starts it owns
// it and stops it at the end. Another DTMS on the same folder shares it as a guest. One whose owner was
// killed is adopted rather than stopped: it works, its clients keep their connections, and nothing has to be
// recovered. When it ends while somebody still needs it (it crashed, or its owner left before its guests),
// whoever notices first starts it again on the same port and owns it from then on.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { guarded, over } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { postgresAccount } from './embedded/account.js';
import { findBinaries } from './embedded/binaries.js';
import {
  type Cluster,
  clusterUrl,
  freePort,
  fullDisk,
  initialise,
  logTail,
  readSecret,
  serviceUrl,
  spawnPostgres,
  verify,
} from './embedded/cluster.js';
import { choosePlace, clusterFolder, knownPlace, SYSTEM_FOLDER } from './embedded/place.js';
import { disarmStalePidFile, isAlive, runningPostmaster, startOf } from './embedded/process-identity.js';
import { EmbeddedDatabaseError } from './errors.js';

export interface EmbeddedOptions {
  readonly dataDir: string;
  /** 0 means any free one. */
  readonly port: number;
  /** Postgres settings beyond ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Ends a start that is under way: it rejects when nothing of it runs any more. */
  readonly signal?: AbortSignal | undefined;
}

/** Recovery after a crash may take its time. */
const START_MS = 120_000;
const POLL_MS = 25;
const WATCH_MS = 250;
/** Each end within this time makes the pause before the next start twice as long. */
const RESTART_WINDOW_MS = 60_000;
const RESTART_PAUSE_MS = { first: 250, most: 5000 };
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5000;

async function prepare({ dataDir, signal }: EmbeddedOptions, logger: Logger): Promise<Cluster> {
  const known = knownPlace(dataDir);
  const existing = known === undefined ? undefined : clusterFolder(known);
  const account = postgresAccount(existing !== undefined && existsSync(existing) ? existing : undefined);
  // Postgres tells its folder without symbolic links.
  const base = realpathSync(await choosePlace(dataDir, account, logger));
  const binaries = await findBinaries(account, SYSTEM_FOLDER, logger);
  const cluster = { base, folder: clusterFolder(base), binaries, account };
  if (!existsSync(cluster.folder)) logger.info({ folder: cluster.folder }, 'making the embedded database');
  await initialise(cluster, signal);
  return cluster;
}

async function gone(pid: number, patienceMs: number): Promise<boolean> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(POLL_MS)) {
    if (!isAlive(pid)) return true;
  }
  return false;
}

export class EmbeddedPostgres {
  readonly #cluster: Cluster;
  readonly #options: EmbeddedOptions;
  readonly #logger: Logger;
  readonly #endings: number[] = [];
  #port: number;
  #pid = 0;
  #owner = false;
  readonly #stopping = new AbortController();
  /** A start of it, first or again, that is under way. */
  #starting: Promise<void> = Promise.resolve();
  /** Our child from its first moment on. */
  #child: ChildProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  /** Whatever ends the process ends what it owns, or is about to. */
  readonly #atExit = (): void => {
    const pid = this.#owner ? this.#pid : this.#child?.pid;
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGINT');
  };

  private constructor(cluster: Cluster, options: EmbeddedOptions, logger: Logger) {
    this.#cluster = cluster;
    this.#options = options;
    this.#logger = logger;
    this.#port = options.port;
    const { signal } = options;
    signal?.addEventListener('abort', () => this.#stopping.abort(signal.reason), { once: true });
  }

  /**
   * Starts the Postgres under `dataDir`, or shares or adopts the one that runs there.
   *
   * @throws Error that says what is in the way, with the end of Postgres' log; the signal's reason when
   * that ended the start.
   */
  static async start(options: EmbeddedOptions, logger: Logger): Promise<EmbeddedPostgres> {
    options.signal?.throwIfAborted();
    const embedded = new EmbeddedPostgres(await prepare(options, logger), options, logger);
    process.once('exit', embedded.#atExit);
    try {
      await embedded.#start();
      options.signal?.throwIfAborted();
      return embedded;
    } catch (error) {
      await embedded.stop();
      throw error;
    }
  }

  /** As the owner, with its password; for this process only. */
  get url(): string {
    return clusterUrl(this.#port, readSecret(this.#cluster.folder));
  }

  /** As the service's own role, which may alter neither the schema nor what is on record. */
  get serviceUrl(): string {
    return serviceUrl(this.#port, readSecret(this.#cluster.folder));
  }

  /** The postmaster's process id; another one after a restart. */
  get pid(): number {
    return this.#pid;
  }

  /** True when stop() ends Postgres; false for a guest. */
  get isOwner(): boolean {
    return this.#owner;
  }

  /** Postgres' data folder. */
  get folder(): string {
    return this.#cluster.folder;
  }

  /** Ends Postgres when it is ours. Connections should be closed before; those that are not are cut. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort(new Error('the embedded database is stopped'));
    clearInterval(this.#watch);
    if (this.#owner && isAlive(this.#pid)) process.kill(this.#pid, 'SIGINT');
    // One that is being started ends its own child.
    await over(this.#starting);
    if (this.#owner) {
      await this.#end(this.#pid);
      rmSync(this.#ownerFile, { force: true });
    }
    process.removeListener('exit', this.#atExit);
  }

  async #end(pid: number): Promise<void> {
    for (const [signal, patience] of [
      ['SIGINT', FAST_STOP_MS],
      ['SIGQUIT', IMMEDIATE_STOP_MS],
      ['SIGKILL', IMMEDIATE_STOP_MS],
    ] as const) {
      if (isAlive(pid)) process.kill(pid, signal);
      if (await gone(pid, patience)) return;
      this.#logger.warn({ signal }, 'the embedded database is slow to stop');
    }
  }

  get #ownerFile(): string {
    return join(this.#cluster.base, 'postgres.owner');
  }

  #start(): Promise<void> {
    this.#starting = this.#run();
    return this.#starting;
  }

  /** Returns when Postgres runs and answers, whoever started it. */
  async #run(): Promise<void> {
    const deadline = Date.now() + START_MS;
    for (let failures = 0; ; ) {
      this.#stopping.signal.throwIfAborted();
      if (Date.now() > deadline) throw this.#failure('did not become ready');
      const running = runningPostmaster(this.#cluster.folder);
      if (running === undefined) {
        failures += 1;
        if (failures > 3) throw this.#failure('does not start');
        disarmStalePidFile(this.#cluster.folder);
        if (await this.#spawn(deadline)) return;
        await sleep(failures * 200);
      } else if (running.ready && (await verify(this.#cluster.folder, running.port))) {
        this.#attach(running.pid, running.port);
        return;
      } else {
        await sleep(POLL_MS);
      }
    }
  }

  /** True when our child became ready; false when it ended, perhaps because another one was faster. */
  async #spawn(deadline: number): Promise<boolean> {
    // After the first start the port is fixed: connections find their way back to it.
    const port = this.#port === 0 ? await freePort() : this.#port;
    // Claimed before it is ready, so that nobody takes it for an orphan in between, and again when it is
    // ours: of two that start at once, the slower one has written its own claim.
    this.#claim();
    const child = spawnPostgres(this.#cluster, port, this.#options.settings ?? {});
    this.#child = child;
    let over = false;
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        over = true;
        resolve();
      };
      child.once('error', end);
      child.once('exit', end);
    });
    while (!over && Date.now() < deadline && !this.#stopping.signal.aborted) {
      const running = runningPostmaster(this.#cluster.folder);
      const ready = running?.pid === child.pid && running?.ready === true;
      if (ready && (await verify(this.#cluster.folder, port)) && !over) {
        this.#own(child, port);
        return true;
      }
      await Promise.race([ended, sleep(POLL_MS)]);
    }
    if (!over && child.pid !== undefined) await this.#end(child.pid);
    return false;
  }

  #own(child: ChildProcess, port: number): void {
    this.#pid = child.pid ?? 0;
    this.#port = port;
    this.#owner = true;
    this.#claim();
    child.once(
      'exit',
      guarded(
        (code, signal) => this.#ended(`exit code ${code}, signal ${signal}`),
        (error) => this.#logger.error({ error }, 'the end of the embedded database was not dealt with'),
      ),
    );
    this.#logger.info({ port, pid: this.#pid, folder: this.#cluster.folder }, 'the embedded database runs');
  }

  #attach(pid: number, port: number): void {
    this.#pid = pid;
    this.#port = port;
    this.#owner = !this.#hasLivingOwner();
    if (this.#owner) {
      this.#claim();
      this.#logger.info({ port, pid }, 'adopted the embedded database of a server that was killed');
    } else {
      this.#logger.info({ port, pid }, 'sharing the embedded database of another server');
    }
    clearInterval(this.#watch);
    this.#watch = setInterval(
      guarded(
        () => {
          if (isAlive(pid)) return;
          clearInterval(this.#watch);
          this.#ended('it is gone');
        },
        (error) => this.#logger.error({ error }, 'the embedded database was not looked at'),
      ),
      WATCH_MS,
    );
    this.#watch.unref();
  }

  #claim(): void {
    writeFileSync(this.#ownerFile, `${process.pid}\n${startOf(process.pid)}\n`);
  }

  /**
   * Two servers that adopt an orphan in the same instant may both become its owner. Then the second is
   * treated like any guest when the first one stops it: it starts it again.
   */
  #hasLivingOwner(): boolean {
    if (!existsSync(this.#ownerFile)) return false;
    const [pid, start] = readFileSync(this.#ownerFile, 'utf8').split('\n');
    return isAlive(Number(pid)) && startOf(Number(pid)) === start;
  }

  #ended(how: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#owner = false;
    this.#logger.error({ how, log: logTail(this.#cluster.base) }, 'the embedded database ended unexpectedly');
    const now = Date.now();
    this.#endings.push(now);
    while ((this.#endings[0] ?? now) < now - RESTART_WINDOW_MS) this.#endings.shift();
    // Only stop() ends its attempts.
    this.#starting = over(this.#startAgain(this.#endings.length - 1));
  }

  /** Starts it until it runs: what is in the way, such as a full disk, may go. */
  async #startAgain(failuresBefore: number): Promise<void> {
    const { first, most } = RESTART_PAUSE_MS;
    for (let failures = failuresBefore; ; failures += 1) {
      const pauseMs = failures === 0 ? 0 : Math.min(first * 2 ** (failures - 1), most);
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal });
      try {
        return await this.#run();
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        this.#logger.error({ error }, 'the embedded database cannot be started; trying again');
      }
    }
  }

  #failure(what: string): EmbeddedDatabaseError {
    const { base, folder } = this.#cluster;
    const log = logTail(base);
    const fault = fullDisk(log) ?? `the end of its log:\n${log}`;
    return new EmbeddedDatabaseError(`The embedded database in ${folder} ${what}: ${fault}`);
  }
}
