// Owns the record of calls that were denied. The first of a kind is recorded at once; those like it are counted and
// recorded together, so that whoever floods the service does not flood the record.
import type { Logger } from '../observability/logger.js';
import type { AuditTable } from '../store/audits.js';
import type { Audit } from '../store/types.js';

/** A call that was denied. */
export interface Denial extends Omit<Audit, 'ticket' | 'detail'> {
  /** The reason it was told. */
  readonly reason: string;
}

interface Counted {
  readonly denial: Denial;
  /** Those that are not on record yet. */
  calls: number;
}

/** Between two records of the same kind, in ms. */
const SPAN_MS = 60_000;
/** Kinds told apart in that time: callers by what they were denied for. Others are counted together. */
const MOST_KINDS = 200;

const OTHERS: Denial = { actor: '', actorId: '', method: '', account: '', reason: 'OTHERS' };

export class Denials {
  readonly #audits: Pick<AuditTable, 'add'>;
  readonly #logger: Logger;
  readonly #kinds = new Map<string, Counted>();
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(audits: Pick<AuditTable, 'add'>, logger: Logger) {
    this.#audits = audits;
    this.#logger = logger;
  }

  /** Begins to record what is counted. */
  start(): void {
    this.#timer = setInterval(() => this.#record(), SPAN_MS);
    this.#timer.unref();
  }

  /** Records what is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#record();
    await this.#writing;
  }

  /** Takes a denial, and waits for nothing. */
  take(denial: Denial): void {
    const kind = `${denial.actorId} ${denial.actor} ${denial.reason}`;
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.calls += 1;
      return;
    }
    if (this.#kinds.size < MOST_KINDS) {
      this.#kinds.set(kind, { denial, calls: 0 });
      this.#add(denial, 1);
      return;
    }
    const others = this.#kinds.get('') ?? { denial: OTHERS, calls: 0 };
    others.calls += 1;
    this.#kinds.set('', others);
  }

  #record(): void {
    for (const [kind, counted] of this.#kinds) {
      // Silent for a whole span: the next one is the first again.
      if (counted.calls === 0) this.#kinds.delete(kind);
      else this.#add(counted.denial, counted.calls);
      counted.calls = 0;
    }
  }

  /** One at a time: what is denied must not take the database's connections from what is not. */
  #add({ reason, ...denied }: Denial, calls: number): void {
    const audit = { ...denied, ticket: 0n, detail: { denied: reason, calls } };
    this.#writing = this.#writing
      .then(() => this.#audits.add(audit))
      .catch((error: unknown) => this.#logger.warn({ error }, 'denied calls were not recorded'));
  }
}
