// Owns adopting trades that are registered in the account: each becomes a position of the paper broker once,
// as it was registered, with its hedge where it has one.

import type { TradeSpec } from '../../../gen/ts/dtms/v1/types.js';
import { Direction, type Trade, TradeOrigin, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import type { PaperBroker } from '../../broker/paper-broker.js';
import type { DtmsClient } from '../../client/client.js';
import type { WatchMessage } from '../../client/watch.js';
import type { BrokerPosition } from '../../domain/broker/snapshot.js';
import { opposite } from '../../domain/market/direction.js';
import { inBackground } from '../../observability/background.js';
import { timeText } from '../output.js';
import type { PaperOutput } from './output.js';

type AdoptedPosition = Omit<BrokerPosition, 'ticket'>;

export class AdoptedTrades {
  readonly #broker: PaperBroker;
  readonly #symbols: readonly string[];
  readonly #output: PaperOutput;
  readonly #refused = new Set<bigint>();
  #count = 0;
  #failure: Error | null = null;

  constructor(broker: PaperBroker, symbols: readonly string[], output: PaperOutput) {
    this.#broker = broker;
    this.#symbols = symbols;
    this.#output = output;
  }

  /** Positions that were adopted. */
  get count(): number {
    return this.#count;
  }

  /** Whether the broker has, or has had, a position of this identifier. */
  knows(identifier: bigint): boolean {
    return this.#broker.history.some(({ positionIdentifier }) => positionIdentifier === identifier);
  }

  /** Adopts every trade of the account: resolves with those of now, goes on until the signal aborts. */
  async follow(client: DtmsClient, account: string, signal: AbortSignal): Promise<void> {
    const messages = client.watchTrades({ filter: { account }, sendInitialState: true, signal });
    for (;;) {
      const { value, done } = await messages.next();
      if (done === true) return;
      this.#take(value);
      if (value.$case === 'snapshotEnd') break;
    }
    inBackground(this.#goOn(messages));
  }

  /** Throws what has ended the watch, if anything has. */
  check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** A trade as it is now, with its hedge; one that is closed has no position. */
  trade(trade: Trade): void {
    if (trade.state === TradeState.CLOSED) return;
    const position = this.#positionOf(trade);
    this.#adopt(position);
    const { hedge } = trade;
    if (hedge === undefined || hedge.ticket === 0n) return;
    this.#adopt({
      ...position,
      identifier: hedge.ticket,
      direction: opposite(position.direction),
      volume: hedge.volume,
      entryPrice: hedge.entryPrice,
      stopLoss: hedge.stopLoss ?? null,
      takeProfit: null,
    });
  }

  async #goOn(messages: AsyncIterable<WatchMessage>): Promise<void> {
    try {
      for await (const message of messages) this.#take(message);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  #take(message: WatchMessage): void {
    if (message.$case === 'snapshotItem' && message.value.trade !== undefined) {
      this.trade(message.value.trade);
    } else if (message.$case === 'events') {
      for (const { change } of message.value.events) {
        if (change?.$case !== 'registered') continue;
        const { spec, origin } = change.value;
        // What a reconciliation or DTMS itself registered is here already.
        if (spec !== undefined && origin === TradeOrigin.REGISTERED) this.#adopt(this.#positionOf(spec));
      }
    }
  }

  #positionOf(trade: Trade | TradeSpec): AdoptedPosition {
    const { ticket, symbol, volume, entryPrice, magicNumber } = trade;
    return {
      identifier: ticket,
      symbol,
      direction: trade.direction === Direction.SELL ? 'SELL' : 'BUY',
      volume,
      entryPrice,
      stopLoss: trade.stopLoss ?? null,
      takeProfit: trade.takeProfit ?? null,
      magicNumber,
      comment: '',
      openedAt: trade.openedAt?.getTime() ?? this.#broker.now,
    };
  }

  #adopt(position: AdoptedPosition): void {
    const { identifier, symbol, direction, volume, entryPrice: price, stopLoss, takeProfit } = position;
    if (this.knows(identifier) || this.#refused.has(identifier)) return;
    const at = this.#broker.now;
    const obstacle = this.#obstacle(symbol);
    if (obstacle !== '') {
      this.#refused.add(identifier);
      this.#output.say({ kind: 'remark', at, text: `does not adopt ${identifier}: ${obstacle}` });
      return;
    }
    this.#broker.adopt(position);
    this.#count += 1;
    const levels = { stopLoss, takeProfit };
    this.#output.say({ kind: 'taken_over', at, ticket: identifier, direction, volume, price, ...levels });
    if (position.openedAt <= at) return;
    const text = `${identifier} was opened at ${timeText(new Date(position.openedAt))}: watched from then on`;
    this.#output.say({ kind: 'remark', at, text });
  }

  /** Why the broker cannot hold another position of the symbol; empty when it can. */
  #obstacle(symbol: string): string {
    if (!this.#symbols.includes(symbol))
      return `this broker trades only ${this.#symbols.join(', ')}, not ${symbol}`;
    const isHeld = this.#broker.positions().length > 0;
    return isHeld && this.#broker.terms.marginMode === 'netting'
      ? 'a netting account holds one position'
      : '';
  }
}
