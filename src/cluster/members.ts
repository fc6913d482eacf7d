// Owns knowing the other servers: this one tells of itself about once a second and reads what the others tell. Who leads is
// a hint from here: whoever is called without leading says so, and the database lets no one else write.
import { guarded, inBackground, over } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { KnownServer, Roll, ServerReport, ServerTable } from '../store/servers.js';

export interface MembersOptions {
  /** Who this server is; names of servers are never used again. */
  readonly serverId: string;
  /** Servers that were silent for longer are taken out, in ms. */
  readonly goneMs: number;
}

/** Between two reports. */
const REPORT_MS = 1000;
/** What was read longer ago is not what is: some reports did not get through. */
const CURRENT_MS = 2 * REPORT_MS;
/** Whoever asks again sooner is told what is known. */
const FRESH_MS = 50;

export class Members {
  readonly #table: Pick<ServerTable, 'report' | 'list' | 'forget'>;
  readonly #options: MembersOptions;
  readonly #self: () => Omit<ServerReport, 'serverId'>;
  readonly #logger: Logger;
  #roll: Roll = { logEpoch: '', secretSerial: 0, servers: [] };
  #listedAt = Number.NEGATIVE_INFINITY;
  #listing: Promise<void> | undefined;
  #reporting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param self - what this server is now */
  constructor(
    table: Pick<ServerTable, 'report' | 'list' | 'forget'>,
    options: MembersOptions,
    self: () => Omit<ServerReport, 'serverId'>,
    logger: Logger,
  ) {
    this.#table = table;
    this.#options = options;
    this.#self = self;
    this.#logger = logger;
  }

  get serverId(): string {
    return this.#options.serverId;
  }

  /** The servers as they were last read. */
  get servers(): readonly KnownServer[] {
    return this.#roll.servers;
  }

  /** Which history of the log they serve; empty before the first look. */
  get logEpoch(): string {
    return this.#roll.logEpoch;
  }

  /** The number of the cluster's secret; 0 before the first look. */
  get secretSerial(): number {
    return this.#roll.secretSerial;
  }

  /** The server that leads; undefined when it is this one, or nobody has said so yet. */
  get leader(): KnownServer | undefined {
    const leader = this.#roll.servers.find(({ role }) => role === 'LEADER');
    return leader?.serverId === this.serverId || leader?.peerAddress === '' ? undefined : leader;
  }

  /** Whether the servers were read a moment ago. */
  get isCurrent(): boolean {
    return performance.now() - this.#listedAt <= CURRENT_MS;
  }

  /** Tells of this server from now on. */
  start(): void {
    this.tell();
    this.#timer = setInterval(
      guarded(() => {
        // One that waits for the database is enough.
        if (this.#reporting === undefined) this.tell();
      }, this.#untold),
      REPORT_MS,
    );
    this.#timer.unref();
  }

  /** Tells what this server is now. Failures are logged: the next report comes soon. */
  tell(): void {
    const before = this.#reporting ?? Promise.resolve();
    const reporting = before
      .then(() => this.#report())
      .catch(this.#untold)
      .finally(() => {
        if (this.#reporting === reporting) this.#reporting = undefined;
      });
    this.#reporting = reporting;
    inBackground(reporting);
  }

  /** Looks who there is; calls that come together share one look. @throws StoreUnavailableError */
  refresh(): Promise<void> {
    if (performance.now() - this.#listedAt < FRESH_MS) return Promise.resolve();
    this.#listing ??= this.#list().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  /** Takes this server out: nobody waits for it any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reporting;
    await over(this.#table.forget(this.serverId));
  }

  readonly #untold = (error: unknown): void =>
    this.#logger.debug({ error }, 'the other servers were not told of this one');

  async #report(): Promise<void> {
    await this.#table.report({ serverId: this.serverId, ...this.#self() }, this.#options.goneMs);
    await this.refresh();
  }

  async #list(): Promise<void> {
    this.#roll = await this.#table.list();
    this.#listedAt = performance.now();
  }
}
