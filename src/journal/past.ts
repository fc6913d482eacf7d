// Owns the past: trades and markets as they were when the log had a revision, made again from the nearest checkpoint before.
import { setImmediate as turn } from 'node:timers/promises';
import type { Trade } from '../domain/trade/trade.js';
import type { Explanation } from '../engine/results.js';
import { invalidField, revisionCompacted, revisionInFuture, tradeNotFound } from '../errors/errors.js';
import { over } from '../observability/background.js';
import { decodeEntries, UnreadableJournalError } from '../store/bodies/journal.js';
import type { StoredCheckpoint, StoredJournalRow } from '../store/journal.js';
import type { LogHead, StoredTrade, TradeKey } from '../store/types.js';
import type { Rehearsal } from './rehearsal.js';
import { beginAt, type JournalSource } from './repeat.js';

/** What the past is made of. */
export interface PastSource {
  readonly journal: JournalSource;
  head(): Promise<LogHead>;
  findTrades(keys: readonly TradeKey[]): Promise<StoredTrade[]>;
  /** The revision that made this version of a trade; undefined when its event is compacted. */
  findVersion(key: TradeKey, version: number): Promise<number | undefined>;
}

/** A trade as it was, and what an engine had then; null where its market is not known any more: it was over before. */
export interface PastTrade {
  readonly trade: Trade;
  /** Of its latest change until then. */
  readonly revision: number;
  readonly rehearsal: Rehearsal | null;
}

/** Repeating works this long at most, beside everything else, in ms. */
const MOST_WORK_MS = 10_000;
/** And so long before other calls get a turn. */
const SLICE_MS = 5;
const PAGE_ROWS = 100;

export class PastRevisions {
  readonly #source: PastSource;
  /** One is made at a time: each has an engine of its own in memory. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: PastSource) {
    this.#source = source;
  }

  /**
   * A trade as it was when the log's newest revision was this one.
   *
   * @throws DtmsError REVISION_IN_FUTURE, REVISION_COMPACTED before the journal, TRADE_NOT_FOUND,
   * INVALID_FIELD where there is too much to repeat
   */
  tradeAt(key: TradeKey, revision: number, signal: AbortSignal): Promise<PastTrade> {
    const made = over(this.#last).then(() => this.#tradeAt(key, revision, signal));
    this.#last = made;
    return made;
  }

  /** The same, and what an evaluation would have said and done then. Throws as tradeAt does. */
  async explainAt(
    key: TradeKey,
    revision: number,
    signal: AbortSignal,
  ): Promise<{ readonly past: PastTrade; readonly explanation: Explanation }> {
    const past = await this.tradeAt(key, revision, signal);
    const { rehearsal, trade } = past;
    const explanation =
      rehearsal === null || trade.state === 'CLOSED'
        ? { evaluation: null, event: null, obstacle: 'the trade is closed' }
        : rehearsal.engine.explainAs(trade, rehearsal.now);
    return { past, explanation };
  }

  async #tradeAt(key: TradeKey, revision: number, signal: AbortSignal): Promise<PastTrade> {
    signal.throwIfAborted();
    const { account, ticket } = key;
    const { revision: head } = await this.#source.head();
    if (revision > head) throw revisionInFuture(revision, head);
    const [stored] = await this.#source.findTrades([key]);
    if (stored === undefined || stored.registeredRevision > revision) throw tradeNotFound(account, ticket);
    const checkpoints = await this.#source.journal.checkpoints();
    for (const checkpoint of checkpoints.toReversed()) {
      if (checkpoint.revision > revision || !(await this.#counts(checkpoint))) continue;
      const past = await this.#pastFrom(checkpoint, key, revision, signal);
      if (past !== null) return past;
      // It was over before, and nothing happened to it since.
      if (stored.revision <= revision) return { ...stored, rehearsal: null };
    }
    if (stored.revision <= revision) return { ...stored, rehearsal: null };
    throw revisionCompacted(revision, checkpoints[0]?.revision ?? head);
  }

  /** The past from a checkpoint on; null where the trade was over before it. What cannot be read is as good as gone. */
  async #pastFrom(
    checkpoint: StoredCheckpoint,
    key: TradeKey,
    revision: number,
    signal: AbortSignal,
  ): Promise<PastTrade | null> {
    try {
      const rehearsal = await beginAt(this.#source.journal, checkpoint, null);
      const found = await this.#repeatTo(rehearsal, checkpoint, key, revision, signal);
      return found === null ? null : { ...found, rehearsal };
    } catch (error) {
      if (error instanceof UnreadableJournalError) throw revisionCompacted(revision, checkpoint.revision);
      throw error;
    }
  }

  /** Of the event that made this version of a trade; 0 when it is compacted. */
  async #revisionOf({ spec, version }: Trade): Promise<number> {
    return (await this.#source.findVersion(spec, version)) ?? 0;
  }

  /** Whether what the checkpoint holds was written: its term may have ended before. */
  async #counts({ place, evaluatorEpoch, skip, revision }: StoredCheckpoint): Promise<boolean> {
    const [row] = await this.#source.journal.rows(place, 1);
    if (row !== undefined) return row.evaluatorEpoch === evaluatorEpoch;
    return skip === 0 && revision === (await this.#source.head()).revision;
  }

  /** The trade when the log had this revision; null where the engine has none by then. */
  async #repeatTo(
    rehearsal: Rehearsal,
    { place, skip, revision: begun, evaluatorEpoch }: StoredCheckpoint,
    key: TradeKey,
    revision: number,
    signal: AbortSignal,
  ): Promise<Omit<PastTrade, 'rehearsal'> | null> {
    const known = rehearsal.engine.get(key.account, key.ticket);
    const found = new LatestChange(key, known);
    let [at, next, expected] = [begun, place, place];
    const work = new SlicedWork(signal);
    for (let rows: StoredJournalRow[] = []; at < revision; next += rows.length) {
      rows = await this.#source.journal.rows(next, PAGE_ROWS);
      if (rows.length === 0) throw revisionCompacted(revision, at);
      for (const row of rows) {
        if (at >= revision) break;
        // The next term began with what was written, and ended before it had a checkpoint.
        if (row.evaluatorEpoch !== evaluatorEpoch) throw revisionCompacted(revision, row.base);
        // A row is missing, or this program decides otherwise than the one that led then: what is made is no past.
        if (row.place !== expected || (row.place !== place && row.base !== at))
          throw revisionCompacted(revision, row.base);
        expected += 1;
        for (const entry of decodeEntries(row.entries).slice(row.place === place ? skip : 0)) {
          if (at >= revision) break;
          // What came in the same push after it was not known yet.
          const { events } = rehearsal.repeat(entry, revision - at);
          for (const { event } of events) {
            at += 1;
            if (at <= revision) found.take(event.trade, at);
          }
          await work.done();
        }
      }
    }
    const { latest } = found;
    return latest === null
      ? null
      : { ...latest, revision: latest.revision ?? (await this.#revisionOf(latest.trade)) };
  }
}

/** The latest change of one trade. */
class LatestChange {
  readonly #key: TradeKey;
  /** Its revision is null where it was before the checkpoint. */
  latest: { readonly trade: Trade; readonly revision: number | null } | null;

  constructor(key: TradeKey, known: Trade | undefined) {
    this.#key = key;
    this.latest = known === undefined ? null : { trade: known, revision: null };
  }

  take(trade: Trade, revision: number): void {
    const { account, ticket } = trade.spec;
    if (account === this.#key.account && ticket === this.#key.ticket) this.latest = { trade, revision };
  }
}

/** Work that gives others a turn, and ends when its caller is gone or it takes too long. */
class SlicedWork {
  readonly #signal: AbortSignal;
  #worked = 0;
  #sliceAt = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** A piece of it is done. */
  async done(): Promise<void> {
    const slice = performance.now() - this.#sliceAt;
    if (slice < SLICE_MS) return;
    this.#worked += slice;
    if (this.#worked > MOST_WORK_MS)
      throw invalidField(
        'at_revision',
        `more happened since the checkpoint before it than can be repeated in ${MOST_WORK_MS} ms`,
      );
    await turn();
    this.#signal.throwIfAborted();
    this.#sliceAt = performance.now();
  }
}
