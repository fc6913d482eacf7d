// Load on servers that faults befall, and its judge: clients that register, change and close trades, market data, a
// bridge at a paper broker, watches that resume. What they were told is compared with the database in the end.
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { Bridge } from '../../src/bridge/bridge.js';
import {
  ActionStatus,
  type ClientInterceptor,
  Direction,
  DtmsCallError,
  DtmsClient,
  ErrorReason,
  isTransient,
  TradeState,
} from '../../src/client/index.js';
import { WholeEvents } from '../../src/store/whole-events.js';
import { LiveAccount, TERMINAL_STATUSES } from './live-account.js';
import { walk } from './market-data.js';
import { execute } from './postgres.js';

/** An event as the database has it. */
export interface LoggedEvent {
  readonly revision: bigint;
  readonly account: string;
  readonly ticket: bigint;
  readonly version: bigint;
  readonly change: string;
}

/** What callers were told, and saw. */
export interface Told {
  /** Revisions of answered writes, by what was asked. */
  readonly acknowledged: ReadonlyMap<string, bigint>;
  /** Registrations that were tried, whatever came of them. */
  readonly invoked: ReadonlySet<string>;
  /** By watch, the revisions it was given. */
  readonly seen: readonly (readonly bigint[])[];
}

/** What of a log cannot be, in words: the judge of every run, and of the controls. */
export function logFaults(log: readonly LoggedEvent[], { acknowledged, invoked, seen }: Told): string[] {
  const faults: string[] = [];
  const revisions = new Set<bigint>();
  const versions = new Map<string, bigint>();
  const registered = new Map<string, number>();
  for (const [index, { revision, account, ticket, version, change }] of log.entries()) {
    if (revision !== BigInt(index + 1)) faults.push(`gap: revision ${revision} in place ${index + 1}`);
    revisions.add(revision);
    const key = `${account}:${ticket}`;
    const before = versions.get(key) ?? 0n;
    if (version !== before + 1n) faults.push(`doubled: ${key} has version ${version} after ${before}`);
    versions.set(key, version);
    if (change === 'registered') registered.set(key, (registered.get(key) ?? 0) + 1);
  }
  for (const [what, revision] of acknowledged)
    if (!revisions.has(revision)) faults.push(`lost: ${what}, acknowledged as ${revision}`);
  for (const [key, times] of registered) {
    if (times > 1) faults.push(`doubled: ${key} was registered ${times} times`);
    if (!invoked.has(key)) faults.push(`invented: ${key}`);
  }
  for (const [index, got] of seen.entries()) {
    const wrong = log.findIndex(({ revision }, at) => got[at] !== revision);
    if (wrong >= 0)
      faults.push(`gap: watch ${index} has ${got[wrong]} in the place of ${log[wrong]?.revision}`);
  }
  return faults;
}

/** The whole log, and where the tables of trades say otherwise than it. @param events - where it is: what a FROM takes. */
export async function readLog(
  url: string,
  events = 'events',
): Promise<{ log: LoggedEvent[]; differing: string[] }> {
  const { rows } = await execute(
    url,
    `SELECT e.revision::text, account, ticket::text, trade_version::text AS version, payload
     FROM ${events} e ORDER BY e.revision`,
  );
  const whole = new WholeEvents();
  whole.take(rows.map(({ revision, payload }) => ({ revision: Number(revision), payload })));
  const log = rows.map(({ revision, account, ticket, version, payload }) => ({
    revision: BigInt(revision),
    account: String(account),
    ticket: BigInt(ticket),
    version: BigInt(version),
    change: TradeEvent.decode(whole.payloadOf({ revision: Number(revision), payload })).change?.$case ?? '',
  }));
  const folded = await execute(
    url,
    `SELECT account || ':' || ticket AS key FROM trades t
     FULL JOIN (SELECT DISTINCT ON (account, ticket) account, ticket, trade_version, state AS last_state, revision AS last
                FROM ${events} e ORDER BY account, ticket, revision DESC) e USING (account, ticket)
     WHERE (t.version, t.state, t.revision) IS DISTINCT FROM (e.trade_version, e.last_state, e.last)`,
  );
  return { log, differing: folded.rows.map(({ key }) => `the table has ${key} otherwise than the log`) };
}

/** How much there is of what a load is made of. */
export interface LoadSize {
  /** Clients that register and close trades, each on an account of its own. */
  readonly writers: number;
  /** From an answered write to the writer's next, ms. */
  readonly pauseMs: number;
  /** Watches of the whole log, each resumed where it was. */
  readonly watches: number;
  /** Bridges, each at one account in trouble after the other. */
  readonly bridges: number;
}

export const SMALL_LOAD: LoadSize = { writers: 6, pauseMs: 20, watches: 3, bridges: 1 };
/** Longest silence of an open watch, ms: bookmarks come every 2 s. */
const SILENCE_MS = 5000;

export class FaultLoad implements Told {
  readonly acknowledged = new Map<string, bigint>();
  readonly invoked = new Set<string>();
  readonly seen: bigint[][] = [];
  readonly untyped: string[] = [];
  /** Silences above the limit: of a stream, from its opening, a message or a bookmark to the next or to its break. */
  readonly silences: number[] = [];
  /** The longest since it was last set to 0, whatever the limit, ms. */
  longestSilence = 0;
  readonly brokerFaults: string[] = [];
  /** Orders that the broker carried out. */
  orders = 0;
  readonly #addresses: string;
  readonly #size: LoadSize;
  readonly #client: DtmsClient;
  readonly #stop = new AbortController();
  readonly #watching = new AbortController();
  #waiting: { readonly from: number; readonly resolve: (at: number) => void }[] = [];
  #writers: Promise<unknown> = Promise.resolve();
  #watches: Promise<unknown> = Promise.resolve();

  /** @param addresses - of all servers, as a client takes them. */
  constructor(addresses: string, size = SMALL_LOAD) {
    this.#addresses = addresses;
    this.#size = size;
    this.#client = this.#clientOf(0);
  }

  start(): void {
    const { writers, watches, bridges } = this.#size;
    setMaxListeners(watches + 1, this.#watching.signal);
    const writing = Array.from({ length: writers }, (_, index) => this.#write(`w${index}`));
    const trading = Array.from({ length: bridges }, (_, index) => this.#trade(index, bridges));
    this.#writers = Promise.all([...writing, this.#push(), ...trading]);
    this.#watches = Promise.all(Array.from({ length: watches }, () => this.#watch()));
  }

  /** The revision that every watch has come to. */
  get reached(): bigint {
    const last = this.seen.map((got) => got.at(-1) ?? 0n);
    return last.find((one) => last.every((other) => other >= one)) ?? 0n;
  }

  /** Acknowledged writes so far. */
  get writes(): number {
    return this.acknowledged.size;
  }

  /** When a write that begins from now on is acknowledged: performance.now() then. */
  nextWrite(): Promise<number> {
    const from = performance.now();
    return new Promise((resolve) => this.#waiting.push({ from, resolve }));
  }

  /** Lets everything come to its end. @param head - tells the log's newest revision when nothing is written any more. */
  async finish(head: () => Promise<bigint>): Promise<void> {
    this.#stop.abort();
    await this.#writers;
    const newest = await head();
    for (let waited = 0; waited < 600 && this.seen.some((got) => (got.at(-1) ?? 0n) < newest); waited += 1)
      await sleep(100);
    this.#watching.abort();
    await this.#watches;
    this.#client.close();
  }

  async #write(account: string): Promise<void> {
    for (let ticket = 1n; !this.#stop.signal.aborted; ticket += 1n) {
      const spec = { symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1, stopLoss: 1 };
      const key = `${account}:${ticket}`;
      this.invoked.add(key);
      const done = await this.#ask(`register ${key}`, () =>
        this.#client.registerTrade({ trade: { account, ticket, ...spec } }),
      );
      if (done && ticket % 3n === 0n)
        await this.#ask(`close ${key}`, () => this.#client.closeTrade({ account, ticket }));
      await sleep(done ? this.#size.pauseMs : 50);
    }
  }

  /** Whether a write was acknowledged; its revision is kept. */
  async #ask(what: string, call: () => Promise<{ readonly revision: bigint }>): Promise<boolean> {
    const beganAt = performance.now();
    try {
      const { revision } = await call();
      if (revision > 0n) this.acknowledged.set(what, revision);
      for (const { resolve } of this.#waiting.filter(({ from }) => from <= beganAt))
        resolve(performance.now());
      this.#waiting = this.#waiting.filter(({ from }) => from > beganAt);
      return true;
    } catch {
      return false;
    }
  }

  async #push(): Promise<void> {
    let from = Date.UTC(2020, 0, 6);
    for (let turn = 0; !this.#stop.signal.aborted; turn += 1) {
      const items = walk('EURUSD', 'M5', new Date(from), 20, turn);
      if (await this.#client.pushMarketData({ feed: 'load', items }).then(Boolean, () => false))
        from += 20 * 300_000;
      await sleep(200);
    }
  }

  /** One account after the other is brought into trouble, and its bridge carries out what is to be done. */
  async #trade(first: number, step: number): Promise<void> {
    for (let turn = first; !this.#stop.signal.aborted; turn += step) {
      const client = this.#patient;
      const live = new LiveAccount(client, `trouble${turn}`, 1);
      this.invoked.add(`trouble${turn}:1`);
      const bridge = new Bridge(live.leases('bridge'), live.terminal());
      try {
        await live.plan(TradeState.WARNING_L1);
        await this.#settle(live, bridge);
      } catch (error) {
        this.brokerFaults.push(String(error));
      } finally {
        client.close();
      }
    }
  }

  async #settle(live: LiveAccount, bridge: Bridge): Promise<void> {
    let refused: unknown;
    const refuse = (error: unknown) => {
      refused = error;
    };
    for (const end = performance.now() + 90_000; performance.now() < end; await sleep(100)) {
      refused = 'nothing';
      for (const step of [() => bridge.heartbeat(), () => bridge.reconcile(), () => bridge.drain()])
        await step().catch(refuse);
      const actions = await live.actions();
      if (!actions.every((action) => TERMINAL_STATUSES.has(action.status))) continue;
      for (const { actionId, status: ended, executions } of actions) {
        this.orders += executions;
        if (executions !== (ended === ActionStatus.DONE ? 1 : 0))
          this.brokerFaults.push(
            `${actionId} ended ${ActionStatus[ended]} and was carried out ${executions} times`,
          );
      }
      return;
    }
    const open = (await live.actions()).filter(({ status }) => !TERMINAL_STATUSES.has(status));
    const said = open.map(({ actionId, status }) => `${actionId} ${ActionStatus[status]}`).join(', ');
    this.brokerFaults.push(`never settled: ${said}; last refused: ${refused}`);
  }

  async #watch(): Promise<void> {
    const got: bigint[] = [];
    this.seen.push(got);
    const { signal } = this.#watching;
    const { logEpoch } = await this.#client.getStatus({}, { retryMs: 60_000 });
    const messages = this.#client.watchTrades({
      resumeAfter: { logEpoch, revision: 0n },
      retryMs: 120_000,
      signal,
    });
    try {
      for await (const message of messages)
        if (message.$case === 'events') got.push(...message.value.events.map(({ revision }) => revision));
    } catch (error) {
      if (!signal.aborted) this.untyped.push(`a watch ended: ${String(error)}`);
    }
  }

  /** A client whose calls are repeated until they are answered. */
  get #patient(): DtmsClient {
    return this.#clientOf(60_000);
  }

  #clientOf(retryMs: number): DtmsClient {
    return new DtmsClient({
      address: this.#addresses,
      breaker: 'off',
      defaults: { deadlineMs: 3000, retryMs },
      interceptors: [this.#interceptor],
    });
  }

  get #interceptor(): ClientInterceptor {
    return {
      unary: async (call, next) => {
        try {
          return await next(call);
        } catch (error) {
          this.#note(error);
          throw error;
        }
      },
      stream: (call, next) => this.#listen(next(call)),
    };
  }

  #note(error: unknown): void {
    const report = error instanceof DtmsCallError ? error.report : undefined;
    // What no server answered has no reason: a connection, or a proxy's stream, that broke.
    const isUnanswered = isTransient(error) || report?.code === status.CANCELLED;
    const isTyped = report?.reason !== undefined || isUnanswered;
    // Every server serves: none sends its callers to another.
    const isOurs = report?.reason === ErrorReason.INTERNAL || report?.reason === ErrorReason.NOT_LEADING;
    if (!isTyped || isOurs) this.untyped.push(String(error));
  }

  async *#listen(messages: AsyncIterable<unknown>): AsyncGenerator<unknown> {
    let heardAt = performance.now();
    const hear = () => {
      const silentMs = Math.round(performance.now() - heardAt);
      this.longestSilence = Math.max(this.longestSilence, silentMs);
      if (silentMs > SILENCE_MS) this.silences.push(silentMs);
      heardAt = performance.now();
    };
    try {
      for await (const message of messages) {
        hear();
        yield message;
        heardAt = performance.now();
      }
    } catch (error) {
      hear();
      this.#note(error);
      throw error;
    }
  }
}
