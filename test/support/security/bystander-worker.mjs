// The other caller, in a thread of its own so that an attacker's work does not delay it: makes one small call
// after the other on one connection and times each. Its messages: 'mark' begins a new series and answers with
// the one before; 'end' answers with the last one and stops.
import { connect } from 'node:http2';
import { parentPort, workerData } from 'node:worker_threads';

const { address, path, body, headers, pauseMs } = workerData;
const session = connect(`http://${address}`);
let series = { latencies: [], failures: [] };
let running = true;

session.on('error', (error) => series.failures.push(`the connection: ${error.message}`));
parentPort.on('message', (message) => {
  parentPort.postMessage(series);
  series = { latencies: [], failures: [] };
  if (message === 'end') {
    running = false;
    session.destroy();
    parentPort.close();
  }
});

while (running) {
  const began = performance.now();
  const failure = await call();
  if (!running) break;
  if (failure === undefined) series.latencies.push(performance.now() - began);
  else series.failures.push(failure);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}

function call() {
  return new Promise((resolve) => {
    if (session.destroyed || session.closed) {
      resolve('the connection is gone');
      return;
    }
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '5S',
      ...headers,
    });
    let code;
    const read = (received) => {
      code = received['grpc-status'] ?? code;
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => undefined);
    stream.on('close', () => resolve(code === '0' ? undefined : `grpc-status ${code}`));
    stream.resume();
    stream.end(Buffer.from(body));
  });
}
