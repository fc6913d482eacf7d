// Owns turns: whatever reaches the engine does so in one, which happens at one moment and is told to the journal. What the
// engine does by itself at the end of a turn belongs to it. Whoever repeats the same turns at the same moments gets the
// same events.
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import type { JournalEntry, Told } from '../store/bodies/journal.js';
import type { RestoredLog } from '../store/types.js';
import type { AccountStep } from './accounts.js';
import { goOnInTurn } from './caps.js';
import type { DatabaseClock } from './database-clock.js';
import { Engine } from './engine.js';
import { FeedClock } from './feed-clock.js';
import { flattenTripped } from './flatten.js';
import { holdPlanned, releaseInTime } from './holds.js';
import { doubtRestored, sweepLeases } from './leases.js';
import type { Outbox } from './results.js';

/** How turns are taken. */
export interface TurnSettings {
  readonly rules: Rules;
  /** Time that passes on this machine, UTC ms; it never goes back. */
  readonly processClock: () => number;
  /** Whether what reaches the engine is written into the journal. */
  readonly journal: 'kept' | 'off';
  /** Of this process: what is known of the time does not end with a term or a replica. By default each has its own. */
  readonly databaseClock?: DatabaseClock | undefined;
}

/** The clocks of turns. UTC ms. */
export interface TurnClocks {
  database(): number;
  /** Time that passes on this machine and never goes back. */
  process(): number;
}

/** The moment of a turn by both. */
interface TurnMoment {
  readonly now: number;
  readonly passing: number;
}

/** What a turn left to be written. */
export interface TurnOutbox extends Outbox {
  readonly steps: readonly AccountStep[];
}

/** Entries that wait for a change to be written with: above this they are written without. */
const MOST_WAITING = { entries: 1000, items: 10_000 };
const SWEEP: Told = { name: 'sweep', args: [] };

export class Turns {
  readonly engine: Engine;
  readonly clock: FeedClock;
  readonly #clocks: TurnClocks;
  readonly #isKept: boolean;
  #moment: TurnMoment | null = null;
  #entries: JournalEntry[] = [];
  #items = 0;
  /** Whether the last entry is a sweep that changed nothing: the next one stands for it too. */
  #endsIdle = false;

  /** @param journal - whether turns are to be written into the journal. */
  constructor(rules: Rules, clocks: TurnClocks, journal: 'kept' | 'off') {
    this.engine = new Engine(rules);
    this.#clocks = clocks;
    this.#isKept = journal === 'kept';
    this.clock = new FeedClock({
      database: () => this.databaseNow(),
      process: () => this.#moment?.passing ?? clocks.process(),
      kindOf: (feed) => this.engine.feeds.feedKind(feed),
    });
  }

  /** The database's clock, UTC ms: what leases end by. It stands still within a turn. */
  databaseNow(): number {
    return this.#moment?.now ?? this.#clocks.database();
  }

  /**
   * Takes a turn; settle() ends it, in the same turn of the event loop.
   *
   * @param told - what the journal is told, and nobody changes any more; a function is asked after the turn.
   * @param actor - whose call it is; empty when DTMS does it by itself.
   * @throws what `act` throws; then the turn is over
   */
  take<T>(told: Told | (() => Told), actor: string, act: () => T): T {
    const moment = { now: this.#clocks.database(), passing: this.#clocks.process() };
    this.#moment = moment;
    this.engine.reference.tell(moment.now);
    try {
      const result = act();
      if (this.#isKept) this.#keep({ ...(typeof told === 'function' ? told() : told), actor, ...moment });
      return result;
    } catch (error) {
      // Refused, but not before it changed something: so it will be when it is repeated.
      if (this.#isKept && typeof told !== 'function' && this.engine.isChanged)
        this.#keep({ ...told, actor, ...moment });
      this.#moment = null;
      throw error;
    }
  }

  /** Takes the turn of what time alone does: leases end, what was held goes on. Called every half second or so. */
  sweep(): TurnOutbox {
    const endedIdle = this.#endsIdle;
    this.take(SWEEP, '', () => sweepAll(this));
    const outbox = this.settle();
    if (!this.#isKept) return outbox;
    if (endedIdle) this.#forget(this.#entries.length - 2);
    this.#endsIdle = isNothing(outbox);
    return outbox;
  }

  /** Ends a turn: does what the engine has to do because of it, and hands out all that changed. */
  settle(): TurnOutbox {
    flattenTripped(this.engine, (trade) => this.clock.now(this.engine.feedOf(trade)));
    holdPlanned(this.engine, this.engine.undrained, this.databaseNow());
    this.#moment = null;
    return { ...this.engine.drain(), steps: this.engine.accounts.drainSteps() };
  }

  /** Whether too many entries wait for a change. */
  get isFull(): boolean {
    return this.#entries.length > MOST_WAITING.entries || this.#items > MOST_WAITING.items;
  }

  /** The entries of the turns since the last call, in order. */
  drainEntries(): readonly JournalEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#items = 0;
    this.#endsIdle = false;
    return entries;
  }

  #keep(entry: JournalEntry): void {
    this.#entries.push(entry);
    this.#items += itemsOf(entry);
    this.#endsIdle = false;
  }

  #forget(index: number): void {
    const [entry] = this.#entries.splice(index, 1);
    this.#items -= entry === undefined ? 0 : itemsOf(entry);
  }
}

/** How much was told: what lists hold counts one by one. */
function itemsOf({ args }: Told): number {
  return args.reduce((sum: number, arg) => sum + (Array.isArray(arg) ? arg.length : 1), 0);
}

/** What time alone does at the moment of a turn. */
export function sweepAll(turns: Turns): void {
  const { engine, clock } = turns;
  const now = turns.databaseNow();
  const times = new Map<string, number>();
  // It stands still within a turn, and a sweep asks it of every trade with an open action.
  const at = (trade: Trade): number => {
    const feed = engine.feedOf(trade);
    const known = times.get(feed) ?? clock.now(feed);
    times.set(feed, known);
    return known;
  };
  engine.flags.tick(now);
  sweepLeases(engine, now, at);
  releaseInTime(engine, now, at);
  goOnInTurn(engine, now, at);
}

/** Puts in doubt what may have been done after the log was saved. */
export function doubtAll(turns: Turns, restored: RestoredLog): void {
  doubtRestored(turns.engine, restored, turns.databaseNow(), (trade) =>
    turns.clock.now(turns.engine.feedOf(trade)),
  );
}

/** Whether a turn left nothing to be written. */
export function isNothing(outbox: TurnOutbox): boolean {
  return Object.values(outbox).every((part) => part.length === 0);
}

/** Whether a turn planned anything for a bridge. */
export function plansActions({ events }: Pick<TurnOutbox, 'events'>): boolean {
  return events.some(
    ({ change }) =>
      (change.kind === 'stateChanged' || change.kind === 'actionPlanned') && change.planned.length > 0,
  );
}
