// Every option of a client, with what is usual, and how its errors are told apart.
//
//   npm run build && node dist/docs/examples/typescript/options.js [SERVER]
import { readFileSync } from 'node:fs';
import { credentials } from '@grpc/grpc-js';
import {
  CircuitOpenError,
  DtmsCallError,
  DtmsClient,
  ErrorReason,
  hasReason,
  isTransient,
  isUnavailable,
} from 'dtms/client';

const [address = '127.0.0.1:50051', keyFile, certificate] = process.argv.slice(2);
const client = new DtmsClient({
  address,
  credentials: certificate === undefined ? undefined : credentials.createSsl(readFileSync(certificate)),
  apiKey: keyFile === undefined ? undefined : () => readFileSync(keyFile, 'utf8').trim(),
  headers: { 'x-team': 'exits' },
  deadlines: { read: 2_000, change: 5_000, batch: 30_000 },
  defaults: { retryMs: 10_000 },
  breaker: { failures: 5, openMs: 1_000 },
  keepalive: { everyMs: 30_000, timeoutMs: 10_000 },
});

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
try {
  const call = { signal: stop.signal, deadlineMs: 1_000, headers: { 'x-correlation-id': 'my-id-1' } };
  const { trade } = await client.getTrade({ account: 'demo', ticket: '43' }, call);
  console.log(`found: ${trade?.symbol}`);
} catch (error) {
  if (hasReason(error, ErrorReason.TRADE_NOT_FOUND)) console.log(`not registered: ${error.message}`);
  else if (error instanceof CircuitOpenError) console.log('not sent: the server was away for a while');
  else if (isUnavailable(error)) console.log('no server, or one that cannot serve');
  else if (isTransient(error)) console.log(`later perhaps: ${error.report.retryAfterMs ?? 0} ms`);
  else if (error instanceof DtmsCallError) console.log(`refused: ${error.report.correlationId}`);
  else throw error;
} finally {
  client.close();
}
