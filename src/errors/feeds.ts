// Owns the errors about feeds: whose they are, who follows them, and how much there may be.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from './errors.js';

export function feedNotFound(feed: string): DtmsError {
  return new DtmsError(ErrorReason.FEED_NOT_FOUND, `there is no feed ${feed}`, { metadata: { feed } });
}

/** The same whether the key does not name the feed or others may follow it. */
export function feedDenied(feed: string, key: string): DtmsError {
  return new DtmsError(ErrorReason.FEED_DENIED, `the key ${key} may not write the feed ${feed}`, {
    metadata: { feed, key },
  });
}

export function feedNotFollowed(feed: string, account: string, why: string): DtmsError {
  return new DtmsError(
    ErrorReason.FEED_NOT_FOLLOWED,
    `trades of account ${account} may not follow the feed ${feed}: ${why}`,
    { metadata: { feed, account } },
  );
}

/** `account` is one of those whose trades follow it. */
export function feedInUse(feed: string, account: string, why: string): DtmsError {
  return new DtmsError(
    ErrorReason.FEED_IN_USE,
    `trades of account ${account} follow the feed ${feed}: ${why}`,
    {
      metadata: { feed, account },
    },
  );
}

/** `what` there may be `limit` of. */
export function limitReached(what: string, limit: number): DtmsError {
  return new DtmsError(ErrorReason.LIMIT_REACHED, `there are ${limit} ${what}, and no more are taken`, {
    metadata: { what, limit: String(limit) },
  });
}
