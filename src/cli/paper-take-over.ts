// Taking over trades that are registered in the account: each becomes a position of the paper broker once,
// as it was registered, with its hedge where it has one.
import type { TradeRegistered } from '../../gen/ts/dtms/v1/event.js';
import { Direction, type Trade, TradeOrigin, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import { opposite } from '../broker/prices.js';
import type { DtmsClient } from '../client/client.js';
import type { WatchMessage } from '../client/watch.js';
import type { BrokerPosition } from '../domain/broker.js';
import { timeText } from './output.js';
import type { Voice } from './paper-voice.js';

export class TakeOver {
  readonly #broker: PaperBroker;
  readonly #symbol: string;
  readonly #voice: Voice;
  readonly #refused = new Set<bigint>();
  #count = 0;

  constructor(broker: PaperBroker, symbol: string, voice: Voice) {
    this.#broker = broker;
    this.#symbol = symbol;
    this.#voice = voice;
  }

  /** Positions that were taken over. */
  get count(): number {
    return this.#count;
  }

  /** Whether the broker has, or has had, a position of this identifier. */
  knows(identifier: bigint): boolean {
    return this.#broker.history.some(({ positionIdentifier }) => positionIdentifier === identifier);
  }

  /** A trade as it is now; one that is closed has no position. */
  trade(trade: Trade): void {
    if (trade.state === TradeState.CLOSED) return;
    const { ticket, symbol, entryPrice, volume, stopLoss, takeProfit, magicNumber, openedAt, hedge } = trade;
    const direction = directionOf(trade.direction);
    const position = {
      identifier: ticket,
      symbol,
      direction,
      volume,
      entryPrice,
      stopLoss: stopLoss ?? null,
      takeProfit: takeProfit ?? null,
      magicNumber,
      comment: '',
      openedAt: openedAt?.getTime() ?? this.#broker.now,
    };
    this.#adopt(position);
    if (hedge === undefined || hedge.ticket === 0n) return;
    this.#adopt({
      ...position,
      identifier: hedge.ticket,
      direction: opposite(direction),
      volume: hedge.volume,
      entryPrice: hedge.entryPrice,
      stopLoss: hedge.stopLoss ?? null,
      takeProfit: null,
    });
  }

  /** A trade that was registered just now. What a reconciliation or DTMS itself registered is here already. */
  registered({ spec, origin }: TradeRegistered): void {
    if (spec === undefined || origin !== TradeOrigin.REGISTERED) return;
    this.#adopt({
      identifier: spec.ticket,
      symbol: spec.symbol,
      direction: directionOf(spec.direction),
      volume: spec.volume,
      entryPrice: spec.entryPrice,
      stopLoss: spec.stopLoss ?? null,
      takeProfit: spec.takeProfit ?? null,
      magicNumber: spec.magicNumber,
      comment: '',
      openedAt: spec.openedAt?.getTime() ?? this.#broker.now,
    });
  }

  #adopt(position: Omit<BrokerPosition, 'ticket'>): void {
    const { identifier, symbol, direction, volume, entryPrice: price, stopLoss, takeProfit } = position;
    if (this.knows(identifier) || this.#refused.has(identifier)) return;
    const at = this.#broker.now;
    const obstacle = this.#obstacle(symbol);
    if (obstacle !== '') {
      this.#refused.add(identifier);
      this.#voice.say({ kind: 'remark', at, text: `does not take over ${identifier}: ${obstacle}` });
      return;
    }
    this.#broker.adopt(position);
    this.#count += 1;
    const levels = { stopLoss, takeProfit };
    this.#voice.say({ kind: 'taken_over', at, ticket: identifier, direction, volume, price, ...levels });
    if (position.openedAt <= at) return;
    const text = `${identifier} was opened at ${timeText(new Date(position.openedAt))}: watched from then on`;
    this.#voice.say({ kind: 'remark', at, text });
  }

  /** Why the broker cannot hold another position of the symbol; empty when it can. */
  #obstacle(symbol: string): string {
    if (symbol !== this.#symbol) return `this broker trades ${this.#symbol} only, it is of ${symbol}`;
    const isHeld = this.#broker.positions().length > 0;
    return isHeld && this.#broker.terms.marginMode === 'netting' ? 'the account nets, and holds one' : '';
  }
}

function directionOf(direction: Direction): 'BUY' | 'SELL' {
  return direction === Direction.SELL ? 'SELL' : 'BUY';
}

/** Follows the account: what is registered in it is taken over. */
export class AccountWatch {
  readonly #takeOver: TakeOver;
  #failure: Error | null = null;

  constructor(takeOver: TakeOver) {
    this.#takeOver = takeOver;
  }

  /** Resolves when every trade of now is taken over; follows until the signal aborts. */
  async start(client: DtmsClient, account: string, signal: AbortSignal): Promise<void> {
    const messages = client.watchTrades({ filter: { account }, sendInitialState: true, signal });
    for (;;) {
      const { value, done } = await messages.next();
      if (done === true) return;
      this.#take(value);
      if (value.$case === 'snapshotEnd') break;
    }
    void this.#follow(messages);
  }

  /** Throws what has ended the watch, if anything has. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  async #follow(messages: AsyncIterable<WatchMessage>): Promise<void> {
    try {
      for await (const message of messages) this.#take(message);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #take(message: WatchMessage): void {
    if (message.$case === 'snapshotItem' && message.value.trade !== undefined) {
      this.#takeOver.trade(message.value.trade);
    } else if (message.$case === 'events') {
      for (const { change } of message.value.events) {
        if (change?.$case === 'registered') this.#takeOver.registered(change.value);
      }
    }
  }
}
