// Owns a replica: the state of the log in this server's memory, as of one commit. It is restored from the store and moved
// on by what commits changed. What a restart would forget it does not know: it is as a server that restored at this moment.

import { setImmediate as turn } from 'node:timers/promises';
import { isSettled } from '../domain/trade/version.js';
import type { PackedStoredTrade } from '../store/packed-stored-trade.js';
import type { Leadership, StateReading } from '../store/store.js';
import type { CommitPlace, Delta, Restored, RestoredLog, RestoredView, StoredTrade } from '../store/types.js';
import { DatabaseClock } from './database-clock.js';
import { DurableTrades } from './durable-trades.js';
import type { Engine } from './engine.js';
import type { FeedClock } from './feed-clock.js';
import { tradeKey } from './results.js';
import { type TurnSettings, Turns } from './turns.js';

/** Market views restored in one turn of the event loop. */
const VIEWS_A_TURN = 4;

export class Replica {
  /** What decides with it once this server leads. */
  readonly turns: Turns;
  readonly databaseClock: DatabaseClock;
  readonly trades = new DurableTrades();
  /** Per account the largest ticket of its trades, settled ones included. */
  readonly maximumTickets: Map<string, bigint>;
  /** null where the log is in the database it began in. */
  readonly restoredLog: RestoredLog | null;
  #place: CommitPlace;
  #journalPlace: number;

  private constructor(
    { rules, processClock, journal, databaseClock = new DatabaseClock() }: TurnSettings,
    restored: Restored,
  ) {
    const { place, journalPlace, now, maximumTickets, restoredLog } = restored;
    this.databaseClock = databaseClock;
    databaseClock.saw(now);
    this.turns = new Turns(rules, { database: () => databaseClock.now(), process: processClock }, journal);
    this.maximumTickets = new Map(maximumTickets);
    this.restoredLog = restoredLog;
    this.#place = place;
    this.#journalPlace = journalPlace;
  }

  /** Loads everything the log's head stands for, as much at a time as blocks nobody. */
  static async restore(reading: StateReading, settings: TurnSettings): Promise<Replica> {
    const restored = await reading.restore();
    const replica = new Replica(settings, restored);
    const { engine } = replica;
    for (const instrument of restored.instruments) engine.upsertInstrument(instrument);
    for (const event of restored.news) engine.upsertNews(event);
    for (const feed of restored.feeds) engine.feeds.restore(feed);
    if (restored.flags !== null) engine.flags.restore(restored.flags);
    if (restored.policies !== null) engine.policies.restore(restored.policies);
    for (const account of restored.accounts) engine.accounts.restore(account);
    if (restored.restoredLog !== null) engine.accounts.restoredLog(restored.restoredLog.restoredAt);
    for (const [index, view] of restored.views.entries()) {
      replica.#renewView(view);
      // Each takes some milliseconds; calls are passed on meanwhile.
      if (index % VIEWS_A_TURN === VIEWS_A_TURN - 1) await turn();
    }
    for await (const page of reading.trades()) for (const stored of page) replica.#restoreTrade(stored);
    engine.drain();
    return replica;
  }

  get engine(): Engine {
    return this.turns.engine;
  }

  get clock(): FeedClock {
    return this.turns.clock;
  }

  /** The journal's last place at its commit. */
  get journalPlace(): number {
    return this.#journalPlace;
  }

  /** The commit whose state it is. */
  get place(): CommitPlace {
    return this.#place;
  }

  /** Takes what changed since its place, in one turn of the event loop: nobody sees a part of it. */
  apply(delta: Delta): void {
    const { engine } = this;
    const { instruments, news, feeds } = delta;
    for (const { account, symbol } of instruments.ended)
      engine.reference.deleteInstruments(account, [symbol]);
    for (const instrument of instruments.kept) engine.upsertInstrument(instrument);
    engine.reference.deleteNews(news.ended, null);
    for (const event of news.kept) engine.upsertNews(event);
    for (const name of feeds.ended) engine.feeds.restoreGone(name);
    for (const feed of feeds.kept) engine.feeds.restore(feed);
    if (delta.flags !== null) engine.flags.restore(delta.flags);
    if (delta.policies !== null) engine.policies.restore(delta.policies);
    for (const account of delta.accounts) engine.accounts.restore(account);
    for (const market of delta.forgotten) engine.restoreForgotten(market);
    for (const view of delta.views) this.#renewView(view);
    const byRegistration = [...delta.trades].sort((a, b) => a.registeredRevision - b.registeredRevision);
    for (const stored of byRegistration) this.#renewTrade(stored);
    engine.drain();
    this.databaseClock.saw(delta.now);
    this.#place = delta.place;
    this.#journalPlace = delta.journalPlace;
  }

  #renewView(stored: RestoredView): void {
    const { asOf } = this.engine.renewView(stored);
    if (asOf !== null) this.clock.saw(stored.feed, asOf);
  }

  #restoreTrade(stored: PackedStoredTrade): void {
    const sketch = this.engine.restoreTrade(stored);
    if (sketch !== null) this.trades.set(tradeKey(sketch.spec.account, sketch.spec.ticket), stored);
  }

  #renewTrade({ trade, registeredRevision, revision }: StoredTrade): void {
    const { account, ticket } = trade.spec;
    const name = tradeKey(account, ticket);
    this.engine.renewTrade(trade);
    if (isSettled(trade)) this.trades.delete(name);
    else this.trades.set(name, { trade, registeredRevision, revision });
    const maximum = this.maximumTickets.get(account);
    if (maximum === undefined || ticket > maximum) this.maximumTickets.set(account, ticket);
  }
}

/** A replica as the log's head is now that nobody else writes; undefined where it cannot be told what changed. */
export async function movedOn(
  leadership: Pick<Leadership, 'delta'>,
  replica?: Replica,
): Promise<Replica | undefined> {
  if (replica === undefined) return undefined;
  const delta = await leadership.delta(replica.place);
  if (delta === undefined) return undefined;
  replica.apply(delta);
  return replica;
}
