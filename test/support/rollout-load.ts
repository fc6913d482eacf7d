// Load on servers behind a proxy while a rollout goes on: clients that register, read and close trades, and watches. What a client
// saw as final is kept, and what it was told is compared with the log in the end.
import { setTimeout as sleep } from 'node:timers/promises';
import { Direction, DtmsClient } from '../../src/client/index.js';
import { inBackground } from '../../src/observability/background.js';
import type { Told } from './fault-load.js';

const WRITERS = 6;
const WATCHES = 2;
/** For so long a client repeats a call before it gives it up, in ms. */
const PATIENCE_MS = 30_000;

export class RolloutLoad implements Told {
  readonly acknowledged = new Map<string, bigint>();
  readonly invoked = new Set<string>();
  readonly seen: bigint[][] = [];
  /** Calls that failed in the end, and watches that did. */
  readonly failures: string[] = [];
  calls = 0;
  readonly #client: DtmsClient;
  readonly #stop = new AbortController();
  readonly #watching = new AbortController();
  #writers: Promise<unknown> = Promise.resolve();
  #watches: Promise<unknown> = Promise.resolve();

  constructor(address: string) {
    this.#client = new DtmsClient({
      address,
      breaker: 'off',
      defaults: { deadlineMs: 10_000, retryMs: PATIENCE_MS },
    });
  }

  start(): void {
    this.#watches = Promise.all(Array.from({ length: WATCHES }, () => this.#watch()));
    this.#writers = Promise.all(Array.from({ length: WRITERS }, (_, index) => this.#write(`r${index}`)));
    inBackground(this.#writers, (error) => this.failures.push(String(error)));
  }

  /** @param head - tells the log's newest revision when nothing is written any more. */
  async finish(head: () => Promise<bigint>): Promise<void> {
    this.#stop.abort();
    await this.#writers;
    const newest = await head();
    for (let waited = 0; waited < 300 && this.seen.some((got) => (got.at(-1) ?? 0n) < newest); waited += 1)
      await sleep(100);
    this.#watching.abort();
    await this.#watches;
    this.#client.close();
  }

  async #write(account: string): Promise<void> {
    for (let ticket = 1n; !this.#stop.signal.aborted; ticket += 1n) {
      const spec = { symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1, stopLoss: 1 };
      this.invoked.add(`${account}:${ticket}`);
      await this.#ask(`register ${account}:${ticket}`, () =>
        this.#client.registerTrade({ trade: { account, ticket, ...spec } }),
      );
      await this.#ask('', async () => ({
        revision: (await this.#client.getTrade({ account, ticket })).trade?.revision ?? 0n,
      }));
      if (ticket % 3n === 0n)
        await this.#ask(`close ${account}:${ticket}`, () => this.#client.closeTrade({ account, ticket }));
      await sleep(20);
    }
  }

  async #ask(what: string, call: () => Promise<{ readonly revision: bigint }>): Promise<void> {
    this.calls += 1;
    try {
      const { revision } = await call();
      if (what !== '' && revision > 0n) this.acknowledged.set(what, revision);
    } catch (error) {
      this.failures.push(`${what}: ${String(error)}`);
    }
  }

  async #watch(): Promise<void> {
    const got: bigint[] = [];
    this.seen.push(got);
    const { signal } = this.#watching;
    try {
      const { logEpoch } = await this.#client.getStatus({});
      const resumeAfter = { logEpoch, revision: 0n };
      for await (const message of this.#client.watchTrades({ resumeAfter, retryMs: 120_000, signal }))
        if (message.$case === 'events') got.push(...message.value.events.map(({ revision }) => revision));
    } catch (error) {
      if (!signal.aborted) this.failures.push(`a watch: ${String(error)}`);
    }
  }
}
