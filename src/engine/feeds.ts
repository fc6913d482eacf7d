// Owns the feeds the engine knows, and which of them changed since they were last written. A feed nobody
// declared is as the rules say, and open to everybody.
import type { Moment } from '../domain/actions/context.js';
import { type Feed, type FeedKind, matchesPattern } from '../domain/market/feed.js';
import type { Rules } from '../domain/rules.js';

export class Feeds {
  readonly #rules: Rules;
  readonly #onRights: (name: string) => void;
  readonly #feeds = new Map<string, Feed>();
  /** By a feed's name, those it confirms. */
  readonly #confirmed = new Map<string, Set<string>>();
  /** Those that changed, and those that are gone. */
  readonly #changed = new Set<string>();

  /** @param onRights - is told the name of a feed that is for other accounts than before, or of another kind */
  constructor(rules: Rules, onRights: (name: string) => void = () => {}) {
    this.#rules = rules;
    this.#onRights = onRights;
  }

  /** A feed that was declared or written; undefined before that. */
  get(name: string): Feed | undefined {
    return this.#feeds.get(name);
  }

  all(): Iterable<Feed> {
    return this.#feeds.values();
  }

  /** Whether the feed keeps to the database's clock. */
  feedKind(name: string): FeedKind {
    return this.#feeds.get(name)?.kind ?? this.#configuredKind(name);
  }

  /** What timers on a feed run on, and by which its data are fresh or old: the database's time on a live one, else its own. */
  clockOf(name: string, { at, now }: Moment): number {
    return this.feedKind(name) === 'LIVE' ? now : at;
  }

  /** The feed as it is, or as it would be made: open to everybody. */
  of(name: string): Feed {
    const known = this.#feeds.get(name);
    return known ?? { name, kind: this.#configuredKind(name), accounts: [], confirmedBy: null, madeBy: '' };
  }

  /** The names of the feeds that this one confirms. */
  confirmedBy(name: string): Iterable<string> {
    return this.#confirmed.get(name) ?? [];
  }

  put(feed: Feed): void {
    this.#set(feed);
    this.#changed.add(feed.name);
  }

  delete(name: string): void {
    this.restoreGone(name);
    this.#changed.add(name);
  }

  /** Takes a stored feed; it does not count as changed. */
  restore(feed: Feed): void {
    this.#set(feed);
  }

  /** Whether any changed since the last call of drain. */
  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** A stored feed is gone; it does not count as changed. */
  restoreGone(name: string): void {
    const before = this.of(name);
    this.#unlink(name);
    this.#feeds.delete(name);
    this.#tell(before);
  }

  /** The feeds that changed since the last call, and the names of those that are gone. */
  drain(): { readonly feeds: Feed[]; readonly endedFeeds: string[] } {
    const names = [...this.#changed];
    this.#changed.clear();
    return {
      feeds: names.flatMap((name) => this.#feeds.get(name) ?? []),
      endedFeeds: names.filter((name) => !this.#feeds.has(name)),
    };
  }

  #set(feed: Feed): void {
    const before = this.of(feed.name);
    this.#unlink(feed.name);
    this.#feeds.set(feed.name, feed);
    if (feed.confirmedBy !== null) {
      const confirmed = this.#confirmed.get(feed.confirmedBy) ?? new Set();
      this.#confirmed.set(feed.confirmedBy, confirmed.add(feed.name));
    }
    this.#tell(before);
  }

  #tell({ name, kind, accounts }: Feed): void {
    const after = this.of(name);
    if (after.kind !== kind || after.accounts.join(' ') !== accounts.join(' ')) this.#onRights(name);
  }

  #unlink(name: string): void {
    const by = this.#feeds.get(name)?.confirmedBy ?? null;
    if (by === null) return;
    const confirmed = this.#confirmed.get(by);
    confirmed?.delete(name);
    if (confirmed?.size === 0) this.#confirmed.delete(by);
  }

  #configuredKind(name: string): FeedKind {
    return this.#rules.feeds.recorded.some((pattern) => matchesPattern(pattern, name)) ? 'RECORDED' : 'LIVE';
  }
}
