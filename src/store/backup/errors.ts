// Owns why a backup is not made, or not restored: each with what to do instead.

export type BackupFault =
  /** Not a file that `dtms backup` made. */
  | 'NOT_A_BACKUP'
  /** It is not as it was written, or ends early. */
  | 'DAMAGED'
  /** A newer program made it. */
  | 'NEWER'
  /** The database to restore into has something in it. */
  | 'NOT_EMPTY'
  /** A server works on the database to restore into. */
  | 'IN_USE'
  /** There is a file of that name. */
  | 'EXISTS'
  /** The database to back up is not one of DTMS. */
  | 'NOTHING';

export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly fault: BackupFault;

  constructor(fault: BackupFault, message: string, options?: ErrorOptions) {
    super(`${message} (${fault})`, options);
    this.fault = fault;
  }
}
