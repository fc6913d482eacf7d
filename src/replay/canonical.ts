// The canonical text of an event, which is the same wherever and whenever a replay runs, and its hash.
import { createHash } from 'node:crypto';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { PlannedAction } from '../../gen/ts/dtms/v1/types.js';

/** The account and feed that stand for every run's own. */
export const REPLAY_NAME = 'replay';

/** Action ids begin with the account: `account:ticket:version:TYPE`. */
function canonicalActionId(actionId: string, account: string): string {
  return actionId.startsWith(`${account}:`) ? `${REPLAY_NAME}${actionId.slice(account.length)}` : actionId;
}

function canonicalChange(change: TradeEvent['change'], account: string): TradeEvent['change'] {
  switch (change?.$case) {
    case 'registered': {
      const { spec } = change.value;
      if (spec === undefined) return change;
      return {
        ...change,
        value: { ...change.value, spec: { ...spec, account: REPLAY_NAME, feed: REPLAY_NAME } },
      };
    }
    case 'stateChanged': {
      const planned = change.value.planned.map(
        (action): PlannedAction => ({ ...action, actionId: canonicalActionId(action.actionId, account) }),
      );
      return { ...change, value: { ...change.value, planned } };
    }
    case 'updated': {
      const settledActionIds = change.value.settledActionIds.map((id) => canonicalActionId(id, account));
      return { ...change, value: { ...change.value, settledActionIds } };
    }
    default:
      return change;
  }
}

/**
 * One line of JSON, in the proto's field order, without what depends on the log it was written to
 * (revision, log_epoch, previous_revision, recorded_at) and with the run's account and feed replaced.
 */
export function canonicalLine(event: TradeEvent): string {
  return JSON.stringify(
    TradeEvent.toJSON({
      ...event,
      revision: 0n,
      logEpoch: '',
      previousRevision: 0n,
      recordedAt: undefined,
      account: REPLAY_NAME,
      change: canonicalChange(event.change, event.account),
    }),
  );
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
