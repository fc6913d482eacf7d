// Owns shadow evaluation: this build decides over the journal of a running installation, and what it decides otherwise is
// told by trade. It keeps to its own course: once it differs about a trade, what follows for that trade is a consequence.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { tradeKey } from '../engine/results.js';
import type { StoredCheckpoint } from '../store/journal.js';
import type { LogEvent } from '../store/types.js';
import { encodeEvent } from '../wire/event.js';
import { type DecisionDifference, type Decisions, decisionsOf, differing } from './decisions.js';
import type { RehearsedEvent } from './rehearsal.js';
import { type JournalSource, type RepeatedRow, type RepeatOptions, repeatJournal } from './repeat.js';
import { eventsOf } from './reproduce.js';

/** What the two decided about a trade in one transaction, where it is not the same. */
export interface ShadowDifference {
  /** The log's head before the transaction. */
  readonly after: number;
  readonly place: number;
  /** Database time of the transaction, UTC ms. */
  readonly recordedAt: number;
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly what: DecisionDifference;
  /** Whether the two had decided the same about the trade until now. */
  readonly standing: 'first' | 'consequence';
  readonly running: Decisions;
  readonly shadow: Decisions;
}

/** What came of it so far. */
export interface ShadowSum {
  rows: number;
  entries: number;
  /** Transitions and actions that the running build decided. */
  decisions: number;
  /** First differences by what differs. */
  readonly first: Record<DecisionDifference, number>;
  consequences: number;
  /** Events that decide the same with other numbers in them. */
  details: number;
  skippedRows: number;
  /** The log's newest revision that was compared. */
  revision: number;
}

/** Trades that are known to differ; the oldest are forgotten first. */
const MOST_TRADES = 100_000;

/** A trade's events of a transaction, of both builds. */
interface Pair {
  readonly running: LogEvent[];
  readonly shadow: RehearsedEvent[];
}

export class Shadow {
  readonly sum: ShadowSum = {
    rows: 0,
    entries: 0,
    decisions: 0,
    first: { transition: 0, action: 0, event: 0 },
    consequences: 0,
    details: 0,
    skippedRows: 0,
    revision: 0,
  };
  readonly #source: JournalSource;
  readonly #differing = new Set<string>();

  constructor(source: JournalSource) {
    this.#source = source;
  }

  /** Decides over the journal from a checkpoint on. @throws UnreadableJournalError */
  async *over(from: StoredCheckpoint, options: RepeatOptions): AsyncGenerator<ShadowDifference> {
    for await (const step of repeatJournal(this.#source, from, options)) {
      // Each term begins with what the running build had, for both.
      if (step.kind === 'begun') this.#differing.clear();
      if (step.kind === 'skipped') this.sum.skippedRows += 1;
      if (step.kind === 'repeated') yield* await this.#compare(step);
    }
  }

  async #compare(step: RepeatedRow): Promise<readonly ShadowDifference[]> {
    const { row, after, turns } = step;
    const last = row.base + row.events;
    this.sum.rows += 1;
    this.sum.entries += turns.length;
    const found: ShadowDifference[] = [];
    const pairs = pairsOf(
      await eventsOf(this.#source, after, last),
      turns.flatMap(({ events }) => events),
    );
    for (const [key, pair] of pairs) {
      const [running, shadow] = [pair.running.map(decoded), pair.shadow.map(remade)];
      const [decided, otherwise] = [decisionsOf(running), decisionsOf(shadow)];
      this.sum.decisions += decided.transitions.length + decided.actions.length;
      const what = differing(decided, otherwise);
      if (what === null) {
        if (!isSame(pair)) this.sum.details += 1;
        continue;
      }
      const standing = this.#differing.has(key) ? 'consequence' : 'first';
      this.#note(key);
      if (standing === 'first') this.sum.first[what] += 1;
      else this.sum.consequences += 1;
      const { account = '', ticket = 0n, symbol = '' } = running[0] ?? shadow[0] ?? {};
      const { place, recordedAt } = row;
      const where = { after, place, recordedAt, account, ticket, symbol };
      found.push({ ...where, what, standing, running: decided, shadow: otherwise });
    }
    this.sum.revision = last;
    return found;
  }

  #note(key: string): void {
    this.#differing.add(key);
    if (this.#differing.size <= MOST_TRADES) return;
    for (const oldest of this.#differing) {
      this.#differing.delete(oldest);
      return;
    }
  }
}

function pairsOf(logged: readonly LogEvent[], made: readonly RehearsedEvent[]): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  const pairOf = (account: string, ticket: bigint): Pair => {
    const key = tradeKey(account, ticket);
    const known = pairs.get(key) ?? { running: [], shadow: [] };
    pairs.set(key, known);
    return known;
  };
  for (const event of logged) pairOf(event.account, event.ticket).running.push(event);
  for (const each of made)
    pairOf(each.event.trade.spec.account, each.event.trade.spec.ticket).shadow.push(each);
  return pairs;
}

const encoded = ({ event, actor }: RehearsedEvent): Uint8Array => encodeEvent(event, actor);
const decoded = ({ payload }: LogEvent): TradeEvent => TradeEvent.decode(payload);
const remade = (each: RehearsedEvent): TradeEvent => TradeEvent.decode(encoded(each));

function isSame({ running, shadow }: Pair): boolean {
  return running.every(({ payload }, index) => {
    const made = shadow[index];
    return made !== undefined && Buffer.compare(payload, encoded(made)) === 0;
  });
}
