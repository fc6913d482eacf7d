// Owns the canonical text of an event, which is the same wherever and whenever a replay runs, and its hash.
import { createHash } from 'node:crypto';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { Action } from '../../gen/ts/dtms/v1/types.js';

/** The account, feed and bridge that stand for every run's own. */
export const REPLAY_NAME = 'replay';

/** Leases are by the database's clock. Their tokens are not: they are the trade's versions. */
function timeless(action: Action): Action {
  const lease = action.lease === undefined ? undefined : { ...action.lease, endsAt: undefined };
  return { ...action, lease, notBefore: undefined, begunAt: undefined, settleBy: undefined };
}

function canonicalChange(change: TradeEvent['change']): TradeEvent['change'] {
  switch (change?.$case) {
    case 'stateChanged':
      return { ...change, value: { ...change.value, planned: change.value.planned.map(timeless) } };
    case 'actionPlanned':
      return { ...change, value: { ...change.value, planned: change.value.planned.map(timeless) } };
    case 'actionChanged': {
      const { action } = change.value;
      if (action === undefined) return change;
      return { ...change, value: { ...change.value, action: timeless(action) } };
    }
    default:
      return change;
  }
}

/**
 * One line of JSON, in the proto's field order, without what depends on the log it was written to
 * (revision, log_epoch, previous_revision, recorded_at), on whose key it was, or on the database's clock, and with the run's
 * account and feed, which are one name, replaced wherever they are named.
 */
export function canonicalLine(event: TradeEvent): string {
  const line = JSON.stringify(
    TradeEvent.toJSON({
      ...event,
      revision: 0n,
      logEpoch: '',
      previousRevision: 0n,
      recordedAt: undefined,
      actor: '',
      change: canonicalChange(event.change),
    }),
  );
  return event.account === REPLAY_NAME ? line : line.replaceAll(event.account, REPLAY_NAME);
}

/** SHA-256 of lines as they come; the same as of a file that has each on a line of its own. */
export class LogHash {
  readonly #hash = createHash('sha256');

  add(line: string): void {
    this.#hash.update(line).update('\n');
  }

  /** The hash in hex; nothing can be added after. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}
