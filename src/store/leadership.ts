// Who leads: the server that holds a session lock in the database, and, because a lock can be lost
// without its holder noticing, whose number is the evaluator's epoch. Each new leader takes the next
// epoch, and from then on the database refuses every commit of the one before.
import type pg from 'pg';

import type { Logger } from '../observability/logger.js';
import { settleEpoch } from './checks.js';
import { FencedError } from './errors.js';
import { PartitionKeeper } from './partitions.js';
import { type ConnectionOptions, connect, disconnect, planForWriting, query } from './pool.js';
import { activeTrades, restore } from './reads.js';
import type { LogWriter, Restored, StoredTrade } from './types.js';
import { Writer } from './writer.js';

export interface Leadership {
  readonly evaluatorEpoch: number;
  readonly writer: LogWriter;
  /** Everything but the trades. */
  restore(): Promise<Restored>;
  /** The active trades in the order of their registration, a page at a time. */
  trades(): AsyncIterable<StoredTrade[]>;
  /** Gives up the lead so that another server can have it at once. */
  release(): Promise<void>;
}

export interface LeadershipSettings {
  readonly connection: ConnectionOptions;
  readonly pool: pg.Pool;
  readonly partitionRevisions: number;
  readonly retainedBars: number;
  readonly logger: Logger;
  /** Called after each commit. */
  readonly committed: () => void;
  /** Called once when the lead is lost without release(); commits fail from then on. */
  readonly onLost: (reason: Error) => void;
}

const LOCK = '5274716210412002';
const PROBE_MS = 2000;
/** The server ends a leader's session that was silent this long: it is frozen or cut off. */
const SILENCE_MS = 10_000;

/** Takes the lead when nobody has it; undefined when another server leads. */
export async function tryLead(settings: LeadershipSettings): Promise<Leadership | undefined> {
  const { connection, onLost } = settings;
  const term = new Term(settings);
  // Its statements are short: a time-out here means that nobody answers.
  const lock = await connect({ ...connection, statementTimeoutMs: SILENCE_MS / 2 }, 'leader', (error) =>
    term.lose(error, onLost),
  );
  try {
    const { rows } = await query(lock, `SELECT pg_try_advisory_lock(${LOCK}) AS held`);
    if (rows[0]?.held !== true) {
      await disconnect(lock);
      return undefined;
    }
    await query(lock, `SET idle_session_timeout = ${SILENCE_MS}`);
    await term.begin(lock);
    return term;
  } catch (error) {
    await term.release();
    await disconnect(lock);
    throw error;
  }
}

/** One server's lead, from the lock to its loss. */
class Term implements Leadership {
  readonly #settings: LeadershipSettings;
  #lock: pg.Client | undefined;
  #writer: Writer | undefined;
  #evaluatorEpoch = 0;
  #probe: NodeJS.Timeout | undefined;
  #over = false;

  constructor(settings: LeadershipSettings) {
    this.#settings = settings;
  }

  get evaluatorEpoch(): number {
    return this.#evaluatorEpoch;
  }

  get writer(): LogWriter {
    if (this.#writer === undefined) throw new FencedError('The lead was never taken');
    return this.#writer;
  }

  async begin(lock: pg.Client): Promise<void> {
    this.#lock = lock;
    const { connection, pool, partitionRevisions, logger, committed, onLost } = this.#settings;
    await settleEpoch(lock);
    // Waits for a commit of the leader before that is still under way; none can follow.
    const { rows } = await query(
      lock,
      'UPDATE log_head SET evaluator_epoch = evaluator_epoch + 1 RETURNING evaluator_epoch, revision',
    );
    this.#evaluatorEpoch = Number(rows[0]?.evaluator_epoch);
    const head = Number(rows[0]?.revision);
    const partitions = await PartitionKeeper.open(pool, partitionRevisions, head, logger);
    const client = await connect(connection, 'writer', (error) => this.lose(error, onLost));
    await planForWriting(client);
    this.#writer = new Writer(client, this.#evaluatorEpoch, head, partitions, committed);
    this.#watch(lock);
    if (this.#over) throw new FencedError('The lead was lost while it was taken');
  }

  restore(): Promise<Restored> {
    return restore(this.#settings.pool, this.#settings.retainedBars);
  }

  trades(): AsyncIterable<StoredTrade[]> {
    return activeTrades(this.#settings.pool);
  }

  /** Called with every sign that the lead is gone; the first one counts. */
  lose(reason: Error, onLost: (reason: Error) => void): void {
    if (this.#over) return;
    this.#writer?.end(new FencedError(`The lead is lost: ${reason.message}`, { cause: reason }));
    const taken = this.#writer !== undefined;
    this.release().catch(() => undefined);
    // While it is still being taken, tryLead() fails instead.
    if (taken) onLost(reason);
  }

  async release(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#probe);
    // The writer first: when the lock is free, nothing of ours may still be under way.
    await this.#writer?.close();
    if (this.#lock !== undefined) await disconnect(this.#lock);
  }

  /** Keeps the session from falling silent, and notices when it is gone. */
  #watch(lock: pg.Client): void {
    this.#probe = setInterval(() => {
      query(lock, 'SELECT 1').catch((error) =>
        this.lose(error instanceof Error ? error : new Error(String(error)), this.#settings.onLost),
      );
    }, PROBE_MS);
    this.#probe.unref();
  }
}
