// Watches of their own process that resume from the beginning of the log at once, and end at a revision; how long that took, in ms,
// is all they say. `node catching-up.js ADDRESS WATCHES LOG_EPOCH REVISION`
import { WatchTradesRequest } from '../gen/ts/dtms/v1/trade_service.js';
import { revisionOf, watchAll } from './support/watchers.js';

const [address = '', watches = '', logEpoch = '', revision = ''] = process.argv.slice(2);
const target = Number(revision);
const startedAt = performance.now();
await watchAll({
  address,
  watchers: Number(watches),
  request: WatchTradesRequest.fromPartial({ resumeAfter: { logEpoch, revision: 0n } }),
  reader: () => (message) => (revisionOf(message) ?? 0) >= target,
});
process.stdout.write(`${performance.now() - startedAt}\n`);
