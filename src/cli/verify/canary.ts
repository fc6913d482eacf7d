// Owns the canary of a verification: a trade in an account and on a feed of its own that is registered, watched,
// evaluated and closed like any other. No bridge carries its account, so nothing of it reaches a broker.
import { randomBytes } from 'node:crypto';
import { AccountKind } from '../../../gen/ts/dtms/v1/account_service.js';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { type Bar, FeedKind } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { Direction, Timeframe, type Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../../client/client.js';
import { hasReason } from '../../client/errors.js';
import type { WatchMessage } from '../../client/watch.js';
import { inBackground } from '../../observability/background.js';
import { isCallError } from '../exit.js';
import { type CheckFinding, type Checks, PERMISSION_DENIED } from './check.js';

export const CANARY_ACCOUNT = 'dtms-verify';
const FEED_PREFIX = 'dtms-verify-';
const SYMBOL = 'BTCUSD';
/** A Monday of a recorded market: what the clock says now does not matter. */
const FROM = Date.UTC(2024, 8, 2);
const M15 = 15 * 60_000;
/** Enough for the slowest indicator, and then some for the trade. */
const HISTORY = 300;
const AFTER = 12;
const PRICE = 60_000;
/** A watch shows a change within this, in ms. */
const SEEN_MS = 1000;
/** How long anything of it is waited for, in ms. */
const PATIENCE_MS = 10_000;
const PAGE = 1000;
/** Every state but CLOSED: closed canaries are many after a while. */
const OPEN = [
  TradeState.HEALTHY,
  TradeState.WARNING_L1,
  TradeState.WARNING_L2,
  TradeState.HEDGED,
  TradeState.RECOVERING,
];

/** A calm market that rises a little. */
function bars(from: number, count: number): { data: { $case: 'bar'; value: Bar } }[] {
  return Array.from({ length: count }, (_, offset) => {
    const index = from + offset;
    const close = PRICE + index * 2 + 30 * Math.sin(index / 3);
    const open = PRICE + (index - 1) * 2 + 30 * Math.sin((index - 1) / 3);
    const bar: Bar = {
      symbol: SYMBOL,
      timeframe: Timeframe.M15,
      openTime: new Date(FROM + index * M15),
      open,
      close,
      high: Math.max(open, close) + 10,
      low: Math.min(open, close) - 10,
      volume: 100,
      forming: false,
    };
    return { data: { $case: 'bar', value: bar } };
  });
}

/** What a watch of the canary has shown. */
class Sightings {
  readonly #ended = new AbortController();
  readonly #seenAt = new Map<TradeState, number>();
  #begun = false;
  #failure: Error | null = null;
  #heard: () => void = () => undefined;

  begin(client: DtmsClient, ticket: bigint): void {
    const filter = { account: CANARY_ACCOUNT, tickets: [ticket] };
    const { signal } = this.#ended;
    inBackground(
      this.#follow(client.watchTrades({ filter, sendInitialState: true, signal, retryMs: PATIENCE_MS })),
    );
  }

  async #follow(messages: AsyncIterable<WatchMessage>): Promise<void> {
    try {
      for await (const message of messages) {
        this.#begun = true;
        if (message.$case === 'events')
          for (const event of message.value.events)
            if (!this.#seenAt.has(event.state)) this.#seenAt.set(event.state, performance.now());
        this.#heard();
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#heard();
    }
  }

  begun(): Promise<void> {
    return this.#until('the watch to begin', () => this.#begun);
  }

  /** When the trade was first shown in one of these states, by performance.now(). */
  async seen(states: readonly TradeState[]): Promise<number> {
    const first = () => states.map((state) => this.#seenAt.get(state)).find((at) => at !== undefined);
    await this.#until('the watch to show it', () => first() !== undefined);
    return first() ?? 0;
  }

  async #until(what: string, is: () => boolean): Promise<void> {
    const endsAt = performance.now() + PATIENCE_MS;
    while (!is()) {
      if (this.#failure !== null) throw this.#failure;
      const left = endsAt - performance.now();
      if (left <= 0) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  end(): void {
    this.#ended.abort();
  }
}

/** Checks what a trade needs of a server, and leaves a closed trade in the log and nothing else. */
export async function checkCanary(client: DtmsClient, checks: Checks): Promise<void> {
  const feed = `${FEED_PREFIX}${randomBytes(6).toString('hex')}`;
  const ticket = BigInt(Date.now());
  const sightings = new Sightings();
  try {
    if (await checks.once('canary.prepare', () => prepare(client, feed)))
      await live(client, feed, ticket, checks, sightings);
  } finally {
    sightings.end();
    await checks.once('canary.clean', () => clean(client));
  }
}

/** Its account is a paper one, where the key may say so; the feed is its own. */
async function prepare(client: DtmsClient, feed: string): Promise<CheckFinding> {
  await clean(client);
  await client.setAccountKind({
    account: CANARY_ACCOUNT,
    kind: AccountKind.PAPER,
    reason: 'dtms verify',
    allowNew: true,
  });
  await client.upsertFeed({ feed, kind: FeedKind.RECORDED, accounts: [CANARY_ACCOUNT] });
  const { rejected } = await client.pushMarketData({ feed, items: bars(0, HISTORY) });
  if (rejected[0] !== undefined) throw new Error(`a bar was refused: ${rejected[0].description}`);
  return { detail: `account ${CANARY_ACCOUNT}, feed ${feed}` };
}

async function live(
  client: DtmsClient,
  feed: string,
  ticket: bigint,
  checks: Checks,
  sightings: Sightings,
): Promise<void> {
  const trade = {
    account: CANARY_ACCOUNT,
    ticket,
    symbol: SYMBOL,
    direction: Direction.BUY,
    entryPrice: PRICE,
    volume: 0.01,
    stopLoss: PRICE - 5000,
    openedAt: new Date(FROM + HISTORY * M15),
    feed,
    label: 'dtms verify',
  };
  let answeredAt = 0;
  await checks.once(
    'canary.register',
    mustBeAllowed(async () => {
      sightings.begin(client, ticket);
      await sightings.begun();
      const askedAt = performance.now();
      const answer = await client.registerTrade({ trade });
      answeredAt = performance.now();
      const detail = `ticket ${ticket} at revision ${answer.trade?.revision}`;
      return { detail, ms: answeredAt - askedAt };
    }),
  );
  // What was not registered is not there to be watched, evaluated and closed.
  if (answeredAt === 0) return;
  await checks.once('canary.watch', () => shown(sightings, [TradeState.HEALTHY], answeredAt));
  await checks.once('canary.evaluate', () => evaluated(client, feed, ticket));
  let closedAt = 0;
  await checks.once(
    'canary.close',
    mustBeAllowed(async () => {
      await client.closeTrade({ account: CANARY_ACCOUNT, ticket });
      closedAt = performance.now();
      return { detail: '' };
    }),
  );
  if (closedAt === 0) return;
  await checks.once('canary.watch-close', () => shown(sightings, [TradeState.CLOSED], closedAt));
  await checks.once('log', () => contiguous(client, ticket));
}

/** A trade that cannot be registered and closed verifies nothing, so a key that may not is no reason to skip that. */
function mustBeAllowed(run: () => Promise<CheckFinding>): () => Promise<CheckFinding> {
  return async () => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof Error && isCallError(error, PERMISSION_DENIED))
        throw new Error(error.message, { cause: error });
      throw error;
    }
  };
}

async function shown(
  sightings: Sightings,
  states: readonly TradeState[],
  answeredAt: number,
): Promise<CheckFinding> {
  const ms = Math.max(0, (await sightings.seen(states)) - answeredAt);
  if (ms > SEEN_MS) throw new Error(`shown ${Math.round(ms)} ms after the answer; ${SEEN_MS} is the most`);
  return { detail: 'after the answer of the call', ms };
}

async function evaluated(client: DtmsClient, feed: string, ticket: bigint): Promise<CheckFinding> {
  await client.pushMarketData({ feed, items: bars(HISTORY, AFTER) });
  const { trade } = await client.getTrade({ account: CANARY_ACCOUNT, ticket });
  if (trade === undefined || trade.evaluations === 0n)
    throw new Error(`its market moved, and it was not evaluated: ${monitoringOf(trade)}`);
  const { obstacle } = await client.evaluateTrade({ account: CANARY_ACCOUNT, ticket });
  if (obstacle !== '') throw new Error(`it cannot be evaluated: ${obstacle}`);
  return { detail: `${trade.evaluations} evaluations` };
}

const monitoringOf = (trade: Trade | undefined) => `monitoring ${trade?.monitoring}`;

/** Its events are all there, in the order of the log. */
async function contiguous(client: DtmsClient, ticket: bigint): Promise<CheckFinding> {
  const filter = { account: CANARY_ACCOUNT, tickets: [ticket] };
  const { events } = await client.listTradeEvents({ filter, pageSize: PAGE });
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    const gap = event.tradeVersion !== BigInt(index + 1);
    if (gap || (before !== undefined && event.revision <= before.revision))
      throw new Error(`event ${index + 1} has version ${event.tradeVersion} at revision ${event.revision}`);
  }
  return { detail: `${events.length} events, contiguous` };
}

/** Closes canaries and deletes their feeds, also those of a verification that was killed. */
async function clean(client: DtmsClient): Promise<CheckFinding> {
  const filter = { account: CANARY_ACCOUNT, states: OPEN };
  const { trades } = await client.listTrades({ filter, pageSize: PAGE });
  for (const { ticket } of trades) await client.closeTrade({ account: CANARY_ACCOUNT, ticket });
  const { feeds } = await client.listFeeds({ pageSize: PAGE });
  const own = feeds.filter(({ name }) => name.startsWith(FEED_PREFIX));
  for (const { name } of own) await deleteFeed(client, name);
  return { detail: own.length === 1 ? '1 feed deleted' : `${own.length} feeds deleted` };
}

async function deleteFeed(client: DtmsClient, feed: string): Promise<void> {
  try {
    await client.deleteFeed({ feed });
  } catch (error) {
    // Another verification is at it.
    if (!hasReason(error, ErrorReason.FEED_NOT_FOUND) && !hasReason(error, ErrorReason.FEED_IN_USE))
      throw error;
  }
}
