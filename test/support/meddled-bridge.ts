// A bridge, or two under one name, between an engine and a paper broker with faults, while people trade the same position at every
// moment between a lease and its order. The broker's books judge.
import { Bridge } from '../../src/bridge/bridge.js';
import { EngineLeaseClient } from '../../src/bridge/engine-lease-client.js';
import type { LeasedAction } from '../../src/bridge/lease-client.js';
import { evenFaults } from '../../src/broker/faults.js';
import type { PaperBroker } from '../../src/broker/paper-broker.js';
import { PaperTerminal } from '../../src/broker/paper-terminal.js';
import {
  closingDeal,
  type MarginMode,
  type OrderRequest,
  type OrderResult,
} from '../../src/broker/terminal.js';
import { planOutside } from '../../src/domain/changes/commands.js';
import { orderClose } from '../../src/domain/changes/order-close.js';
import type { Instrument } from '../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { State } from '../../src/domain/trade/state.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { nextVersion } from '../../src/domain/trade/version.js';
import { Engine } from '../../src/engine/engine.js';
import { INSTRUMENT, market, paperBroker, SYMBOL, T0 } from './paper.js';
import { quoteItem, take } from './scripted-view.js';
import { specOf, tradeOf } from './trades.js';

const KEY = { account: 'demo', ticket: 42n } as const;
const OPENED_AT = T0 - 60_000;
const lots = (value: number): number => Math.round(value * 1e8) / 1e8;

/** The states that call for them. */
const ENTERED: Partial<Record<ActionType, State>> = {
  OPEN_HEDGE: 'HEDGED',
  RE_ADD: 'HEALTHY',
  CLOSE_HEDGE: 'RECOVERING',
};

/** What somebody does at the broker: lots above 0 are added to the position, below it closed of it. */
export type Meddling = readonly ['position', number] | readonly ['hedge', number] | readonly ['stop', number];

class JudgedTerminal extends PaperTerminal {
  before: (request: OrderRequest) => void = () => undefined;
  /** What somebody does while the order is on its way. */
  meddling: () => void = () => undefined;

  override order(request: OrderRequest): Promise<OrderResult> {
    this.before(request);
    this.meddling();
    this.meddling = () => undefined;
    return super.order(request);
  }
}

/** People act while DTMS is asked, and a bridge may die before it reports. */
class MeddledClient extends EngineLeaseClient {
  readonly leased = new Map<string, LeasedAction>();
  meddling: readonly Meddling[] = [];
  dies = false;
  meddle: (one: Meddling) => void = () => undefined;

  override async lease(limit: number): Promise<readonly LeasedAction[]> {
    const leased = await super.lease(limit);
    for (const one of leased) this.leased.set(one.tag, one);
    return leased;
  }

  override async begin(action: LeasedAction): Promise<boolean> {
    const begun = await super.begin(action);
    for (const one of this.meddling) this.meddle(one);
    this.meddling = [];
    return begun;
  }

  override report(action: LeasedAction, result: OrderResult): Promise<boolean> {
    if (!this.dies) return super.report(action, result);
    this.dies = false;
    throw new Error('the bridge died');
  }
}

export class MeddledBridge {
  readonly broker: PaperBroker;
  /** Where a law was broken, in words. */
  readonly faults: string[] = [];
  readonly sent = new Map<string, number>();
  bounded = 0;
  readonly #engine = new Engine(DEFAULT_RULES);
  readonly #client: MeddledClient;
  readonly #terminal: JudgedTerminal;
  #bridges: readonly [Bridge, Bridge];

  constructor(marginMode: MarginMode, seed: number, rate: number) {
    this.broker = paperBroker({
      account: { marginMode, stopOutLevel: null },
      execution: { seed, partialFill: rate },
    });
    const { stopLoss } = specOf();
    const position = {
      symbol: SYMBOL,
      direction: 'BUY',
      volume: 2,
      entryPrice: 100,
      stopLoss,
      takeProfit: null,
    } as const;
    this.broker.adopt({
      ...position,
      identifier: KEY.ticket,
      magicNumber: 0n,
      comment: 'bot',
      openedAt: OPENED_AT,
    });
    this.#engine.upsertInstrument({ ...INSTRUMENT, account: KEY.account });
    this.#engine.accounts.upsert(KEY.account, { marginMode, fifo: false, hedgeAddsMargin: false }, []);
    this.#engine.restoreTrade(
      tradeOf({ state: 'WARNING_L2', volume: 2, openedAt: OPENED_AT }, { ...KEY, volume: 2 }),
    );
    this.#engine.accounts.setMode(KEY.account, { mode: 'enforce', by: 'ann', reason: '', at: T0 });
    this.#terminal = new JudgedTerminal(this.broker, {
      faults: { ...evenFaults(seed, rate), outageMs: 5000 },
    });
    this.#terminal.before = (request) => this.#judge(request);
    this.#client = new MeddledClient(this.#engine, {
      account: KEY.account,
      bridgeId: 'b1',
      clock: () => ({ at: this.broker.now, now: this.broker.now }),
      past: { trade: () => undefined, opener: () => undefined },
    });
    this.#client.meddle = (one) => this.meddle(one);
    this.#bridges = [this.#bridge(), this.#bridge()];
  }

  get trade(): Trade | undefined {
    return this.#engine.get(KEY.account, KEY.ticket);
  }

  pass(ms: number): void {
    this.broker.quote(SYMBOL, { bid: 100, ask: 100.5 }, this.broker.now + ms);
    take(this.#engine, 'default', quoteItem(this.broker.now, 100));
  }

  decide(type: ActionType): void {
    if (this.trade === undefined || this.trade.state === 'CLOSED') return;
    const at = this.broker.now;
    this.#engine.act(KEY, (trade, context) => {
      if (type === 'CLOSE_ALL') return orderClose(trade, 'ann', 'enough', at, context);
      const entered = nextVersion(trade, {
        state: ENTERED[type] ?? trade.state,
        flatTimerEndsAt: T0 + 10 ** 12,
      });
      const change = { kind: 'updated', changedFields: [], withdrawn: [], manager: '' } as const;
      return [{ trade: entered, at, change }, ...planOutside(entered, 'test', [type], at, context)];
    });
  }

  meddle([what, by]: Meddling): void {
    const all = this.broker.positions();
    const position = all.find(({ direction }) => (direction === 'SELL') === (what === 'hedge'));
    if (position === undefined) return;
    const { ticket, stopLoss, takeProfit } = position;
    if (what === 'stop') {
      const tighter = Math.min(99, (stopLoss ?? 80) + by);
      const levels = {
        kind: 'stops',
        symbol: SYMBOL,
        position: ticket,
        stopLoss: tighter,
        takeProfit,
      } as const;
      this.broker.execute({ ...levels, magicNumber: 0n, comment: '' });
    } else if (by > 0) {
      if (this.broker.terms.marginMode === 'netting') this.broker.execute(market('BUY', by, { stopLoss }));
      else this.broker.execute(market('BUY', by, { stopLoss: 90 }));
    } else this.broker.execute(closingDeal(position, { volume: lots(Math.min(-by, position.volume)) }));
  }

  /** The next bridge begins with these at work beside it. */
  meddleAtBegin(meddling: readonly Meddling[]): void {
    this.#client.meddling = meddling;
  }

  /** The next order is overtaken by these. */
  meddleAtOrder(meddling: readonly Meddling[]): void {
    this.#terminal.meddling = () => {
      for (const one of meddling) this.meddle(one);
    };
  }

  /** The terms that DTMS is told of; the broker's stay. */
  tell(terms: Partial<Instrument>): void {
    this.#engine.upsertInstrument({ ...INSTRUMENT, ...terms, account: KEY.account });
  }

  die(): void {
    this.#client.dies = true;
  }

  async drain(which: 0 | 1): Promise<void> {
    this.pass(1000);
    await this.#alive(which, (bridge) => bridge.drain());
  }

  async reconcile(which: 0 | 1): Promise<void> {
    this.pass(1000);
    await this.#alive(which, (bridge) => bridge.reconcile());
  }

  /** All that is under way ends. */
  async rest(): Promise<void> {
    for (let round = 0; round < 40; round += 1) {
      this.pass(90_000);
      await this.reconcile(0);
      await this.drain(0);
    }
    const under =
      this.trade?.actions.filter(({ status }) => status === 'EXECUTING' || status === 'LEASED') ?? [];
    if (under.length > 0) this.faults.push(`${under.length} actions never end`);
    for (const tag of this.broker.ledger.repeated()) this.faults.push(`${tag} was made twice`);
    const { loosened } = this.broker.ledger;
    if (loosened.call(this.broker.ledger).length > 0) this.faults.push('a stop was loosened');
  }

  /** One that dies is started anew, and remembers nothing. */
  async #alive(which: 0 | 1, step: (bridge: Bridge) => Promise<unknown>): Promise<void> {
    try {
      await this.#client.heartbeat(await this.#bridges[which].heartbeat());
      await step(this.#bridges[which]);
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'the bridge died') throw error;
      this.#bridges = which === 0 ? [this.#bridge(), this.#bridges[1]] : [this.#bridges[0], this.#bridge()];
    }
  }

  #bridge(): Bridge {
    return new Bridge(this.#client, this.#terminal, { account: KEY.account });
  }

  #judge(request: OrderRequest): void {
    const action = this.#client.leased.get(request.comment);
    if (action === undefined) return void this.faults.push(`an order without an action: ${request.comment}`);
    this.sent.set(action.type, (this.sent.get(action.type) ?? 0) + 1);
    const position = this.broker.position(KEY.ticket);
    if (request.position !== null) {
      const named = this.broker.positions().find(({ ticket }) => ticket === request.position);
      if (named?.comment !== 'bot' && !named?.comment.startsWith('dtms-'))
        this.faults.push(`it touches ${named?.comment}`);
    }
    if (request.kind !== 'deal') return;
    const { volume } = request;
    if (action.volume !== null && action.type !== 'CLOSE_ALL' && volume > action.volume)
      this.faults.push(`${volume} of ${action.volume} are sent`);
    if (action.type === 'OPEN_HEDGE' && volume > (position?.volume ?? 0))
      this.faults.push(`a hedge of ${volume}`);
    if (action.leaves === undefined) return;
    if (volume < (action.volume ?? 0)) this.bounded += 1;
    if (lots((position?.volume ?? 0) - volume) < action.leaves)
      this.faults.push(`${volume} of ${position?.volume} are sent, and ${action.leaves} were to be left`);
  }
}
