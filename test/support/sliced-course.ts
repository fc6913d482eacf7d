// A market whose next bar moves many trades at once, decided in slices between which callers have their turn; and its
// journal, so that it can be repeated.
import { closeTrade, pauseTrade, resumeTrade, updateTrade } from '../../src/commands/change-trade.js';
import type { Deciding } from '../../src/commands/command.js';
import { takeItem } from '../../src/commands/push-market-data.js';
import { registerTrade } from '../../src/commands/register-trades.js';
import { toldCommand } from '../../src/commands/told-commands.js';
import { NO_UPDATE } from '../../src/domain/actions/broker-update.js';
import type { MarketItem } from '../../src/domain/market/market-item.js';
import type { PolicyTerms } from '../../src/domain/policy/policy.js';
import type { TradeEvent } from '../../src/domain/trade/event.js';
import { STATES, type State } from '../../src/domain/trade/state.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { encodeCheckpoint, takeCheckpoint } from '../../src/engine/checkpoint.js';
import { Engine } from '../../src/engine/engine.js';
import type { OpenChecks } from '../../src/engine/open-checks.js';
import { decideSome } from '../../src/engine/slices.js';
import { Turns } from '../../src/engine/turns.js';
import { Rehearsal } from '../../src/journal/rehearsal.js';
import {
  decodeEntries,
  encodeEntries,
  type JournalEntry,
  type Told,
} from '../../src/store/bodies/journal.js';
import { encodeView } from '../../src/store/bodies/market.js';
import type { RestoredView } from '../../src/store/types.js';
import { encodeEvent } from '../../src/wire/event.js';
import { scriptedBars } from './bar-script.js';
import { EAGER } from './falling-market.js';
import { barItem } from './scripted-view.js';
import { specOf, tradeOf } from './trades.js';

const M5 = 300_000;
const START = Date.UTC(2025, 5, 2);
const RISE = 300;
const BARS = scriptedBars(START, 100, [
  { bars: RISE, to: 103, swing: 1.5, period: 36 },
  { bars: 60, to: 90 },
]);
/** The bar whose close moves the trades; it closes a coarse one. */
const MOVES = RISE + 11;
const MARKET = { feed: 'default', instrument: 'BTCUSD' };
const OPEN_STATES = STATES.filter((state) => state !== 'CLOSED');

/** What a caller does between two slices; `ticket` is of a trade there is. */
export type Interlude = readonly [
  what: 'close' | 'pause' | 'resume' | 'stop' | 'register' | 'slice',
  ticket: number,
];

/** A fleet in all states, its stops at all distances. */
export function fleet(count: number, states: readonly State[] = OPEN_STATES): Trade[] {
  const before = BARS[MOVES - 1]?.time ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const state = states[index % states.length] ?? 'HEALTHY';
    const opened = { openedAt: BARS[RISE - 2]?.time ?? 0, entryPrice: 103, stopLoss: 80 + (index % 7) };
    const spec = specOf({ ...opened, ticket: BigInt(index + 1), account: `demo-${index % 2}` });
    const hedge = { ticket: 0n, volume: 1, entryPrice: 101, stopLoss: null };
    const timers = state === 'HEDGED' ? { flatTimerEndsAt: before, hedge } : {};
    return tradeOf({ state, stateEnteredAt: before, structureSeenAt: before, risk: 20, ...timers }, spec);
  });
}

export interface SlicedOptions {
  readonly policies?: readonly PolicyTerms[];
  readonly concern?: OpenChecks['concern'];
}

export class SlicedCourse {
  readonly #turns: Turns;
  readonly #checkpoint: Promise<readonly Uint8Array[]>;
  readonly events: TradeEvent[] = [];
  readonly entries: JournalEntry[] = [];
  #now = START + (MOVES + 1) * M5;

  readonly #told: string;

  /** @param concern - of an older program: its checks were of more trades, and it told of them by another name. */
  constructor(trades: readonly Trade[], { policies = [], concern = 'moved' }: SlicedOptions = {}) {
    const clocks = { database: () => this.#now, process: () => this.#now };
    this.#turns = new Turns(EAGER, clocks, 'kept');
    this.#told = concern === 'moved' ? 'takeMarketItems' : 'takeMarketData';
    const { engine } = this.#turns;
    engine.checks.concern = concern;
    for (const terms of policies) engine.policies.upsert(terms, () => true);
    engine.renewView(marketBefore());
    for (const trade of trades) engine.restoreTrade(trade);
    engine.drain();
    this.#checkpoint = all(encodeCheckpoint(takeCheckpoint(this.#turns)));
  }

  get engine(): Engine {
    return this.#turns.engine;
  }

  /** Market time of the bar that moves the trades. */
  get at(): number {
    return START + (MOVES + 1) * M5;
  }

  /** The bar closes; what it concerns is left open. */
  bar(): void {
    const items: readonly MarketItem[] = [barItem(BARS[MOVES] as never, 'M5')];
    this.#turn({ name: this.#told, args: ['default', items] }, () => {
      for (const item of items) takeItem(this.#turns, 'default', item);
    });
  }

  /** The bar closes, and all it concerns is decided at once. */
  wholeBar(): void {
    this.#turn({ name: 'whole', args: [] }, () => {
      this.engine.apply('default', barItem(BARS[MOVES] as never, 'M5'), this.#now);
    });
  }

  /** Decides at most so many steps. */
  slice(steps: number): void {
    this.#turn({ name: 'decide', args: [MARKET, steps] }, () => {
      decideSome(this.engine, MARKET, steps, () => false);
    });
  }

  /** Decides all that is left. */
  rest(): void {
    while (this.engine.checks.size > 0) this.slice(50);
  }

  /** What a caller does; a refusal is an answer too. */
  interlude([what, ticket]: Interlude): void {
    const account = `demo-${(ticket - 1) % 2}`;
    const key = { account, ticket: BigInt(ticket) };
    const spec = specOf({ account, ticket: BigInt(10_000 + ticket), openedAt: this.at });
    const told: Record<Interlude[0], () => { readonly told: Told } | null> = {
      close: () => closeTrade(key, 'REQUESTED', null, null),
      pause: () => pauseTrade(key, 'by hand'),
      resume: () => resumeTrade(key, 'by hand'),
      stop: () => updateTrade(key, { ...NO_UPDATE, stopLoss: 85 + (ticket % 5) }, null),
      register: () => registerTrade(spec),
      slice: () => null,
    };
    const command = told[what]();
    if (command === null) this.slice(1 + (ticket % 20));
    else {
      try {
        this.#turn(command.told, () => toldCommand(command.told).apply(this.#deciding, undefined));
      } catch {
        // Such as of a trade that is closed.
      }
    }
  }

  /** The events that repeating its journal makes, as bytes. */
  async repeated(): Promise<readonly string[]> {
    const rehearsal = await Rehearsal.begin(this.engine.rules, await this.#checkpoint);
    const entries = decodeEntries(encodeEntries(this.entries).body);
    return entries.flatMap((entry) => rehearsal.repeat(entry).events.map(({ event }) => bytesOf(event)));
  }

  #turn(told: Told, act: () => unknown): void {
    try {
      this.#turns.take(told, '', act);
    } finally {
      const { events } = this.#turns.settle();
      this.events.push(...events);
      this.entries.push(...this.#turns.drainEntries());
      this.#now += 7;
    }
  }

  get #deciding(): Deciding {
    const { engine, clock } = this.#turns;
    return { engine, clock, databaseNow: () => this.#turns.databaseNow(), revisionOf: () => 0, head: 0 };
  }
}

let known: RestoredView | undefined;

/** The market before the bar that moves the trades. */
function marketBefore(): RestoredView {
  if (known !== undefined) return known;
  const engine = new Engine(EAGER);
  for (const bar of BARS.slice(0, MOVES)) engine.apply('default', barItem(bar, 'M5'), bar.time + M5);
  known = restoredView(engine);
  return known;
}

/** The market of an engine as it is restored from the store. */
export function restoredView(engine: Engine): RestoredView {
  const view = engine.view('default', 'BTCUSD');
  if (view === undefined) throw new Error('there is a view');
  const bars = { M1: view.bars('M1'), M5: view.bars('M5'), M15: view.bars('M15') };
  return { ...MARKET, symbol: 'BTCUSD', snapshot: encodeView(view.snapshot()), bars };
}

async function all<T>(parts: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const part of parts) found.push(part);
  return found;
}

/** An event as it would be in the log. */
export function bytesOf(event: TradeEvent): string {
  return Buffer.from(encodeEvent(event, '')).toString('base64');
}
