// Owns trades that `dtms paper` opens itself, so that there is something to watch: each is a position at the
// broker first and registered then, and is closed after its longest time.
import { CloseReason, Direction } from '../../../gen/ts/dtms/v1/types.js';
import type { PaperBroker } from '../../broker/paper-broker.js';
import { closingDeal } from '../../broker/terminal.js';
import type { DtmsClient } from '../../client/client.js';
import type { ReplayTrade } from '../../replay/trades-file.js';
import type { PaperOutput } from './output.js';

export interface SampleParts {
  readonly client: DtmsClient;
  readonly account: string;
  readonly feed: string;
  readonly broker: PaperBroker;
  readonly output: PaperOutput;
  /** In order of entry. */
  readonly trades: readonly ReplayTrade[];
}

const SAMPLE_LABEL = 'sample';

export class SampleTrades {
  readonly #parts: SampleParts;
  #next = 0;
  /** Those that are held for a limited time, with the last bar of it. */
  #held: readonly { readonly ticket: bigint; readonly lastBar: number }[] = [];

  constructor(parts: SampleParts) {
    this.#parts = parts;
  }

  /** Opens the trades entered up to `through` (UTC ms), at the open of bar `index`. */
  async enter(through: number, index: number): Promise<void> {
    const { trades, broker, output } = this.#parts;
    for (let trade = trades[this.#next]; trade !== undefined; trade = trades[this.#next]) {
      if (trade.entryTime > through) return;
      this.#next += 1;
      const isHeld = broker.terms.marginMode === 'netting' && broker.positions().length > 0;
      if (isHeld) {
        const text = `does not open sample ${trade.ticket}: a netting account holds one position`;
        output.say({ kind: 'remark', at: broker.now, text });
      } else await this.#open(trade, index);
    }
  }

  /** Closes what was held for its longest time by the close of bar `index`. */
  async leave(index: number): Promise<void> {
    const due = this.#held.filter(({ lastBar }) => lastBar <= index);
    this.#held = this.#held.filter(({ lastBar }) => lastBar > index);
    for (const { ticket } of due) await this.#expire(ticket);
  }

  async #open(trade: ReplayTrade, index: number): Promise<void> {
    const { client, account, feed, broker, output } = this.#parts;
    const { ticket, symbol, direction, entryPrice, volume, entryTime, heldBars } = trade;
    const { stopLoss, takeProfit } = trade;
    const position = { symbol, direction, entryPrice, volume, stopLoss, takeProfit, magicNumber: 0n };
    broker.adopt({ ...position, identifier: ticket, comment: '', openedAt: entryTime });
    if (heldBars !== null) this.#held = [...this.#held, { ticket, lastBar: index + heldBars - 1 }];
    await client.registerTrade({
      trade: {
        ...position,
        account,
        feed,
        ticket,
        direction: Direction[direction],
        stopLoss: stopLoss ?? undefined,
        takeProfit: takeProfit ?? undefined,
        openedAt: new Date(entryTime),
        label: SAMPLE_LABEL,
      },
    });
    const at = broker.now;
    output.say({ kind: 'opened', at, ticket, direction, volume, price: entryPrice, stopLoss, takeProfit });
  }

  async #expire(ticket: bigint): Promise<void> {
    const { client, account, broker, output } = this.#parts;
    const position = broker.position(ticket);
    if (position === undefined) return;
    const { price } = broker.execute(closingDeal(position));
    if (price === null) return;
    const at = broker.now;
    const reason = CloseReason.EXPIRED;
    await client.closeTrade({ account, ticket, reason, closePrice: price, occurredAt: new Date(at) });
    output.say({ kind: 'close', at, ticket, reason: 'EXPIRED', price });
  }
}
