// Owns a rehearsal: an engine that is made of a checkpoint and repeats, entry by entry, what reached another, at the same
// moments. Deciding is done anew; only what a command had looked up in the store before is taken as told.

import { admitWriter } from '../commands/feeds.js';
import { applyItem, takeItem } from '../commands/push-market-data.js';
import { toldCommand } from '../commands/told-commands.js';
import type { FeedWriter } from '../domain/market/feed.js';
import type { MarketItem } from '../domain/market/market-item.js';
import type { Rules } from '../domain/rules.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { asStored, recallCheckpoint, takeCheckpoint } from '../engine/checkpoint.js';
import type { Engine } from '../engine/engine.js';
import type { FeedClock } from '../engine/feed-clock.js';
import { decideSome } from '../engine/slices.js';
import { doubtAll, sweepAll, type TurnOutbox, Turns } from '../engine/turns.js';
import { DtmsError } from '../errors/errors.js';
import type { JournalEntry } from '../store/bodies/journal.js';
import type { MarketKey, RestoredLog } from '../store/types.js';

/** An event that was made again, and whose call made it. */
export interface RehearsedEvent {
  readonly event: TradeEvent;
  readonly actor: string;
}

/** What an entry did. */
export interface RehearsedTurn {
  readonly events: readonly RehearsedEvent[];
  /** Of everything it changed. */
  readonly outbox: TurnOutbox;
  /** Why it was refused; null when it was not. */
  readonly refused: Error | null;
}

/** As older programs told what opens checks: theirs were of more trades, and took more steps. */
const OLDER: ReadonlySet<string> = new Set(['marketData', 'takeMarketData', 'resumeChecks']);

export class Rehearsal {
  readonly engine: Engine;
  readonly clock: FeedClock;
  readonly #turns: Turns;
  #now = 0;
  #passing = 0;

  private constructor(rules: Rules) {
    const clocks = { database: () => this.#now, process: () => this.#passing };
    this.#turns = new Turns(rules, clocks, 'off');
    this.engine = this.#turns.engine;
    this.clock = this.#turns.clock;
  }

  /**
   * Begins at a checkpoint.
   *
   * @param rules - by which it decides: those of the checkpoint, or others.
   * @throws UnreadableJournalError
   */
  static async begin(
    rules: Rules,
    parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(rules);
    await recallCheckpoint(rehearsal.#turns, parts);
    return rehearsal;
  }

  /** What its clocks show: of the last entry, UTC ms. */
  get now(): number {
    return this.#now;
  }

  /** All it has in memory. */
  get memory(): readonly object[] {
    return takeCheckpoint(this.#turns).map(asStored);
  }

  /**
   * Repeats what reached the engine.
   *
   * @param enough - market data is repeated item by item until it has made as many events as this.
   * @throws UnreadableJournalError when this program cannot
   */
  repeat(entry: JournalEntry, enough = Number.POSITIVE_INFINITY): RehearsedTurn {
    this.#now = entry.now;
    this.#passing = entry.passing;
    let refused: Error | null = null;
    try {
      this.#turns.take(entry, entry.actor, () => this.#act(entry, enough));
    } catch (error) {
      if (!(error instanceof DtmsError)) throw error;
      refused = error;
    }
    const outbox = this.#turns.settle();
    const { actor } = entry;
    return { outbox, refused, events: outbox.events.map((event) => ({ event, actor })) };
  }

  #act({ name, args, prepared }: JournalEntry, enough: number): void {
    const turns = this.#turns;
    turns.engine.checks.concern = OLDER.has(name) ? 'policies' : 'moved';
    switch (name) {
      case 'sweep':
        sweepAll(turns);
        break;
      case 'marketData': {
        const [feed, items] = args as [string, readonly MarketItem[]];
        for (const item of items) {
          if (turns.engine.undrained.length >= enough) break;
          // As older programs decided: all at once, in the order of registration.
          applyItem(turns, feed, item);
        }
        break;
      }
      case 'takeMarketData':
      case 'takeMarketItems': {
        const [feed, items] = args as [string, readonly MarketItem[]];
        for (const item of items) {
          if (turns.engine.undrained.length >= enough) break;
          takeItem(turns, feed, item);
        }
        break;
      }
      case 'decide': {
        const [market, steps] = args as [MarketKey, number];
        decideSome(turns.engine, market, steps, () => turns.engine.undrained.length >= enough);
        break;
      }
      case 'resumeChecks':
      case 'resumeOpenChecks':
        turns.engine.resumeChecks();
        break;
      case 'admitWriter': {
        const [feed, writer] = args as [string, FeedWriter];
        admitWriter(this.#deciding, feed, writer);
        break;
      }
      case 'doubtRestored':
        doubtAll(turns, args[0] as RestoredLog);
        break;
      default:
        toldCommand({ name, args }).apply(this.#deciding, prepared);
    }
  }

  /** Where the log stands decides nothing. */
  get #deciding() {
    const { engine, clock } = this.#turns;
    return { engine, clock, databaseNow: () => this.#turns.databaseNow(), revisionOf: () => 0, head: 0 };
  }
}
