// Receivers that are down for minutes under load, one of them for all of that time, and the server killed again and again in between:
// each notice arrives, none is lost, and those of a trade come in their order. Runs with DTMS_NOTICES=yes:
// `npm run test:faults -- --only notices --minutes 10`.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DtmsClient } from '../../src/client/index.js';
import { pause } from '../../src/observability/background.js';
import { isSigned, NoticeReceiver } from '../support/notice-receiver.js';
import { SECRET, SOON, tradeSpec, variablesOf } from '../support/notice-service.js';
import { migratedDatabase, type TestDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const isWanted = process.env.DTMS_NOTICES === 'yes';
const MINUTES = Number(process.env.DTMS_FAULT_MINUTES ?? 10);
const ACCOUNTS = 20;
const KILLS = 5;
/** A trade in this time, registered and closed. */
const EVERY_MS = 500;
/** One of the receivers is away for so long, and there for so long, by turns. */
const FLAPPING_MS = 15_000;

interface Told {
  readonly account: string;
  readonly ticket: string;
  readonly kind: string;
}

const toldTo = (receiver: NoticeReceiver): Told[] =>
  receiver.bodies.flatMap(({ data }) => Reflect.get(Object(data), 'notices') as Told[]);

/** By trade: the kinds in the order in which they first came. */
function byTrade(told: readonly Told[]): Map<string, string[]> {
  const trades = new Map<string, string[]>();
  for (const { account, ticket, kind } of told) {
    const kinds = trades.get(`${account}:${ticket}`) ?? [];
    if (!kinds.includes(kind)) kinds.push(kind);
    trades.set(`${account}:${ticket}`, kinds);
  }
  return trades;
}

/** Registers and closes trades until told to stop; the names of those whose close was acknowledged. */
async function trading(client: DtmsClient, isOver: () => boolean): Promise<string[]> {
  const done: string[] = [];
  for (let number = 1; !isOver(); number += 1) {
    const account = `soak-${number % ACCOUNTS}`;
    const ticket = BigInt(number);
    await client.registerTrade({ trade: tradeSpec(account, ticket) });
    await client.closeTrade({ account, ticket, reason: 3 });
    done.push(`${account}:${ticket}`);
    await sleep(EVERY_MS);
  }
  return done;
}

/** The server, its database, and two receivers that verify what they get. */
class Soak {
  readonly forged: string[] = [];
  readonly receivers: readonly [down: NoticeReceiver, flapping: NoticeReceiver];
  readonly server: ServerProcess;
  readonly client: DtmsClient;
  readonly #database: TestDatabase;
  readonly #folder: string;

  private constructor(
    receivers: readonly [NoticeReceiver, NoticeReceiver],
    server: ServerProcess,
    database: TestDatabase,
    folder: string,
  ) {
    this.receivers = receivers;
    this.server = server;
    this.#database = database;
    this.#folder = folder;
    this.client = new DtmsClient({
      address: server.address,
      breaker: 'off',
      defaults: { retryMs: 60_000 },
    });
    for (const receiver of receivers)
      receiver.answer = (received) => {
        if (!isSigned(SECRET, received)) this.forged.push(received.body);
        return { status: 200 };
      };
  }

  static async open(): Promise<Soak> {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-notices-'));
    const database = await migratedDatabase();
    const receivers = [await NoticeReceiver.down(), await NoticeReceiver.down()] as const;
    const plan = join(folder, 'notices.json');
    const channels = receivers.map(({ url }, index) => ({ name: 'ab'[index], kind: 'webhook', url }));
    const rules = [{ name: 'all', kinds: ['TRADE_REGISTERED', 'TRADE_CLOSED'], channels: ['a', 'b'] }];
    writeFileSync(plan, JSON.stringify({ channels, rules }));
    const server = await ServerProcess.create({
      DTMS_DATABASE_URL: database.url,
      DTMS_NOTICES_PLAN: plan,
      DTMS_NOTICES_A_SECRET: SECRET,
      DTMS_NOTICES_B_SECRET: SECRET,
      // The usual patience, but for the longest pause: 5 minutes of it would be the test's.
      ...variablesOf({ ...SOON, firstRetryMs: 1000, longestRetryMs: 10_000 }),
    });
    return new Soak(receivers, server, database, folder);
  }

  /** Trades for so many minutes, with kills in between. Returns the trades. */
  async run(): Promise<string[]> {
    const [, flapping] = this.receivers;
    const over = new AbortController();
    const traded = trading(this.client, () => over.signal.aborted);
    const flapped = (async () => {
      while (!over.signal.aborted) {
        await flapping.start();
        await pause(FLAPPING_MS, over.signal);
        await flapping.stop();
        await pause(FLAPPING_MS, over.signal);
      }
    })();
    try {
      for (let kill = 0; kill <= KILLS; kill += 1) {
        await sleep((MINUTES * 60_000) / (KILLS + 1));
        if (kill === KILLS) break;
        await this.server.kill();
        await this.server.start();
      }
    } finally {
      over.abort();
    }
    await flapped;
    return traded;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.remove();
    for (const receiver of this.receivers) await receiver.stop();
    await this.#database.drop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until a receiver was told of all of them, as long as some more come. */
async function allTold(receiver: NoticeReceiver, trades: readonly string[]): Promise<void> {
  let [best, at] = [0, performance.now()];
  for (;;) {
    const known = byTrade(toldTo(receiver));
    const complete = trades.filter((name) => known.get(name)?.length === 2).length;
    if (complete === trades.length) return;
    if (complete > best) [best, at] = [complete, performance.now()];
    if (performance.now() - at > 60_000)
      throw new Error(
        `${trades.length - complete} of ${trades.length} trades are not told of, and none more comes`,
      );
    await sleep(500);
  }
}

function told(name: string, receiver: NoticeReceiver, trades: readonly string[]): void {
  const all = toldTo(receiver);
  const known = byTrade(all);
  for (const trade of trades)
    expect([trade, known.get(trade)]).toEqual([trade, ['TRADE_REGISTERED', 'TRADE_CLOSED']]);
  const distinct = [...known.values()].reduce((sum, kinds) => sum + kinds.length, 0);
  console.log(
    `${name}: ${distinct} notices of ${trades.length} trades, ${all.length - distinct} of them came again`,
  );
}

it.skipIf(!isWanted)(
  `receivers down for ${MINUTES} minutes, the server killed ${KILLS} times in between`,
  { timeout: (MINUTES + 10) * 60_000 },
  async () => {
    const soak = await Soak.open();
    const [down, flapping] = soak.receivers;
    try {
      await soak.server.start();
      const trades = await soak.run();
      await soak.server.kill();
      await down.start();
      await flapping.start();
      await soak.server.start();
      const upAt = performance.now();
      await allTold(down, trades);
      await allTold(flapping, trades);
      console.log(`all told ${Math.round((performance.now() - upAt) / 1000)} s after the server came back`);
      told('down all the time', down, trades);
      told('down every 15 s', flapping, trades);
      expect(soak.forged).toEqual([]);
      expect(trades.length).toBeGreaterThan(MINUTES * 20);
    } finally {
      await soak.close();
    }
  },
);
