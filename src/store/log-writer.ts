// Owns what a leader needs of the store to write its log.
import type { CommitBatch, CommitResult } from './types.js';

/** The single writer's side: only the server that holds the evaluator's lease has one. */
export interface LogWriter {
  /**
   * Writes a batch in one transaction, the log last. Throws FencedError when another server took
   * over (nothing was written), StoreUnavailableError when the outcome is unknown or the database is
   * away.
   */
  commit(batch: CommitBatch): Promise<CommitResult>;
  /** Encodes a batch that is complete and is committed next, while the one before it is written; `base` is the head it goes on. */
  prepare?(batch: CommitBatch, base: number): void;
}
