// Owns a server's part among the servers of one database: whom it knows, the way to the one that leads, the listener for
// the others, and whether callers can be served here.
import { isIPv6 } from 'node:net';
import type { Authority } from '../engine/authority.js';
import type { CallContext } from '../interceptors/call-context.js';
import { guarded, inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { KnownServer, ServerReport, ServerTable } from '../store/servers.js';
import type { ServiceBinding } from '../transport/adapters.js';
import type { Health } from '../transport/health.js';
import { KeyRing } from './key-ring.js';
import { Link } from './link.js';
import { Members } from './members.js';
import type { LeaderRoute } from './passing.js';
import { PeerServer } from './peer-server.js';

export interface PeersSettings {
  readonly serverId: string;
  readonly version: string;
  /** Where the listener for other servers listens; port 0 means any free one. */
  readonly host: string;
  readonly port: number;
  /** host:port by which other servers reach it; empty: as it listens, or as the database sees this server. */
  readonly advertise: string;
  readonly maxMessageBytes: number;
  /** How long a server without a way to a leader says that it serves, in ms. */
  readonly leaderlessMs: number;
  /** Servers that were silent for longer are forgotten, in ms. */
  readonly goneMs: number;
  /** A server that is further behind the log does not say that it serves, in ms. */
  readonly maxLagMs: number;
  /** For so long after a rotation two secrets count, in ms. */
  readonly secretOverlapMs: number;
}

/** How far what this server knows of the log is behind. */
export interface Lag {
  readonly revisions: number;
  readonly ms: number;
}

/** What is asked of the rest of the server. */
export interface PeersSources {
  readonly authority: Pick<Authority, 'role' | 'term' | 'obstacle' | 'otherLeads'>;
  readonly table: ServerTable;
  /** undefined while this server does not follow. */
  readonly lag: () => Lag | undefined;
  /** Told whenever it changes whether callers can be served. */
  readonly serves: (health: Health) => void;
}

/** Between two looks at whether callers can be served. */
const WATCH_MS = 100;
/** For the answers of a leader that gave up the lead in order. */
const GRACE_MS = 1000;

interface Way {
  /** Of the server, and of the key it began with. */
  readonly server: string;
  readonly identity: string;
  readonly link: Link;
}

export class Peers implements LeaderRoute {
  readonly members: Members;
  readonly #settings: PeersSettings;
  readonly #sources: PeersSources;
  readonly #logger: Logger;
  /** By which this server reaches the database. */
  readonly #ownAddress: string;
  #keys: KeyRing;
  /** While the secrets are read. */
  #reading: Promise<void> | undefined;
  #peers: PeerServer | undefined;
  #way: Way | undefined;
  #former: Way | undefined;
  #addresses = { grpc: '', peer: '' };
  #timer: NodeJS.Timeout | undefined;
  #health: Health = 'NOT_SERVING';
  /** When there was a way to the leader, by performance.now(). */
  #ledAt = Number.NEGATIVE_INFINITY;
  #out = 0;

  private constructor(
    settings: PeersSettings,
    sources: PeersSources,
    keys: KeyRing,
    ownAddress: string,
    logger: Logger,
  ) {
    this.#settings = settings;
    this.#sources = sources;
    this.#ownAddress = ownAddress;
    this.#keys = keys;
    this.#logger = logger;
    this.members = new Members(sources.table, settings, () => this.#self(), logger);
  }

  /** @throws StoreUnavailableError */
  static async open(settings: PeersSettings, sources: PeersSources, logger: Logger): Promise<Peers> {
    const { table } = sources;
    const peers = new Peers(
      settings,
      sources,
      new KeyRing(await table.secrets(settings.secretOverlapMs), settings.secretOverlapMs),
      (await table.ownAddress()) ?? '127.0.0.1',
      logger,
    );
    await peers.members.refresh();
    return peers;
  }

  /**
   * Listens for other servers, and begins to tell them of this one.
   *
   * @param services - what they may call
   * @param grpcAddress - where callers reach this server; empty where that is not known
   * @throws Error when the port is taken
   */
  async start(services: readonly ServiceBinding[], grpcAddress: string): Promise<void> {
    this.#peers = new PeerServer(services, this.#settings, () => this.keys.accepted, this.#logger);
    const bound = await this.#peers.listen();
    this.#addresses = { grpc: grpcAddress, peer: this.#reachable(bound) };
    this.members.start();
    this.#timer = setInterval(
      guarded(
        () => this.watch(),
        (error) => this.#logger.error({ error }, 'nobody looked for the leader'),
      ),
      WATCH_MS,
    );
    this.#timer.unref();
  }

  /** Who leads changed here, or may have: tells the others. */
  led(): void {
    this.members.tell();
    this.watch();
  }

  /** The keys of the log's history now. */
  get keys(): KeyRing {
    return this.#keys.of(this.members.logEpoch);
  }

  get isHere(): boolean {
    return this.#sources.authority.role === 'LEADER';
  }

  get link(): Link | undefined {
    const { leader } = this.members;
    if (leader === undefined) return undefined;
    const { link, server } = this.#wayTo(leader);
    if (link.ready) return link;
    // The way that began with the secret before goes on until the new one is there.
    return this.#former?.server === server && this.#former.link.ready ? this.#former.link : undefined;
  }

  /** Those that told of themselves lately, but this one. @throws StoreUnavailableError */
  async others(): Promise<readonly KnownServer[]> {
    await this.members.refresh();
    return this.members.servers.filter(({ serverId }) => serverId !== this.members.serverId);
  }

  /** Calls another server, whether it leads or not, by a connection of its own. @throws DtmsError what Link.unary does */
  async ask(server: KnownServer, call: CallContext, request: Uint8Array): Promise<Uint8Array> {
    const link = new Link(server.peerAddress, this.keys.connecting);
    try {
      return await link.unary(call, Buffer.from(request));
    } finally {
      link.close();
    }
  }

  look(): Promise<void> {
    return this.members.refresh();
  }

  passed(): void {
    this.#out += 1;
  }

  /** How this server stands among the others. */
  get standing(): {
    readonly serving: 0 | 1;
    readonly servers: readonly KnownServer[];
    readonly passedOn: number;
    readonly lag: Lag;
  } {
    return {
      serving: this.#health === 'SERVING' ? 1 : 0,
      servers: this.members.servers,
      passedOn: this.#out,
      lag: this.#lag,
    };
  }

  /** Whether callers can be served here. */
  get health(): Health {
    return this.#health;
  }

  /** Looks whether callers can be served, and which secret counts. */
  watch(): void {
    this.#followSecrets();
    if (!this.isHere && this.link === undefined) inBackground(this.look(), () => undefined);
    const { leader, isCurrent } = this.members;
    if (leader !== undefined && isCurrent) this.#sources.authority.otherLeads();
    const health = this.#healthNow();
    if (health === this.#health) return;
    this.#health = health;
    this.#sources.serves(health);
  }

  /** Ends the calls of other servers that are left, and leaves them. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#peers?.stop();
    this.#way?.link.close();
    this.#former?.link.close();
    await this.members.stop();
  }

  get #lag(): Lag {
    // Without a replica nothing is shown here: what is asked for is the leader's.
    return this.#followed ?? { revisions: 0, ms: 0 };
  }

  get #followed(): Lag | undefined {
    return this.#sources.authority.role === 'STANDBY' ? this.#sources.lag() : undefined;
  }

  #healthNow(): Health {
    const { role, obstacle } = this.#sources.authority;
    if (role === 'STOPPING') return 'NOT_SERVING';
    const now = performance.now();
    if (role === 'LEADER' || this.link !== undefined) this.#ledAt = now;
    // What fails here fails at once; for want of a leader a call waits.
    if (obstacle !== null) return 'NOT_SERVING';
    if (this.#lag.ms > this.#settings.maxLagMs) return 'NOT_SERVING';
    return now - this.#ledAt <= this.#settings.leaderlessMs ? 'SERVING' : 'NOT_SERVING';
  }

  #wayTo({ serverId, peerAddress }: KnownServer): Way {
    const { connecting, overlapLeftMs } = this.keys;
    const { identity } = connecting;
    const server = `${serverId} ${peerAddress} ${this.members.logEpoch}`;
    const before = this.#way;
    if (before?.server === server && before.identity === identity) return before;
    if (before !== undefined) {
      // Streams that began by it may last as long as its secret counts.
      const graceMs = before.server === server ? Math.max(GRACE_MS, overlapLeftMs - GRACE_MS) : GRACE_MS;
      this.#closeLater(before, graceMs);
      this.#former = before;
    }
    this.#way = { server, identity, link: new Link(peerAddress, connecting) };
    return this.#way;
  }

  /** Calls that are under way on it may still end. */
  #closeLater({ link, server }: Way, graceMs: number): void {
    const close = guarded(
      () => link.close(),
      (error) => this.#logger.warn({ error, server }, 'a connection to another server was not closed'),
    );
    setTimeout(close, graceMs).unref();
  }

  /** Reads the secrets where another counts now, and cuts who began with one that does not any more. */
  #followSecrets(): void {
    const { secretSerial } = this.members;
    const { secretOverlapMs } = this.#settings;
    if (secretSerial !== 0 && secretSerial !== this.#keys.serial) {
      this.#reading ??= this.#sources.table
        .secrets(secretOverlapMs)
        .then((secrets) => {
          this.#keys = new KeyRing(secrets, secretOverlapMs);
        })
        .catch((error: unknown) =>
          this.#logger.debug({ error }, 'the new secret of the cluster was not read'),
        )
        .finally(() => {
          this.#reading = undefined;
        });
      inBackground(this.#reading);
    }
    this.#peers?.retire(this.members.logEpoch, this.keys.accepted);
  }

  #self(): Omit<ServerReport, 'serverId'> {
    const { role, term } = this.#sources.authority;
    const lag = this.#lag;
    return {
      version: this.#settings.version,
      grpcAddress: this.#addresses.grpc,
      peerAddress: this.#addresses.peer,
      role,
      evaluatorEpoch: term?.evaluatorEpoch ?? 0,
      lagRevisions: lag.revisions,
      lagMs: lag.ms,
      hasState: this.#followed !== undefined,
    };
  }

  /** A server that listens everywhere is reached by the address it reaches the database from. */
  #reachable(bound: string): string {
    if (this.#settings.advertise !== '') return this.#settings.advertise;
    const everywhere = /^(?:0\.0\.0\.0|\[::\]):(\d+)$/.exec(bound);
    if (everywhere === null) return bound;
    const own = this.#ownAddress;
    return `${isIPv6(own) ? `[${own}]` : own}:${everywhere[1]}`;
  }
}
