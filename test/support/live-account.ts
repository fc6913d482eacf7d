// An account at a paper broker whose clock is the wall's, defended by a running server: trades in a market
// that falls until each has a stop, a partial close and a hedge planned, whatever time of day it is.

import { instrumentToProto, ServerLeaseClient } from '../../src/bridge/server-lease-client.js';
import { NO_FAULTS } from '../../src/broker/faults.js';
import { PaperBroker } from '../../src/broker/paper-broker.js';
import { PaperTerminal } from '../../src/broker/paper-terminal.js';
import type {
  DealsAnswer,
  OrderRequest,
  OrderResult,
  PositionsAnswer,
  Terminal,
  TerminalAccount,
} from '../../src/broker/terminal.js';
import { DEFAULT_ACCOUNT, PLAIN_EXECUTION } from '../../src/broker/terms.js';
import { ActionStatus, Direction, type DtmsClient, Timeframe, TradeState } from '../../src/client/index.js';
import type { Config, DeepPartial } from '../../src/config/config.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import { type Bar, type Instrument, TIMEFRAME_MS } from '../../src/domain/market/data.js';
import { type Leg, scriptedBars } from './bar-script.js';

const M1 = 60_000;
const M5 = 5 * M1;
const HOUR = 12 * M5;
const SYMBOL = 'BTCUSD';
const RISE: Leg = { bars: 300, to: 103, swing: 1.5, period: 36 };
const FALL: Leg = { bars: 40, to: 95 };
/** The bar at whose open the trades are opened, just before the turn; they are registered when the end is told. */
export const OPENED = 298;
/** How far the market falls in each of the last minutes: enough for a check of its own. */
const FALL_A_MINUTE = 0.25;

/** How many of the last minutes are fresh, with one to spare: see `rules.schedule.staleMs`. */
const FRESH_MINUTES = 5;

export interface LiveBar {
  readonly timeframe: 'M1' | 'M5';
  readonly bar: Bar;
}

/**
 * A rise and a fall in M5 bars, whose end is told minute by minute until `now`: nothing comes of what is old, so it is then
 * that trades get into trouble, whatever time it is.
 */
export function liveCourse(now: number): readonly LiveBar[] {
  const end = Math.floor(now / M1) * M1;
  const turn = Math.floor(end / M5) * M5 - M5;
  const fives = scriptedBars(turn - (RISE.bars + FALL.bars) * M5, 100, [RISE, FALL]);
  const minutes = Array.from({ length: (end - turn) / M1 }, (_, index): Bar => {
    const open = FALL.to - index * FALL_A_MINUTE;
    const close = open - FALL_A_MINUTE;
    return { time: turn + index * M1, open, high: open + 0.02, low: close - 0.03, close, volume: 20 };
  });
  return [
    ...fives.map((bar) => ({ timeframe: 'M5' as const, bar })),
    ...minutes.map((bar) => ({ timeframe: 'M1' as const, bar })),
  ];
}

/** The place of the first bar that is fresh at its end: what is told before plans nothing. */
export function freshFrom(course: readonly LiveBar[]): number {
  return course.length - FRESH_MINUTES;
}

/** A fall goes through the warnings into the hedge at once, and nothing but a fall matters. */
export const EAGER_RULES: NonNullable<DeepPartial<Config>['rules']> = {
  states: {
    l1Score: -0.1,
    l2Score: -0.2,
    hedgeScore: -0.3,
    l1ClearScore: 50,
    l2ClearScore: 50,
    flatTimerMs: 240 * HOUR,
  },
  actions: { retryMs: [10, 40] },
  // All of its trades are in trouble at once; the circuit breaker has tests of its own.
  breaker: { accountShare: 1, allShare: 1 },
};

/** An action that is in one of these is over. */
export const TERMINAL_STATUSES: ReadonlySet<ActionStatus> = new Set([
  ActionStatus.DONE,
  ActionStatus.REJECTED,
  ActionStatus.EXPIRED,
  ActionStatus.DEAD,
]);

/** A terminal whose broker has the time of the wall, unless it is held. */
export class LiveTerminal implements Terminal {
  readonly #broker: PaperBroker;
  readonly #terminal: PaperTerminal;
  readonly #now: () => number;

  constructor(broker: PaperBroker, now: () => number, faults = NO_FAULTS) {
    this.#broker = broker;
    this.#terminal = new PaperTerminal(broker, { faults });
    this.#now = now;
  }

  async order(request: OrderRequest): Promise<OrderResult> {
    this.#broker.advance(this.#now());
    return this.#terminal.order(request);
  }

  async positions(): Promise<PositionsAnswer> {
    this.#broker.advance(this.#now());
    return this.#terminal.positions();
  }

  async deals(since: number): Promise<DealsAnswer> {
    this.#broker.advance(this.#now());
    return this.#terminal.deals(since);
  }

  async account(): Promise<TerminalAccount> {
    this.#broker.advance(this.#now());
    return this.#terminal.account();
  }
}

export interface LiveAction {
  readonly actionId: string;
  readonly ticket: bigint;
  readonly status: ActionStatus;
  readonly reason: string;
  /** How often the broker carried it out, by the broker's own books. */
  readonly executions: number;
}

export class LiveAccount {
  readonly account: string;
  readonly broker: PaperBroker;
  readonly #client: DtmsClient;
  readonly #feed: string;
  readonly #tickets: readonly bigint[];
  #heldAt: number | null = null;

  /** `count` trades, in the market of a feed; nothing is told to the server yet. */
  constructor(client: DtmsClient, account: string, count: number, feed = account) {
    this.#client = client;
    this.account = account;
    this.#feed = feed;
    this.#tickets = Array.from({ length: count }, (_, index) => BigInt(index + 1));
    const spread = 0.02;
    const terms = { instrument: this.#instrument, spread, swapBuy: 0, swapSell: 0, hours: 'quoted' } as const;
    this.broker = new PaperBroker({ ...DEFAULT_ACCOUNT, stopOutLevel: null }, [terms], PLAIN_EXECUTION);
  }

  /** Opens the trades here and there, and lets the market fall until every one of them is in this state. */
  async plan(wanted = TradeState.HEDGED): Promise<void> {
    const { account } = this;
    const client = this.#client;
    await client.upsertInstruments({ instruments: [instrumentToProto(this.#instrument)] });
    const course = liveCourse(Date.now());
    const fresh = freshFrom(course);
    await this.#push(course.slice(0, fresh));
    const opened = course[OPENED]?.bar;
    if (opened === undefined) throw new Error('there are too few bars');
    const terms = { symbol: SYMBOL, volume: 1, entryPrice: opened.open, stopLoss: 80 };
    for (const identifier of this.#tickets) {
      this.broker.adopt({
        ...terms,
        identifier,
        direction: 'BUY',
        takeProfit: null,
        magicNumber: 7n,
        comment: 'bot',
        openedAt: opened.time,
      });
    }
    const openedAt = new Date(opened.time);
    const trades = this.#tickets.map((ticket) => ({
      ...terms,
      account,
      feed: this.#feed,
      ticket,
      direction: Direction.BUY,
      openedAt,
    }));
    await client.batchRegisterTrades({ trades });
    for (const told of course.slice(fresh)) {
      await this.#push([told]);
      const { timeframe, bar } = told;
      const quote = { bid: bar.close, ask: bar.close + 0.02 };
      this.broker.quote(SYMBOL, quote, bar.time + TIMEFRAME_MS[timeframe]);
      if (await this.#areIn(wanted)) return;
    }
    throw new Error('the market fell and the trades are not where they should be');
  }

  /** Another terminal of the same account. */
  terminal(): Terminal {
    return new LiveTerminal(this.broker, () => this.now);
  }

  /** A leases under a bridge's name; through `client` where it is not the account's own. */
  leases(bridgeId: string, client = this.#client): ServerLeaseClient {
    return new ServerLeaseClient(client, { account: this.account, bridgeId });
  }

  /** The broker's time, UTC ms. */
  get now(): number {
    return this.#heldAt ?? Date.now();
  }

  /** The broker's clock stands still. */
  holdClock(): void {
    this.#heldAt = Date.now();
  }

  releaseClock(): void {
    this.#heldAt = null;
  }

  /** Every action of the account, settled ones included. */
  async actions(): Promise<readonly LiveAction[]> {
    const { actions } = await this.#client.listActions({ account: this.account, pageSize: 1000 });
    return actions.map(({ ticket, action }) => {
      if (action === undefined) throw new Error('an action was listed that is none');
      const { actionId, status, reason } = action;
      const executions = this.broker.ledger.executions(tagOf(actionId)).length;
      return { actionId, ticket, status, reason, executions };
    });
  }

  async action(actionId: string): Promise<LiveAction> {
    const found = (await this.actions()).find((action) => action.actionId === actionId);
    if (found === undefined) throw new Error(`no action ${actionId}`);
    return found;
  }

  /** What DTMS holds open and what the broker does, alike when nothing differs. */
  async holdings(): Promise<{ readonly dtms: readonly string[]; readonly broker: readonly string[] }> {
    const { trades } = await this.#client.batchGetTrades({
      account: this.account,
      tickets: [...this.#tickets],
    });
    const line = (identifier: bigint, volume: number, stopLoss: number | null | undefined) =>
      `${identifier}: ${volume} lots, stop ${stopLoss ?? 'none'}`;
    const dtms = trades.flatMap(({ ticket, state, volume, stopLoss, hedge }) => [
      ...(state === TradeState.CLOSED ? [] : [line(ticket, volume, stopLoss)]),
      ...(hedge === undefined ? [] : [line(hedge.ticket, hedge.volume, hedge.stopLoss)]),
    ]);
    const broker = this.broker
      .positions()
      .map(({ identifier, volume, stopLoss }) => line(identifier, volume, stopLoss));
    return { dtms: dtms.sort(), broker: broker.sort() };
  }

  async #areIn(wanted: TradeState): Promise<boolean> {
    const { trades } = await this.#client.batchGetTrades({
      account: this.account,
      tickets: [...this.#tickets],
    });
    if (trades.some(({ state }) => state === TradeState.CLOSED)) throw new Error('a trade was closed');
    return trades.every(({ state }) => state === wanted);
  }

  async #push(bars: readonly LiveBar[]): Promise<void> {
    const items = bars.map(({ timeframe, bar: { time, ...prices } }) => ({
      data: {
        $case: 'bar' as const,
        value: {
          ...prices,
          symbol: SYMBOL,
          timeframe: Timeframe[timeframe],
          openTime: new Date(time),
          forming: false,
        },
      },
    }));
    await this.#client.pushMarketData({ feed: this.#feed, items });
  }

  get #instrument(): Instrument {
    return {
      account: this.account,
      symbol: SYMBOL,
      digits: 2,
      tickSize: 0.01,
      volumeMin: 0.01,
      volumeStep: 0.01,
      volumeMax: 100,
      stopsLevel: 0,
      freezeLevel: 0,
      contractSize: 1,
      commissionPerLot: 0,
    };
  }
}
