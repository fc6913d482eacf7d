// The whole chain without a network: the engine, its leases, a bridge and a paper broker with its terminal,
// on one clock that the bars move. Nothing in it is a stand-in but the broker.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Bridge } from '../../src/bridge/bridge.js';
import { type BridgedSetup, bridgedAccount } from '../../src/bridge/bridged-account.js';
import type { LeaseClient } from '../../src/bridge/lease-client.js';
import { type Faults, NO_FAULTS } from '../../src/broker/faults.js';
import type { PaperBroker } from '../../src/broker/paper-broker.js';
import type { PaperTerminal } from '../../src/broker/paper-terminal.js';
import type { TradeServerClock } from '../../src/broker/server-clock.js';
import { type Execution, plainInstrument } from '../../src/broker/terms.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import type { FlagSetting } from '../../src/domain/flags/flag-book.js';
import { type Bar, type Instrument, TIMEFRAME_MS, type Timeframe } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';
import type { MarketItem } from '../../src/domain/market/market-item.js';
import type { PolicyTerms } from '../../src/domain/policy/policy.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import { type ActionStory, endOf, judge, LogAccount } from './fault-oracle.js';

const MINUTE = 60_000;
const SETTLING_MINUTES = 120;
/** Below every ticket the broker gives out. */
const FIRST_TICKET = 9_000_000n;

/** The time of everybody, UTC ms. */
interface RigClock {
  now: number;
}

export interface RigOptions {
  readonly rules?: Rules;
  readonly faults?: Partial<Faults>;
  readonly clock?: TradeServerClock;
  readonly marginMode?: 'hedging' | 'netting';
  readonly instrument?: Partial<Instrument>;
  readonly execution?: Partial<Execution>;
  /** ask - bid where no ask is told. */
  readonly spread?: number;
}

export interface Entry {
  readonly ticket: bigint;
  readonly direction: Direction;
  readonly volume: number;
  readonly entryPrice: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
}

/** What is told of an action in the end, with what the broker's books say of it. */
export interface Told {
  readonly type: string;
  readonly status: string;
  readonly executions: number;
}

export class Rig {
  readonly broker: PaperBroker;
  readonly terminal: PaperTerminal;
  readonly events: TradeEvent[] = [];
  readonly log = new LogAccount();
  readonly #target: EngineTarget;
  readonly #instrument: Instrument;
  readonly #states = new Map<bigint, TradeState>();
  readonly #clock: RigClock;
  readonly #leases: LeaseClient;
  #bridge: Bridge;

  private constructor(target: EngineTarget, setup: BridgedSetup, leases: LeaseClient, clock: RigClock) {
    this.#target = target;
    this.#instrument = setup.instrument;
    this.#clock = clock;
    this.#leases = leases;
    const { broker, terminal, bridge } = bridgedAccount(setup, () => leases);
    this.broker = broker;
    this.terminal = terminal;
    this.#bridge = bridge;
  }

  static async start(options: RigOptions = {}): Promise<Rig> {
    const { rules = DEFAULT_RULES, faults, marginMode = 'hedging', instrument, ...setup } = options;
    const target = new EngineTarget(rules);
    const clock: RigClock = { now: 0 };
    const described = { ...plainInstrument(target.account, 'BTCUSD', 2), volumeMax: 100, ...instrument };
    const terms = { marginMode, fifo: false, hedgeAddsMargin: false };
    const leases = await target.begin(described, terms, () => clock.now);
    const account = { marginMode, stopOutLevel: null, firstTicket: FIRST_TICKET };
    const bridged = {
      ...setup,
      instrument: described,
      account,
      faults: { ...NO_FAULTS, ...faults },
      hours: 'quoted',
    } as const;
    const rig = new Rig(target, bridged, leases, clock);
    await rig.bridge.heartbeat();
    return rig;
  }

  /** The time of everybody, UTC ms. */
  get now(): number {
    return this.#clock.now;
  }

  set now(time: number) {
    this.#clock.now = time;
  }

  get bridge(): Bridge {
    return this.#bridge;
  }

  /** A new bridge that remembers nothing of the one before. */
  restartBridge(): void {
    this.#bridge = new Bridge(this.#leases, this.terminal);
  }

  /** Opens a trade at the broker and tells DTMS of it. */
  async enter(entry: Partial<Entry> & Pick<Entry, 'entryPrice'>): Promise<void> {
    const { account, feed } = this.#target;
    const { symbol } = this.#instrument;
    const told = {
      ticket: 1n,
      direction: 'BUY' as const,
      volume: 1,
      stopLoss: null,
      takeProfit: null,
      ...entry,
    };
    const { ticket, ...levels } = told;
    const shown = { ...levels, symbol, magicNumber: 7n, openedAt: this.now };
    this.broker.adopt({ ...shown, identifier: ticket, comment: 'bot' });
    const spec = { ...shown, account, feed, ticket, initialStopLoss: null, positionTicket: 0n, label: '' };
    await this.#target.register(spec);
    await this.push();
  }

  /** The broker shows this price now. */
  quote(bid: number, ask = bid): void {
    this.broker.quote(this.#instrument.symbol, { bid, ask }, this.now);
  }

  /** One bar: its open, the bridge's turn unless it is away, the rest of it, and its close told to DTMS. */
  async bar(bar: Bar, timeframe: Timeframe = 'M5', bridge: 'works' | 'is away' = 'works'): Promise<void> {
    this.now = bar.time;
    this.quote(bar.open);
    if (bridge === 'works') await this.work();
    this.now = bar.time + TIMEFRAME_MS[timeframe];
    this.broker.bar(this.#instrument.symbol, { bar, ask: null }, this.now);
    await this.push({ kind: 'bar', symbol: this.#instrument.symbol, timeframe, bar, forming: false });
  }

  /** The bridge compares positions and does what there is to do. */
  async work(): Promise<void> {
    await this.bridge.reconcile();
    await this.bridge.drain();
    await this.push();
  }

  /** Tells DTMS of the market, or of nothing, and takes the events. */
  async push(...items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    const events = await this.#target.push(items);
    for (const event of events) {
      this.events.push(event);
      this.log.take(event);
      this.#states.set(event.ticket, event.state);
    }
    return events;
  }

  /** Lets the broker's time go on, without prices, until every action is over. */
  async settle(): Promise<void> {
    for (let minute = 0; minute < SETTLING_MINUTES; minute += 1) {
      await this.work();
      if (minute > 0 && this.told().every(({ status }) => OVER.has(status))) return;
      this.now += MINUTE;
      this.broker.advance(this.now);
    }
  }

  /** A person sets a feature flag. */
  flag(setting: FlagSetting): void {
    this.#target.setFlag(setting);
  }

  /** A person puts a policy into force. */
  policy(terms: PolicyTerms): void {
    this.#target.upsertPolicy(terms);
  }

  /** The latest evaluation of a direction. */
  latest(direction: Direction) {
    return this.#target.latest(this.#instrument.symbol, direction);
  }

  state(ticket = 1n): keyof typeof TradeState {
    return TradeState[this.#states.get(ticket) ?? TradeState.UNSPECIFIED] as keyof typeof TradeState;
  }

  /** Every action in the order planned. */
  told(): readonly Told[] {
    return this.log.stories.map((story) => ({
      type: ActionType[story.type],
      status: ActionStatus[endOf(story).status],
      executions: this.executions(story),
    }));
  }

  executions(story: Pick<ActionStory, 'actionId'>): number {
    return this.broker.ledger.executions(this.tagOf(story)).length;
  }

  /** The comment of an action's order. */
  tagOf({ actionId }: Pick<ActionStory, 'actionId'>): string {
    return tagOf(actionId);
  }

  /** Plans of transitions that were held back, with the reason. */
  suppressed(): readonly string[] {
    return this.events.flatMap(({ change }) =>
      change?.$case === 'stateChanged' || change?.$case === 'actionPlanned'
        ? change.value.suppressed.map(({ type, reason }) => `${ActionType[type]} ${reason}`)
        : [],
    );
  }

  planned(): readonly Action[] {
    return this.events.flatMap(({ change }) =>
      change?.$case === 'stateChanged' || change?.$case === 'actionPlanned' ? change.value.planned : [],
    );
  }

  judged() {
    return judge(this.broker, this.log, this.#instrument.volumeStep);
  }
}

const OVER: ReadonlySet<string> = new Set(['DONE', 'REJECTED', 'EXPIRED', 'DEAD']);

/** A verdict in which nothing is wrong. */
export const NOTHING_WRONG = {
  unsettled: [],
  executedTwice: [],
  loosened: [],
  badVolumes: [],
  onlyAtBroker: [],
  onlyInDtms: [],
  versionGaps: [],
  invented: [],
} as const;
