// A watcher that is killed and resumed at random, and the validators of what it was promised: within a
// stream strictly increasing, unique, linked without a gap and exact under the filter; bookmarks that
// hold; across streams nothing lost.
import type { DtmsClient, MessageInit, TradeEvent, TradeFilter } from '../../src/client/index.js';

/** What a watcher saw, in the order it saw it, repeats after a resume left out. */
export class WatchJournal {
  readonly filter: MessageInit<TradeFilter>;
  readonly events: TradeEvent[] = [];
  /** Broken promises, in words. Empty when all is well. */
  readonly faults: string[] = [];
  streams = 0;
  /** Everything that matches up to here was delivered. */
  position: bigint;
  #epoch: string;
  #inStream = 0n;

  constructor(filter: MessageInit<TradeFilter>, start: { revision: bigint; epoch: string }) {
    this.filter = filter;
    this.position = start.revision;
    this.#epoch = start.epoch;
  }

  /** Watches until `signal` aborts; then the stream is cut wherever it is. */
  async run(client: DtmsClient, signal: AbortSignal): Promise<void> {
    this.streams += 1;
    this.#inStream = 0n;
    const resumeAfter = { revision: this.position, logEpoch: this.#epoch };
    const call = client.raw.trades.watchTrades({
      filter: { account: '', symbols: [], states: [], tickets: [], ...this.filter },
      resumeAfter,
      sendInitialState: false,
    } as Parameters<typeof client.raw.trades.watchTrades>[0]);
    call.on('error', () => undefined);
    const cut = () => call.cancel();
    signal.addEventListener('abort', cut, { once: true });
    try {
      for await (const { message } of call) {
        if (message?.$case === 'events') this.#take(message.value.revision, message.value.events);
        if (message?.$case === 'bookmark') this.#bookmark(message.value.revision);
      }
    } catch (error) {
      if (!signal.aborted) this.faults.push(`the stream failed: ${String(error)}`);
    } finally {
      signal.removeEventListener('abort', cut);
    }
  }

  /** Compares what was seen with what the log holds for the filter after the start. */
  compare(log: readonly TradeEvent[], start: bigint): void {
    const expected = log.filter((event) => event.revision > start && this.#matches(event));
    const seen = this.events.map(({ revision }) => revision);
    const wanted = expected.map(({ revision }) => revision);
    const missing = wanted.filter((revision) => !seen.includes(revision));
    if (missing.length > 0) this.faults.push(`lost ${missing.slice(0, 5).join(', ')}`);
    if (seen.length !== wanted.length) this.faults.push(`saw ${seen.length} of ${wanted.length} events`);
  }

  #take(revision: bigint, events: readonly TradeEvent[]): void {
    if (events.length === 0) this.faults.push('an events message without events');
    if (events.at(-1)?.revision !== revision) this.faults.push(`message ${revision} ends elsewhere`);
    for (const event of events) {
      if (event.revision <= this.#inStream) this.faults.push(`${event.revision} after ${this.#inStream}`);
      if (event.previousRevision !== this.#inStream) {
        this.faults.push(`${event.revision} follows ${event.previousRevision}, not ${this.#inStream}`);
      }
      if (!this.#matches(event)) this.faults.push(`${event.revision} does not match the filter`);
      if (event.logEpoch !== this.#epoch) this.faults.push(`${event.revision} has another epoch`);
      this.#inStream = event.revision;
      if (event.revision <= this.position) {
        this.faults.push(`${event.revision} came again though it was at or below ${this.position}`);
        continue;
      }
      this.events.push(event);
      this.position = event.revision;
    }
  }

  #bookmark(revision: bigint): void {
    if (revision < this.#inStream) this.faults.push(`bookmark ${revision} below event ${this.#inStream}`);
    if (revision > this.position) this.position = revision;
  }

  #matches(event: TradeEvent): boolean {
    const { account, symbols = [], states = [], tickets = [] } = this.filter;
    if (account !== undefined && account !== '' && event.account !== account) return false;
    if (symbols.length > 0 && !symbols.includes(event.symbol)) return false;
    if (states.length > 0 && !states.includes(event.state)) return false;
    return tickets.length === 0 || tickets.some((ticket) => BigInt(ticket ?? 0) === event.ticket);
  }
}
