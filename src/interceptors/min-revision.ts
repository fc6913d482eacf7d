// Owns what a caller says it has seen of the log: with `dtms-min-revision` a read is answered by a server that knows at
// least that, and everything that was acknowledged with it.
import { MethodClass } from '../../gen/ts/dtms/v1/access.js';
import type { Contract } from '../contract/contract.js';
import { invalidField } from '../errors/errors.js';
import type { Call } from './call.js';

/** Metadata, and over HTTP a header. */
export const MIN_REVISION_KEY = 'dtms-min-revision';

/** Waits until this server knows what the caller does; undefined where there is nothing to wait for. */
export type Attend = (call: Call) => Promise<void> | undefined;

/** Knows a revision sooner or later. @throws DtmsError REVISION_IN_FUTURE, NOT_LEADING where another server has to be asked */
export type Reach = (revision: number, signal: AbortSignal) => Promise<void> | undefined;

/** What changes something is done by the server that leads, which knows everything. */
const READS: ReadonlySet<MethodClass | undefined> = new Set([MethodClass.QUERY, MethodClass.STREAM]);
const REVISION = /^\d{1,15}$/;

/** Whether a method only reads. */
export function isRead(contract: Pick<Contract, 'access'>, path: string): boolean {
  return READS.has(contract.access(path)?.methodClass);
}

export function attending(contract: Pick<Contract, 'access'>, reach: Reach): Attend {
  return (call) => {
    const given = call.metadata.get(MIN_REVISION_KEY);
    if (given.length === 0 || !isRead(contract, call.method)) return undefined;
    const text = String(given[0]);
    if (given.length > 1 || !REVISION.test(text))
      throw invalidField(MIN_REVISION_KEY, 'must be one revision of the log');
    return reach(Number(text), call.signal);
  };
}
