// Watches an account: first its trades as they are, then every change of them, until Ctrl-C. When the
// server restarts, the watch resumes where it was.
//
//   npm run build && node dist/docs/examples/typescript/watch.js [SERVER [ACCOUNT]]
import { DtmsClient, isCompacted, isEpochChanged, TradeState } from 'dtms/client';

const [address = '127.0.0.1:50051', account = 'demo'] = process.argv.slice(2);
const client = new DtmsClient({ address });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

try {
  const messages = client.watchTrades({
    filter: { account },
    sendInitialState: true,
    signal: stop.signal,
    onBreak: (error) => console.error(`interrupted, resuming: ${error.message}`),
  });
  for await (const message of messages) {
    if (message.$case === 'snapshotItem') {
      const { trade } = message.value;
      if (trade !== undefined) console.log(`${trade.ticket} is ${TradeState[trade.state]}`);
    } else if (message.$case === 'snapshotEnd') {
      console.log(`these were all at revision ${message.value.revision}`);
    } else if (message.$case === 'events') {
      for (const { revision, ticket, state, change } of message.value.events) {
        console.log(`${revision}: ${ticket} ${change?.$case}, ${TradeState[state]}`);
      }
    }
  }
} catch (error) {
  // The place in the log is gone, or the log is another one: what is known must be taken anew.
  if (!isCompacted(error) && !isEpochChanged(error)) throw error;
  console.error(`start again: ${error.message}`);
  process.exitCode = 1;
} finally {
  client.close();
}
