// Owns who leads: the server that holds a session lock in the database, and, because a lock can be lost
// without its holder noticing, whose number is the evaluator's epoch. Each new leader takes the next epoch,
// and from then on the database refuses every commit of the one before.
import type pg from 'pg';

import { inBackground, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { packageVersion } from '../package-files.js';
import type { Candidate } from './candidate.js';
import type { Notation } from './columns.js';
import { CommitRemoval } from './commits.js';
import { FencedError, StoreUnavailableError } from './errors.js';
import { readDelta } from './following.js';
import { writeCheckpoint } from './journal.js';
import type { LogWriter } from './log-writer.js';
import type { PackedStoredTrade } from './packed-stored-trade.js';
import { PartitionKeeper } from './partitions.js';
import {
  answered,
  connect,
  type DatabaseOptions,
  disconnect,
  distrust,
  planForWriting,
  query,
} from './pool.js';
import { IS_STANDBY, noPrimary } from './primary.js';
import { activeTrades, restore } from './reads.js';
import { requireKnown } from './schema-version.js';
import { ALL_READ_PACKED } from './servers.js';
import { HERE, type History, IS_SYNCHRONOUS, type LedTerm, PROMOTED, type Succession } from './succession.js';
import type { CommitPlace, Delta, JournalPlace, Restored } from './types.js';
import type { WarmFirst } from './warm-first.js';
import { Writer } from './writer.js';

export interface Leadership {
  readonly evaluatorEpoch: number;
  readonly writer: LogWriter;
  /** Everything but the trades. */
  restore(): Promise<Restored>;
  /** The active trades in the order of their registration, a page at a time. */
  trades(): AsyncIterable<PackedStoredTrade[]>;
  /** Writes a checkpoint, a part at a time; it counts once its last part is there. */
  writeCheckpoint(
    at: JournalPlace & { readonly evaluatorEpoch: number },
    parts: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly bytes: number }>;
  /** What changed since a commit; undefined where that cannot be told. */
  delta(since: CommitPlace): Promise<Delta | undefined>;
  /** Why what this leader knows may be old: it has not reached the database for a while. Null while it has. */
  readonly doubt: Error | null;
  /** Gives up the lead so that another server can have it at once. */
  release(): Promise<void>;
}

export interface LeadershipSettings {
  readonly connection: DatabaseOptions;
  readonly candidate: Candidate;
  readonly pool: pg.Pool;
  readonly partitionRevisions: number;
  readonly retainedBars: number;
  readonly logger: Logger;
  /** Called after each commit. */
  readonly committed: () => void;
  /** Called when the lead was given up in order. */
  readonly freed: () => void;
  /** Called once when the lead is lost without release(); commits fail from then on. */
  readonly onLost: (reason: Error) => void;
  /** Where the leader is reached, told to those that wait; empty where that is not known. */
  readonly address: string;
  /** This server, as others name it: the lead may be kept for one. */
  readonly serverId: string;
  /** Whether this server has the state of the log to lead with, or would have to restore it. */
  readonly state: 'there' | 'to restore';
  readonly warmFirst: WarmFirst;
  /** Called when another server leads, with the address it tells. */
  readonly onOther: (address: string) => void;
  readonly succession: Succession;
}

/** What the leader's session is called in the database, with the leader's address after it. */
const SESSION = 'dtms-leader';
/** Postgres cuts longer names. */
const LONGEST_SESSION = 63;
/** Held by who leads. */
export const LEAD_LOCK = '5274716210412002';
/**
 * Between an answered probe and the next. Short, so that nearly all of a session's silence is left to a process that is busy: it
 * keeps the lead although it sends nothing for 3.2 s (candidate.ts).
 */
const PROBE_MS = 250;
/** A probe that takes longer is lost, and the lead with it. */
const PROBE_PATIENCE_MS = 2500;
/** A leader answers from memory for so long after its last answered probe: less than the server waits. */
const LEASE_MS = PROBE_MS + PROBE_PATIENCE_MS;
const TAKE = `pg_try_advisory_lock(${LEAD_LOCK})`;
/** Takes the lead where nobody has it and no standby was promoted, or tells who has it. */
const ASK = `WITH ${HERE},
  asked AS MATERIALIZED (SELECT ${PROMOTED} AS promoted, ${IS_STANDBY} AS standby FROM log_head, here),
  tried AS MATERIALIZED (
    SELECT promoted, standby, CASE WHEN promoted OR standby THEN false ELSE ${TAKE} END AS held FROM asked)
  SELECT promoted, standby, held, (SELECT major FROM dtms_schema) AS major, CASE WHEN NOT held THEN (
    SELECT application_name FROM pg_stat_activity
    WHERE application_name LIKE '${SESSION} %' AND datname = current_database() AND usename = current_user LIMIT 1
  ) END AS leader FROM tried`;
/** Asked with each probe. */
const PROBE = `SELECT (${IS_SYNCHRONOUS}) AS synchronous, ${ALL_READ_PACKED} AS packs, ${IS_STANDBY} AS standby`;

/**
 * Takes the lead when nobody has it; undefined when another server leads.
 *
 * @throws StoreUnavailableError, UnsuitableDatabaseError
 */
export async function tryLead(settings: LeadershipSettings): Promise<Leadership | undefined> {
  const { candidate, onLost, warmFirst } = settings;
  const lead = new Lead(settings);
  try {
    const lock = await candidate.session((error) => lead.lose(error, onLost));
    if (!(await isTaken(lock, settings))) return undefined;
    if (await isForAnother(lock, settings)) {
      await candidate.close();
      return undefined;
    }
    const session = `${SESSION} ${settings.address}`.trim();
    if (session.length <= LONGEST_SESSION)
      await query(lock, `SELECT set_config('application_name', $1, false)`, [session]);
    await lead.begin(lock);
    candidate.elected();
    warmFirst.taken();
    return lead;
  } catch (error) {
    await lead.release();
    await candidate.close();
    throw error;
  }
}

/**
 * Takes the lock, unless another server has it, or is to have it: who holds it only to ask, keeps it from that one. One statement
 * where another server leads, as nearly always.
 */
async function isTaken(lock: pg.Client, settings: LeadershipSettings): Promise<boolean> {
  const { succession, warmFirst, onOther } = settings;
  const { rows } = await answered(query(lock, ASK), PROBE_PATIENCE_MS);
  const [asked] = rows;
  requireKnown(Number(asked?.major));
  if (asked?.standby === true) throw noPrimary(settings.connection.url);
  if (asked?.promoted === true) return isTakenAfterPromotion(lock, settings);
  succession.isSettled();
  if (asked?.held === true) return true;
  warmFirst.taken();
  onOther(String(asked?.leader ?? '').slice(SESSION.length + 1));
  return false;
}

async function isTakenAfterPromotion(lock: pg.Client, settings: LeadershipSettings): Promise<boolean> {
  if ((await settings.succession.heir(lock)) === 'another') return false;
  const { rows } = await answered(query(lock, `SELECT ${TAKE} AS held`), PROBE_PATIENCE_MS);
  return rows[0]?.held === true;
}

/** Whether another server should take the lead, which is free. */
async function isForAnother(
  lock: pg.Client,
  { serverId, succession, state, warmFirst }: LeadershipSettings,
): Promise<boolean> {
  if (await isKeptForAnother(lock, serverId)) return true;
  const heir = await succession.heir(lock);
  if (heir !== 'anyone') return heir === 'another';
  return state === 'to restore' && (await warmFirst.isLeftToAnother(lock, serverId));
}

/** Whether the leader before hands over to another server than this one. */
async function isKeptForAnother(on: pg.Client, serverId: string): Promise<boolean> {
  const { rows } = await query(
    on,
    'SELECT FROM cluster WHERE successor_until > clock_timestamp() AND successor <> $1',
    [serverId],
  );
  return rows.length > 0;
}

/** One server's lead, from the lock to its loss. */
class Lead implements Leadership, LedTerm {
  readonly #settings: LeadershipSettings;
  #lock: pg.Client | undefined;
  #writer: Writer | undefined;
  #history: History = { logEpoch: '', identity: '' };
  #evaluatorEpoch = 0;
  #firstHead = 0;
  #isSynchronous = false;
  /** Bodies are packed as long as every server reads them so. */
  #notation: Notation = 'text';
  readonly #ended = new AbortController();
  /** When the last probe that was answered was sent, by performance.now(). */
  #confirmedAt = 0;

  constructor(settings: LeadershipSettings) {
    this.#settings = settings;
  }

  get evaluatorEpoch(): number {
    return this.#evaluatorEpoch;
  }

  get logEpoch(): string {
    return this.#history.logEpoch;
  }

  get identity(): string {
    return this.#history.identity;
  }

  get head(): number {
    return this.#writer?.head ?? this.#firstHead;
  }

  get isSynchronous(): boolean {
    return this.#isSynchronous;
  }

  get writer(): LogWriter {
    if (this.#writer === undefined) throw new FencedError('The lead was never taken');
    return this.#writer;
  }

  get doubt(): Error | null {
    const silentMs = performance.now() - this.#confirmedAt;
    if (silentMs <= LEASE_MS) return null;
    return new StoreUnavailableError(
      `The lead was not confirmed for ${Math.round(silentMs)} ms`,
      'not_written',
    );
  }

  async begin(lock: pg.Client): Promise<void> {
    this.#lock = lock;
    const { connection, pool, partitionRevisions, logger, committed, onLost, succession } = this.#settings;
    this.#history = await succession.settle(lock, ({ ledHereLast, ...why }) =>
      logger.warn(
        { ...why, led_here_last: ledHereLast },
        'the database is not the one the log was written in: the log has a new epoch',
      ),
    );
    // Waits for a commit of the leader before that is still under way; none can follow.
    const { rows } = await query(
      lock,
      // What a program that records no commits wrote is a gap between them. Whoever the lead was kept for has it now, or is too late.
      `WITH kept AS (UPDATE cluster SET successor_until = '-infinity' WHERE successor_until <> '-infinity')
       UPDATE log_head SET evaluator_epoch = evaluator_epoch + 1, recording_epoch = evaluator_epoch + 1,
         commits = commits + CASE WHEN recording_epoch = evaluator_epoch THEN 0 ELSE 1 END
       RETURNING evaluator_epoch, revision, ${ALL_READ_PACKED} AS packs`,
    );
    this.#evaluatorEpoch = Number(rows[0]?.evaluator_epoch);
    const head = Number(rows[0]?.revision);
    this.#notation = rows[0]?.packs === true ? 'packed' : 'text';
    this.#firstHead = head;
    succession.led = this;
    this.#confirmedAt = performance.now();
    inBackground(this.#watch(lock));
    // Those of before may have fallen silent, which nobody notices who does not use them.
    distrust(pool);
    const partitions = await PartitionKeeper.open(pool, partitionRevisions, head, logger);
    const client = await connect(connection, 'writer', (error) => this.lose(error, onLost));
    await planForWriting(client);
    const removal = new CommitRemoval(pool, logger);
    const notation = (): Notation => this.#notation;
    this.#writer = new Writer(client, this.#evaluatorEpoch, head, partitions, notation, () => {
      committed();
      removal.count();
    });
    if (this.#over) throw new FencedError('The lead was lost while it was taken');
  }

  restore(): Promise<Restored> {
    return restore(this.#settings.pool, this.#settings.retainedBars);
  }

  trades(): AsyncIterable<PackedStoredTrade[]> {
    return activeTrades(this.#settings.pool);
  }

  writeCheckpoint(
    at: JournalPlace & { readonly evaluatorEpoch: number },
    parts: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly bytes: number }> {
    return writeCheckpoint(this.#settings.pool, { ...at, version: packageVersion() }, parts);
  }

  delta(since: CommitPlace): Promise<Delta | undefined> {
    return readDelta(this.#settings.pool, since, this.#settings.retainedBars);
  }

  /** Called with every sign that the lead is gone; the first one counts. */
  lose(reason: Error, onLost: (reason: Error) => void): void {
    if (this.#over) return;
    this.#writer?.end(new FencedError(`The lead is lost: ${reason.message}`, { cause: reason }));
    const taken = this.#writer !== undefined;
    inBackground(this.release());
    // While it is still being taken, tryLead() fails instead.
    if (taken) onLost(reason);
  }

  async release(): Promise<void> {
    if (this.#over) return;
    this.#ended.abort();
    // The writer first: when the lock is free, nothing of ours may still be under way.
    await this.#writer?.close();
    if (this.#lock === undefined) return;
    await disconnect(this.#lock);
    if (this.#writer !== undefined) this.#settings.freed();
  }

  get #over(): boolean {
    return this.#ended.signal.aborted;
  }

  /** Keeps the session from falling silent, and notices when it is gone: one probe after the other. Never rejects. */
  async #watch(lock: pg.Client): Promise<void> {
    try {
      while (!this.#over) {
        const sentAt = performance.now();
        const { rows } = await answered(query(lock, PROBE), PROBE_PATIENCE_MS);
        if (rows[0]?.standby === true) throw noPrimary(this.#settings.connection.url);
        this.#confirmedAt = sentAt;
        this.#isSynchronous = rows[0]?.synchronous === true;
        this.#notation = rows[0]?.packs === true ? 'packed' : 'text';
        await pause(PROBE_MS, this.#ended.signal);
      }
    } catch (error) {
      this.lose(error instanceof Error ? error : new Error(String(error)), this.#settings.onLost);
    }
  }
}
