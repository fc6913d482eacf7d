// Owns following: while another server leads, this one keeps a replica of the log's state, by what each commit changed, and
// knows how far behind it is. On any doubt it restores all of it anew.
import type DataLoader from 'dataloader';
import { deadlineExceeded, notLeading, revisionInFuture } from '../errors/errors.js';
import { inBackground, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { FollowedStore } from '../store/store.js';
import type { CommitPlace, ListOrder, StoredTrade, TradeFilter, TradeKey } from '../store/types.js';
import { type DurableTrade, type DurableTrades, storedTrades } from './durable-trades.js';
import type { Engine } from './engine.js';
import type { FeedClock } from './feed-clock.js';
import { Replica } from './replica.js';
import { tradeKey } from './results.js';
import { contentsOf, type StateContents } from './state-digest.js';
import type { TurnSettings } from './turns.js';

export interface FollowerOptions extends TurnSettings {
  /** A replica that was not seen to be the newest for longer is not shown, in ms. */
  readonly maxLagMs: number;
}

/** How a follower stands. */
export interface FollowerStanding {
  /** The log's head as far as its replica goes. */
  readonly revision: number;
  /** Since its replica was seen to be the newest, in ms. */
  readonly lagMs: number;
}

/** What a replica has at a commit. */
export interface HeldContents {
  readonly place: CommitPlace;
  readonly contents: StateContents;
}

/** Between two looks without a hint, in ms. */
const POLL_MS = 100;
/** Hints within this time share one look, in ms. */
const HINT_PAUSE_MS = 2;
/** After a look that failed, in ms. */
const FAILED_MS = 250;

/** What there is to be shown of a replica: the state of the log at its place. */
export class FollowedState {
  readonly #replica: Replica;
  readonly #stored: DataLoader<TradeKey, StoredTrade | null>;

  constructor(replica: Replica, stored: DataLoader<TradeKey, StoredTrade | null>) {
    this.#replica = replica;
    this.#stored = stored;
  }

  get engine(): Engine {
    return this.#replica.engine;
  }

  get clock(): FeedClock {
    return this.#replica.clock;
  }

  /** The trades of the log's head that are not settled. */
  get trades(): DurableTrades {
    return this.#replica.trades;
  }

  /** The newest revision it knows. */
  get head(): number {
    return this.#replica.place.revision;
  }

  /** The database's clock, UTC ms. */
  databaseNow(): number {
    return this.#replica.databaseClock.now();
  }

  /** Active trades that match, in the order of registration; see Term.list. */
  list(filter: TradeFilter, beyond: number, limit: number, order?: ListOrder): Iterable<DurableTrade> {
    return this.#replica.trades.list(filter, beyond, limit, order);
  }

  /** A trade, closed ones included. One the replica does not have is asked of the store. */
  async find(key: TradeKey): Promise<DurableTrade | undefined> {
    return (await this.findAll([key]))[0];
  }

  /** The same for many; unknown ones are left out, and the order is not kept. */
  async findAll(keys: readonly TradeKey[]): Promise<DurableTrade[]> {
    const known = keys.map((key) => this.#replica.trades.get(tradeKey(key.account, key.ticket)));
    const missing = keys.filter((_, index) => known[index] === undefined);
    const found = await Promise.all(missing.map((key) => this.#stored.load(key)));
    return [...known, ...found].filter((trade) => trade !== undefined && trade !== null);
  }
}

export class Follower {
  readonly #store: FollowedStore;
  readonly #options: FollowerOptions;
  readonly #logger: Logger;
  readonly #stored: DataLoader<TradeKey, StoredTrade | null>;
  #replica: Replica | undefined;
  #state: FollowedState | undefined;
  /** When the newest look began that found the replica to be as the store, by performance.now(). */
  #freshAt = Number.NEGATIVE_INFINITY;
  /** Looks begun, and the newest one that succeeded. */
  #begun = 0;
  #succeeded = 0;
  #wake: () => void = () => undefined;
  #isHinted = false;
  readonly #looked = new Set<() => void>();
  #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(store: FollowedStore, options: FollowerOptions, logger: Logger) {
    this.#store = store;
    this.#options = options;
    this.#logger = logger;
    this.#stored = storedTrades(store);
  }

  /** Follows from now on, unless it does. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#stopping = new AbortController();
    const running = this.#run(this.#stopping.signal);
    this.#running = running;
    inBackground(running);
  }

  /** Follows no more. @returns what it has, as old as it may be; undefined where it has nothing whole */
  async release(): Promise<Replica | undefined> {
    this.#state = undefined;
    this.#stopping.abort();
    // What is being restored is waited for: whoever leads next would begin it anew.
    await this.#running;
    const replica = this.#replica;
    this.#drop();
    this.#running = undefined;
    return replica;
  }

  /** There may be something new: look now. */
  hint(): void {
    this.#isHinted = true;
    this.#wake();
  }

  /** What may be shown; undefined where there is nothing, or what there is may be too old. */
  get state(): FollowedState | undefined {
    return this.#lagMs <= this.#options.maxLagMs ? this.#state : undefined;
  }

  /** undefined while there is no replica. */
  get standing(): FollowerStanding | undefined {
    if (this.#replica === undefined) return undefined;
    return { revision: this.#replica.place.revision, lagMs: this.#lagMs };
  }

  /**
   * Waits until the replica has a revision, and every commit that was answered with it: some have no event.
   *
   * @throws DtmsError REVISION_IN_FUTURE when the log has none such; NOT_LEADING where nothing may be shown;
   * DEADLINE_EXCEEDED when the caller waits no longer
   */
  async reach(revision: number, signal: AbortSignal): Promise<void> {
    // Only a look that begins after it was asked for knows all that anybody was told before.
    const needed = this.#begun + 1;
    for (;;) {
      const { state } = this;
      if (state === undefined) throw notLeading();
      const isKnown = state.head > revision || this.#succeeded >= needed;
      if (isKnown && state.head >= revision) return;
      if (isKnown) throw revisionInFuture(revision, state.head);
      if (signal.aborted) throw deadlineExceeded();
      this.hint();
      await this.#nextLook(signal);
    }
  }

  /**
   * What the replica has, at a commit or a later one, however far it is behind.
   *
   * @param commit - its number; it is waited for.
   * @param at - the database's clock by which news counts, UTC ms; null means now.
   * @throws DtmsError DEADLINE_EXCEEDED when `signal` aborts before
   */
  async contentsFrom(commit: number, at: number | null, signal: AbortSignal): Promise<HeldContents> {
    for (;;) {
      const replica = this.#replica;
      if (replica !== undefined && replica.place.commit >= commit)
        return { place: replica.place, contents: contentsOf(replica, at ?? replica.databaseClock.now()) };
      if (signal.aborted) throw deadlineExceeded();
      this.hint();
      await this.#nextLook(signal);
    }
  }

  get #lagMs(): number {
    return performance.now() - this.#freshAt;
  }

  async #nextLook(signal: AbortSignal): Promise<void> {
    let done: () => void = () => undefined;
    const looked = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#looked.add(done);
    await Promise.race([looked, pause(POLL_MS, signal)]);
    this.#looked.delete(done);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#look(signal);
        await this.#hintOrPoll(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#logger.warn({ error }, 'the state of the log cannot be followed; it is tried again');
        await pause(FAILED_MS, signal);
      }
    }
  }

  async #hintOrPoll(signal: AbortSignal): Promise<void> {
    if (!this.#isHinted) {
      const hinted = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([hinted, pause(POLL_MS, signal)]);
    }
    this.#isHinted = false;
    await pause(HINT_PAUSE_MS, signal);
  }

  /** One look at the store. @throws StoreUnavailableError */
  async #look(signal: AbortSignal): Promise<void> {
    this.#begun += 1;
    const look = this.#begun;
    const beganAt = performance.now();
    if (!(await this.#catchUp(signal))) return;
    this.#freshAt = beganAt;
    this.#succeeded = look;
    for (const told of this.#looked) told();
  }

  /** Whether the replica is as the store was when this began. */
  async #catchUp(signal: AbortSignal): Promise<boolean> {
    const head = await this.#store.stateHead();
    if (!head.recorded) {
      this.#drop();
      return false;
    }
    const replica = this.#replica;
    if (replica === undefined) return this.#restore(signal);
    if (replica.place.history === head.history && replica.place.commit === head.commit) {
      replica.databaseClock.saw(head.now);
      return true;
    }
    const delta = await this.#store.readDelta(replica.place);
    if (signal.aborted) return false;
    // Half of it may have been taken when it fails.
    this.#drop();
    if (delta === undefined) return this.#restore(signal);
    replica.apply(delta);
    this.#keep(replica);
    return true;
  }

  async #restore(signal: AbortSignal): Promise<boolean> {
    const beganAt = performance.now();
    const replica = await this.#store.readState((reading) => Replica.restore(reading, this.#options));
    this.#keep(replica);
    if (signal.aborted) return false;
    const elapsed = Math.round(performance.now() - beganAt);
    this.#logger.info(
      { head: replica.place.revision, trades: replica.trades.size, elapsed_ms: elapsed },
      'following',
    );
    return true;
  }

  #keep(replica: Replica): void {
    this.#replica = replica;
    if (this.#stopping.signal.aborted) return;
    this.#state ??= new FollowedState(replica, this.#stored);
  }

  #drop(): void {
    this.#replica = undefined;
    this.#state = undefined;
  }
}
