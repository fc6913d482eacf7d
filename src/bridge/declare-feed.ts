// Owns telling a server that a feed is a recording, so that no feed's name has to say it.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { type Feed, FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import type { CallOptions } from '../client/call.js';
import type { DtmsClient } from '../client/client.js';
import { hasReason } from '../client/errors.js';

const PAGE = 1000;

/**
 * Makes a recorded feed, open to everybody where the key may do that, else to `account` alone. A feed that is there
 * already stays as it is. Throws FEED_DENIED where it is somebody else's.
 */
export async function declareRecording(
  client: DtmsClient,
  feed: string,
  account: string,
  call?: CallOptions,
): Promise<void> {
  if (await isThere(client, feed, call)) return;
  const recorded = { feed, kind: FeedKind.RECORDED };
  try {
    await client.upsertFeed({ ...recorded, accounts: [] }, call);
  } catch (error) {
    // The key is limited to accounts.
    if (!hasReason(error, ErrorReason.PERMISSION_DENIED)) throw error;
    await client.upsertFeed({ ...recorded, accounts: [account] }, call);
  }
}

/** Whether somebody made it: one that trades wait for is listed as well. */
function isMade({ kind, accounts, madeBy, markets }: Feed): boolean {
  return kind === FeedKind.RECORDED || accounts.length > 0 || madeBy !== '' || markets > 0n;
}

async function isThere(client: DtmsClient, feed: string, call?: CallOptions): Promise<boolean> {
  let pageToken = '';
  do {
    const page = await client.listFeeds({ pageSize: PAGE, pageToken }, call);
    const known = page.feeds.find(({ name }) => name === feed);
    if (known !== undefined) return isMade(known);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return false;
}
