// A market that rises and then falls, and trades that all act on one bar of the fall: what happens at the moment when a bar
// closes on them is measured from there. Trades are spread over accounts of at most 1,000, as a bridge holds no more leases.
import type { DtmsClient } from '../../src/client/index.js';
import { Timeframe } from '../../src/client/index.js';
import { SYMBOL } from './trades.js';

const M15 = 900_000;
const START = Date.UTC(2025, 0, 6);
const PRICE = 2000;
const RISING = 300;
const MOST_FALLING = 40;
const IN_ACCOUNT = 1000;
const DEADLINE = { deadlineMs: 120_000, retryMs: 0 };

/** The bar with this number: a wave on a slope that turns. */
function barItem(index: number) {
  const priceAt = (bar: number): number => {
    const trend = bar < RISING ? bar : RISING - 6 * (bar - RISING);
    return PRICE + 3 * Math.sin(bar / 3) + trend * 0.5;
  };
  const close = priceAt(index);
  const open = index === 0 ? close : priceAt(index - 1);
  const value = {
    symbol: SYMBOL,
    timeframe: Timeframe.M15,
    openTime: new Date(START + index * M15),
    open,
    high: Math.max(open, close) + 0.5,
    low: Math.min(open, close) - 0.5,
    close,
    volume: 100 + (index % 7),
  };
  return { data: { $case: 'bar' as const, value } };
}

/** Trades on a feed of their own, and the bar they wait for. */
export class ActingBar {
  readonly accounts: readonly string[];
  readonly count: number;
  readonly #client: DtmsClient;
  readonly #feed: string;

  /** @param name - of the feed, and what the accounts' names begin with: new for each. */
  constructor(client: DtmsClient, name: string, count: number) {
    this.#client = client;
    this.#feed = name;
    this.count = count;
    this.accounts = Array.from({ length: Math.ceil(count / IN_ACCOUNT) }, (_, index) => `${name}-${index}`);
  }

  /** How many trades an account has. */
  tradesOf(account: string): number {
    return Math.min(IN_ACCOUNT, this.count - this.accounts.indexOf(account) * IN_ACCOUNT);
  }

  /** Brings the trades to where the next bar makes all of them act. */
  async ready(actsAt: number): Promise<void> {
    await this.#push(0, RISING);
    for (const account of this.accounts) {
      const trades = Array.from({ length: this.tradesOf(account) }, (_, index) => ({
        account,
        ticket: BigInt(index + 1),
        symbol: SYMBOL,
        direction: 1,
        entryPrice: PRICE + 100,
        volume: 1,
        // Each with a stop of its own, so that some are nearer to it than others.
        stopLoss: PRICE - 200 + (index % 100),
        openedAt: new Date(START + 200 * M15),
        feed: this.#feed,
      }));
      const { results } = await this.#client.batchRegisterTrades({ trades }, DEADLINE);
      const failed = results.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(`ticket ${failed.ticket}: ${failed.error?.message}`);
    }
    for (let bar = RISING; bar < actsAt; bar += 1) await this.#push(bar, bar + 1);
  }

  /** Closes the bar; resolves once all it decided is durable, with the number of its events. */
  act(actsAt: number): Promise<number> {
    return this.#push(actsAt, actsAt + 1);
  }

  async #push(from: number, until: number): Promise<number> {
    const items = Array.from({ length: until - from }, (_, index) => barItem(from + index));
    const { rejected, events } = await this.#client.pushMarketData({ feed: this.#feed, items }, DEADLINE);
    if (rejected[0] !== undefined) throw new Error(rejected[0].description);
    return events;
  }
}

/** Which bar makes such trades act: found by trying it with one. */
export async function actingBarOf(client: DtmsClient): Promise<number> {
  const trial = new ActingBar(client, 'trial', 1);
  await trial.ready(RISING);
  for (let bar = RISING; bar < RISING + MOST_FALLING; bar += 1) {
    await trial.act(bar);
    const { risk } = await client.getRisk({ account: trial.accounts[0] ?? '' });
    if ((risk?.openActions.PENDING ?? 0) > 0) return bar;
  }
  throw new Error('the market made no action');
}
