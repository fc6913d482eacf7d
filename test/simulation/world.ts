// Owns a simulation: servers, their database, clients, bridges and watches in one process, on one virtual time, under
// seeded faults. A seed is a whole history, the same each time.
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { Bridge } from '../../src/bridge/bridge.js';
import { evenFaults, NO_FAULTS } from '../../src/broker/faults.js';
import { PaperBroker } from '../../src/broker/paper-broker.js';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { DEFAULT_ACCOUNT, PLAIN_EXECUTION, plainInstrument } from '../../src/broker/terms.js';
import { upsertAccount } from '../../src/commands/accounts.js';
import { Remembered } from '../../src/commands/answers.js';
import { closeTrade, pauseTrade } from '../../src/commands/change-trade.js';
import { setFeatureFlag } from '../../src/commands/flags.js';
import { pushMarketData } from '../../src/commands/push-market-data.js';
import { upsertInstruments } from '../../src/commands/reference-data.js';
import { registerTrade } from '../../src/commands/register-trades.js';
import type { CommandRunner } from '../../src/commands/runner.js';
import { loadConfig } from '../../src/config/config.js';
import type { Bar } from '../../src/domain/market/data.js';
import type { TradeSpec } from '../../src/domain/trade/trade.js';
import { DtmsError } from '../../src/errors/errors.js';
import type { CommitBatch } from '../../src/store/types.js';
import { scriptedBars } from '../support/bar-script.js';
import { journalFaults } from '../support/journal-law.js';
import { EAGER_RULES, LiveTerminal } from '../support/live-account.js';
import { beginsTwice } from '../support/unguarded.js';
import { type Bug, MemoryDatabase } from './memory-database.js';
import { SimLeaseClient } from './sim-lease-client.js';
import { type ServerWorld, SimServer } from './sim-server.js';
import { SimWatch } from './sim-watch.js';
import { type Outcome, verdictOn } from './verdict.js';
import { VirtualTime } from './virtual-time.js';
import { isPassing, Weather } from './weather.js';

const M5 = 300_000;
const START = Date.UTC(2026, 5, 3, 9);
const ACCOUNT = 'sim';
const SYMBOL = 'BTCUSD';
const TRADES = 2;
const RISE = 60;
const BARS = scriptedBars(Math.floor(START / M5) * M5 - 90 * M5, 100, [
  { bars: RISE, to: 103, swing: 1.5, period: 24 },
  { bars: 20, to: 95 },
]);
/** Longer than an order may be on its way: see NO_FAULTS.latestMs. */
const QUIET_MS = 6000;
const RULES = loadConfig({
  env: {},
  overrides: {
    rules: {
      ...EAGER_RULES,
      indicators: { emaFast: 5, emaSlow: 12, emaSlopeBars: 3, atrAverage: 6 },
      // Its fall takes seconds of the time of an hour.
      schedule: { staleMs: 12 * 3_600_000 },
      actions: { ...EAGER_RULES.actions, leaseMs: 4000, doubtQuietMs: QUIET_MS },
    },
  },
}).rules;
/** Faults happen for so long, ms; then all that is left is done in calm. */
const STORM_MS = 25_000;
const CALM_MS = 400_000;

/**
 * Runs one seed.
 *
 * @param bug - a bug to plant, as a control.
 * @param written - is given each batch as it is written.
 * @param ended - is given the database in the end.
 */
export async function simulate(
  seed: number,
  bug: Bug | null = null,
  written: (batch: CommitBatch) => void = () => undefined,
  ended: (database: MemoryDatabase) => Promise<void> = () => Promise.resolve(),
): Promise<Outcome> {
  const time = new VirtualTime(START);
  time.install();
  try {
    const world = new World(seed, bug, time, written);
    const outcome = await world.run();
    await ended(world.database);
    return outcome;
  } finally {
    time.restore();
  }
}

class World implements ServerWorld {
  readonly startedAt = START;
  readonly rules = RULES;
  readonly weather: Weather;
  readonly database: MemoryDatabase;
  readonly #seed: number;
  readonly #bug: Bug | null;
  readonly #time: VirtualTime;
  readonly #broker: PaperBroker;
  readonly #servers: SimServer[] = [];
  readonly #watches = [new SimWatch(null), new SimWatch(ACCOUNT), new SimWatch('w1')];
  /** Tickets and how their registration was answered. */
  readonly #acknowledged = new Map<string, string>();
  readonly #untyped: string[] = [];
  readonly #unfinished: string[] = [];
  readonly #instrument = { ...plainInstrument(ACCOUNT, SYMBOL, 2), volumeMax: 100 };
  #storm = true;
  #kills = 0;
  #over = false;
  #requests = 0;
  /** Trades of the account at the broker that were acknowledged. */
  #registered = 0;

  constructor(seed: number, bug: Bug | null, time: VirtualTime, written: (batch: CommitBatch) => void) {
    this.#seed = seed;
    this.#bug = bug;
    this.#time = time;
    this.weather = new Weather(seededRandom(seed));
    this.database = new MemoryDatabase(() => time.date, bug, written);
    const terms = {
      instrument: this.#instrument,
      spread: 0.02,
      swapBuy: 0,
      swapSell: 0,
      hours: 'quoted',
    } as const;
    this.#broker = new PaperBroker({ ...DEFAULT_ACCOUNT, stopOutLevel: null }, [terms], PLAIN_EXECUTION);
  }
  async run(): Promise<Outcome> {
    for (const name of ['a', 'b']) this.#boot(name);
    this.#play().catch((error: unknown) => {
      this.#unfinished.push(`the simulation failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
    const isDone = await this.#time.run(() => this.#over, STORM_MS + CALM_MS);
    if (!isDone) this.#unfinished.push(`not over: ${this.#waits() || 'a client, or the market'}`);
    this.#over = true;
    const term = this.#servers.find(({ authority }) => authority.role === 'LEADER')?.authority.term ?? null;
    const outcome = verdictOn({
      seed: this.#seed,
      kills: this.#kills,
      account: ACCOUNT,
      database: this.database,
      broker: this.#broker,
      watches: this.#watches,
      acknowledged: this.#acknowledged,
      untyped: this.#untyped,
      journal: await journalFaults(this.database),
      term,
      unfinished: this.#unfinished,
    });
    for (const server of this.#servers) server.kill();
    return outcome;
  }

  async #play(): Promise<void> {
    const writers = ['w1', 'w2'].map((account) => this.#write(account));
    const ever = [
      ...['b1', 'b2'].map((name) => this.#bridge(name)),
      ...this.#watches.map((watch) => this.#watch(watch)),
      this.#look(),
    ];
    const market = this.#market();
    const flags = this.#flags();
    await this.#storms();
    await Promise.all([...writers, market, flags]);
    while (this.#waits() !== '') await sleep(500);
    this.#over = true;
    await Promise.all(ever);
  }

  /** What is still to come before all is over; empty when nothing is. */
  #waits(): string {
    const open = this.database.actions.filter(({ action }) => !OVER.has(action.status));
    if (open.length > 0) return open.map(({ action }) => `${action.actionId} ${action.status}`).join(', ');
    const behind = this.#watches.filter((watch) => watch.revision < this.database.head.revision);
    if (behind.length > 0) return `${behind.length} watches are behind`;
    return this.#servers.some(({ authority }) => authority.role === 'LEADER') ? '' : 'nobody leads';
  }

  #boot(name: string): void {
    const server = new SimServer(name, this);
    const slot = this.#servers.findIndex((each) => each.name === name);
    if (slot < 0) this.#servers.push(server);
    else this.#servers[slot] = server;
    server.start().catch((error: unknown) => this.#note(error));
  }

  get #someServer(): SimServer {
    return this.#servers[Math.floor(this.weather.random() * this.#servers.length)] as SimServer;
  }

  async #storms(): Promise<void> {
    const { weather } = this;
    while (performance.now() < STORM_MS) {
      await sleep(500 + weather.random() * 4000);
      const server = this.#someServer;
      const draw = weather.random();
      if (draw < 0.35) this.database.endLeader();
      else if (draw < 0.65) server.line.silence(500 + weather.random() * 7000);
      else await this.#killed(server);
    }
    this.#storm = false;
    weather.clear();
  }

  async #killed(server: SimServer): Promise<void> {
    server.kill();
    this.#kills += 1;
    for (const watch of this.#watches) watch.leave(server);
    await sleep(100 + this.weather.random() * 4000);
    this.#boot(server.name);
  }

  /** Calls servers until one answers for good. */
  async #call<T>(serve: (commands: CommandRunner) => Promise<T>): Promise<T> {
    for (;;) {
      const server = this.#someServer;
      try {
        return await this.weather.call(() => server.serve(() => serve(server.commands)));
      } catch (error) {
        if (!isPassing(error)) {
          this.#note(error);
          throw error;
        }
      }
      await sleep(20 + this.weather.random() * 300);
    }
  }

  #note(error: unknown): void {
    const isTyped = error instanceof DtmsError && error.reason !== ErrorReason.INTERNAL;
    if (!isTyped && !isPassing(error))
      this.#untyped.push(error instanceof Error ? String(error.stack) : String(error));
  }

  async #market(): Promise<void> {
    const { symbol } = this.#instrument;
    await this.#call((commands) => commands.run(upsertInstruments([this.#instrument], ISSUER), ISSUER));
    await this.#call((commands) =>
      commands.run(upsertAccount(ACCOUNT, TERMS, [ACCOUNT], ISSUER, ''), ISSUER),
    );
    await this.#push(BARS.slice(0, RISE - 2));
    const opened = BARS[RISE - 2] as Bar;
    const terms = { symbol, volume: 1, entryPrice: opened.open, stopLoss: 80, direction: 'BUY' as const };
    for (let ticket = 1n; ticket <= TRADES; ticket += 1n) {
      const shown = { ...terms, takeProfit: null, magicNumber: 7n, openedAt: opened.time };
      this.#broker.adopt({ ...shown, identifier: ticket, comment: 'bot' });
      await this.#register({ ...specOf(ACCOUNT, ticket), ...shown, feed: ACCOUNT });
      this.#registered += 1;
    }
    for (const bar of BARS.slice(RISE - 2)) {
      this.#broker.quote(symbol, { bid: bar.close, ask: bar.close + 0.02 }, this.#time.date);
      await this.#push([bar]);
      await sleep(100 + this.weather.random() * 1500);
    }
  }

  async #push(bars: readonly Bar[]): Promise<void> {
    const { symbol } = this.#instrument;
    const items = bars.map((bar) => ({
      kind: 'bar' as const,
      symbol,
      timeframe: 'M5' as const,
      bar,
      forming: false,
    }));
    const writer = { name: 'feeder', accounts: null, feeds: null };
    await this.#call(async (commands) => {
      const pushed = await pushMarketData(
        commands,
        { checked: () => undefined },
        { feed: ACCOUNT, writer },
        items,
        ISSUER,
      );
      await pushed.durable;
    });
  }

  async #register(spec: TradeSpec): Promise<void> {
    this.#requests += 1;
    const requestId = `00000000-0000-4000-8000-${String(this.#requests).padStart(12, '0')}`;
    const ids = { requestId, given: requestId, formerId: requestId };
    const identity = { ...ids, method: 'register', bodyHash: new Uint8Array(32) };
    const outcome = await this.#call((commands) =>
      commands.once(registerTrade(spec), ISSUER, identity, ({ alreadyRegistered }) =>
        Buffer.from(String(alreadyRegistered)),
      ),
    );
    const answer = outcome instanceof Remembered ? String(outcome.bytes) : String(outcome.alreadyRegistered);
    this.#acknowledged.set(`${spec.account}:${spec.ticket}`, answer);
  }

  async #write(account: string): Promise<void> {
    for (let ticket = 1n; this.#storm; ticket += 1n) {
      await this.#register(specOf(account, ticket));
      const key = { account, ticket: BigInt(Math.ceil(this.weather.random() * Number(ticket))) };
      const draw = this.weather.random();
      const command =
        draw < 0.3 ? closeTrade(key, 'REQUESTED', null, null) : pauseTrade(key, `pause ${draw}`);
      if (draw < 0.6) await this.#call((commands) => commands.run(command, ISSUER)).catch(() => undefined);
      await sleep(50 + this.weather.random() * 900);
    }
  }

  /** A person switches things off for a while, each of which ends by itself. */
  async #flags(): Promise<void> {
    const target = { account: '', symbol: '', percent: 100, by: 'sim', reason: 'a try' };
    while (this.#storm) {
      await sleep(1000 + this.weather.random() * 9000);
      const flag = SWITCHED[Math.floor(this.weather.random() * SWITCHED.length)] ?? 'enforce';
      const seconds = 1 + Math.floor(this.weather.random() * 4);
      const command = setFeatureFlag({ ...target, flag, value: false, seconds }, ISSUER);
      await this.#call((commands) => commands.run(command, ISSUER));
    }
  }

  /** Bridges of one name, one after the other: each dies in the middle of whatever it does. */
  async #bridge(name: string): Promise<void> {
    // Positions that a snapshot shows before they are registered are another story than the one judged here.
    while (this.#registered < TRADES) await sleep(100);
    while (!this.#over) {
      const life = { over: false };
      const client = new SimLeaseClient(ACCOUNT, name, (call) => (life.over ? NEVER : this.#call(call)));
      const leases = this.#bug === 'executed twice' ? beginsTwice(client) : client;
      const faults = this.#storm ? evenFaults(this.#seed, 0.1) : NO_FAULTS;
      const bridge = new Bridge(leases, new LiveTerminal(this.#broker, () => this.#time.date, faults));
      const endsAt = this.#storm
        ? performance.now() + 2000 + this.weather.random() * 10_000
        : Number.POSITIVE_INFINITY;
      while (!this.#over && performance.now() < endsAt) {
        const turn = this.#turn(bridge);
        // Waited for only while it lives; what fails afterwards concerns nobody.
        await (endsAt === Number.POSITIVE_INFINITY
          ? turn
          : Promise.race([turn, sleep(endsAt - performance.now())]));
        await sleep(200 + this.weather.random() * 500);
      }
      life.over = true;
    }
  }

  async #turn(bridge: Bridge): Promise<void> {
    try {
      await bridge.heartbeat();
      await bridge.reconcile();
      await bridge.drain();
    } catch (error) {
      this.#note(error);
    }
  }

  async #watch(watch: SimWatch): Promise<void> {
    while (!this.#over) {
      const server = this.#someServer;
      if (server.open) await watch.follow(server);
      await sleep(50 + this.weather.random() * 400);
    }
  }

  /** Takes what watches got, and cuts one now and then. */
  async #look(): Promise<void> {
    while (!this.#over) {
      for (const watch of this.#watches) {
        watch.look();
        if (this.weather.happens(0.02)) watch.cut();
      }
      await sleep(250);
    }
    for (const watch of this.#watches) watch.cut();
  }
}

const TERMS = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false } as const;
const ISSUER = { method: '', principal: { name: 'sim', id: 'sim' } };
const SWITCHED = [
  'enforce',
  'action.TIGHTEN_SL',
  'action.PARTIAL_CLOSE',
  'action.CLOSE_ALL',
  'signal.MOMENTUM',
  'signal.STRUCTURE',
];
const OVER: ReadonlySet<string> = new Set(['DONE', 'REJECTED', 'EXPIRED', 'DEAD']);
const NEVER = new Promise<never>(() => undefined);

function specOf(account: string, ticket: bigint): TradeSpec {
  return {
    ...{ account, ticket, symbol: 'EURUSD', direction: 'BUY', entryPrice: 1.1, volume: 1, stopLoss: 1 },
    ...{ takeProfit: null, initialStopLoss: null, openedAt: null, feed: '', positionTicket: 0n },
    ...{ magicNumber: 7n, label: '' },
  };
}
