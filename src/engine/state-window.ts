// Owns the leader's state over some of its commits: all of it at one, and what each later one changed. So what another
// server holds at any of them can be compared with it, while the leader goes on.
import { encodeAccount } from '../store/bodies/account.js';
import { encodePolicies } from '../store/bodies/policies.js';
import type { Batch } from './batch.js';
import type { DurableTrades } from './durable-trades.js';
import type { Engine } from './engine.js';
import {
  ALL_FLAGS,
  ALL_POLICIES,
  type Content,
  contentsOf,
  type DigestedState,
  digestsOf,
  isDueSince,
  jsonContent,
  nameOfTerms,
  nameOfTrade,
  nameOfView,
  ofEachKind,
  STATE_KINDS,
  type StateContents,
  type StateDigests,
  type StateKind,
  tradeContent,
  viewContent,
} from './state-digest.js';

/** What a commit changed: by its name, what makes its text; null where it is gone. */
type StateChanges = Readonly<Record<StateKind, ReadonlyMap<string, Content | null>>>;

/** What a window is made of: what is durable of the trades, and the engine. */
export interface WindowedState extends DigestedState {
  readonly engine: DigestedState['engine'] & Pick<Engine, 'viewIn'>;
  readonly trades: Pick<DurableTrades, 'entries' | 'after'>;
}

/** A commit by its number, and the log's head after it. */
export interface CommitNumber {
  readonly commit: number;
  readonly revision: number;
}

export class StateWindow {
  readonly first: CommitNumber;
  /** The database's clock at its beginning, UTC ms: by it news counts. */
  readonly now: number;
  readonly #contents: StateContents;
  readonly #changes = new Map<number, StateChanges>();
  #digests: Promise<StateDigests> | undefined;

  constructor(first: CommitNumber, now: number, contents: StateContents) {
    this.first = first;
    this.now = now;
    this.#contents = contents;
  }

  /** Takes what the next commit changes. */
  note(commit: number, changes: StateChanges): void {
    this.#changes.set(commit, changes);
  }

  /** The digest of each thing at a commit; undefined where the window does not reach it. */
  async digestsAt(commit: number): Promise<StateDigests | undefined> {
    if (commit < this.first.commit || commit > this.first.commit + this.#changes.size) return undefined;
    this.#digests ??= digestsOf(this.#contents);
    const begun = await this.#digests;
    const changed = ofEachKind(() => new Map<string, Content>());
    const digests = ofEachKind((kind) => new Map(begun[kind]));
    for (let next = this.first.commit + 1; next <= commit; next += 1) {
      const changes = this.#changes.get(next);
      for (const kind of STATE_KINDS) {
        for (const [name, content] of changes?.[kind] ?? []) {
          if (content !== null) changed[kind].set(name, content);
          else changed[kind].delete(name);
          digests[kind].delete(name);
        }
      }
    }
    const renewed = await digestsOf(changed);
    for (const kind of STATE_KINDS)
      for (const [name, digest] of renewed[kind]) digests[kind].set(name, digest);
    return digests;
  }
}

/** The windows that are open, and the number of the newest commit. */
export class StateWindows {
  readonly #state: WindowedState;
  readonly #now: () => number;
  readonly #open = new Set<StateWindow>();
  /** Those that begin with the next commit. */
  readonly #waiting: { resolve(window: StateWindow): void; reject(error: Error): void }[] = [];
  #ended: Error | undefined;
  #newest: CommitNumber;

  /**
   * @param newest - the commit before the first one that is told.
   * @param now - the database's clock, UTC ms.
   */
  constructor(state: WindowedState, newest: CommitNumber, now: () => number) {
    this.#state = state;
    this.#newest = newest;
    this.#now = now;
  }

  /**
   * Opens one, to be closed by whoever asked.
   *
   * @param pending - whether the engine has changed since the newest commit: then it begins with the next one.
   * @throws why no commit follows
   */
  open(pending: 'nothing' | 'something'): Promise<StateWindow> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (pending === 'something')
      return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const now = this.#now();
    const window = new StateWindow(this.#newest, now, contentsOf(this.#state, now));
    this.#open.add(window);
    return Promise.resolve(window);
  }

  close(window: StateWindow): void {
    this.#open.delete(window);
  }

  /** Whether nobody looks at what commits change, nor waits to. */
  get isIdle(): boolean {
    return this.#open.size === 0 && this.#waiting.length === 0;
  }

  /** The next commit is about to be written, and the engine has everything in it and nothing else. */
  closing(batch: Batch): void {
    if (this.isIdle) return;
    const commit = this.#newest.commit + 1;
    for (const window of this.#open) window.note(commit, changesOf(batch, this.#state, window.now));
    if (this.#waiting.length === 0) return;
    const now = this.#now();
    const contents = withTrades(contentsOf(this.#state, now), changesOf(batch, this.#state, now));
    for (const opened of this.#waiting.splice(0)) {
      const window = new StateWindow({ commit, revision: batch.end }, now, contents);
      this.#open.add(window);
      opened.resolve(window);
    }
  }

  /** No commit follows: whoever waits for one is refused with `error`, as is whoever comes. */
  end(error: Error): void {
    this.#ended = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }

  /** It is written. */
  committed({ end }: Pick<Batch, 'end'>): void {
    this.#newest = { commit: this.#newest.commit + 1, revision: end };
  }
}

/** What is durable of the trades is without the commit that is under way. */
function withTrades(contents: StateContents, changes: StateChanges): StateContents {
  const trades = new Map(contents.trades);
  for (const [name, content] of changes.trades) {
    if (content === null) trades.delete(name);
    else trades.set(name, content);
  }
  return { ...contents, trades };
}

function changesOf(batch: Batch, { engine, trades }: WindowedState, now: number): StateChanges {
  const changes = ofEachKind(() => new Map<string, Content | null>());
  for (const [change, durable] of trades.after(batch))
    changes.trades.set(nameOfTrade(change), durable === null ? null : tradeContent(durable));
  for (const { feed, instrument } of [...batch.forgotten, ...batch.views, ...batch.bars]) {
    const view = engine.viewIn(feed, instrument);
    changes.views.set(nameOfView(feed, instrument), view === undefined ? null : viewContent(view));
  }
  for (const account of batch.accounts) changes.accounts.set(account.account, () => encodeAccount(account));
  for (const name of batch.endedFeeds) changes.feeds.set(name, null);
  for (const feed of batch.feeds) changes.feeds.set(feed.name, jsonContent(feed));
  for (const key of batch.endedInstruments) changes.instruments.set(nameOfTerms(key), null);
  for (const terms of batch.instruments) changes.instruments.set(nameOfTerms(terms), jsonContent(terms));
  for (const book of batch.flags) changes.flags.set(ALL_FLAGS, jsonContent(book));
  for (const book of batch.policies) changes.policies.set(ALL_POLICIES, () => encodePolicies(book));
  for (const eventId of batch.endedNews) changes.news.set(eventId, null);
  for (const event of batch.news)
    changes.news.set(event.eventId, isDueSince(event, now) ? jsonContent(event) : null);
  return changes;
}
