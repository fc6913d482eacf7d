// Owns the snapshots that are being reconciled in parts: of each account at most one, which takes so many steps in a turn.
import type { Drift } from '../domain/trade/event.js';

export interface FoundDrift {
  readonly ticket: bigint;
  readonly drift: Drift;
  readonly note: string;
}

export interface ReconcileReport {
  /** Identifiers that are missed: look for each, then send another snapshot. */
  readonly probe: readonly bigint[];
  readonly drifts: readonly FoundDrift[];
  readonly registered: readonly bigint[];
  readonly closed: readonly bigint[];
  readonly settledActionIds: readonly string[];
}

/** One reconciliation of one account, as it goes on. */
interface Reconciling {
  /** Takes so many steps; whether that was all. */
  work(steps: number): boolean;
  report(): ReconcileReport;
  /** A trade of the account closed. */
  ended(ticket: bigint): void;
}

export class OpenReconciliations {
  readonly #open = new Map<string, Reconciling>();

  get size(): number {
    return this.#open.size;
  }

  has(account: string): boolean {
    return this.#open.has(account);
  }

  /** Takes the first steps of one; what it found, or null while there is more of it. */
  begin(account: string, reconciliation: Reconciling, steps: number): ReconcileReport | null {
    this.#open.set(account, reconciliation);
    return this.goOn(account, steps);
  }

  /** Takes so many steps more. */
  goOn(account: string, steps: number): ReconcileReport | null {
    const reconciliation = this.#open.get(account);
    if (reconciliation === undefined) throw new Error(`no snapshot of ${account} is being reconciled`);
    // One that fails is over: its account must not wait for it.
    this.#open.delete(account);
    if (reconciliation.work(steps)) return reconciliation.report();
    this.#open.set(account, reconciliation);
    return null;
  }

  /** A trade of the account closed. */
  ended(account: string, ticket: bigint): void {
    this.#open.get(account)?.ended(ticket);
  }
}
