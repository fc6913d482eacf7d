// A neighbour: a caller in a process of its own, so that neither the test's event loop nor another caller's delays
// it. Standard input has its orders, one JSON object a line; each is answered by one on standard output.
//   {"address", "calls": [{"path", "headers", "body"}], "atOnce", "perSecond", "seconds"}
// makes calls (bodies in base64, gRPC's framing included), one after the other of the list, and tells
//   {"sent", "codes": {code: count}, "latencies": [ms of every answered call], "seconds"}
// perSecond paces them evenly whatever the answers take, so that a slow server gets no fewer; a call that would
// make more than atOnce wait is left out. Without perSecond atOnce calls are always under way.
import { connect } from 'node:http2';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line)))}\n`);
}

async function obey({ address, calls, atOnce, perSecond, seconds }) {
  const session = connect(`http://${address}`, { maxSessionMemory: 4000 });
  session.on('error', () => undefined);
  const made = calls.map(({ path, headers, body }) => ({
    headers: {
      ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
      ...headers,
    },
    body: Buffer.from(body, 'base64'),
  }));
  const told = { sent: 0, codes: {}, latencies: [], seconds: 0 };
  const began = performance.now();
  const over = () => performance.now() - began > seconds * 1000;
  const one = async () => {
    const sentAt = performance.now();
    const code = await send(session, made[told.sent++ % made.length]);
    told.codes[code] = (told.codes[code] ?? 0) + 1;
    told.latencies.push(performance.now() - sentAt);
  };
  if (perSecond === undefined) {
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (!over()) await one();
      }),
    );
  } else {
    const open = new Set();
    for (let slot = 1; !over(); slot += 1) {
      if (open.size < atOnce) {
        const call = one().then(() => open.delete(call));
        open.add(call);
      }
      const wait = began + (slot * 1000) / perSecond - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    }
    await Promise.all(open);
  }
  told.seconds = (performance.now() - began) / 1000;
  session.destroy();
  return told;
}

function send(session, { headers, body }) {
  return new Promise((resolve) => {
    let code = 'none';
    const stream = session.request(headers);
    const read = (received) => {
      code = received['grpc-status'] ?? code;
    };
    const patience = setTimeout(() => stream.close(), 20_000);
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearTimeout(patience);
      resolve(code);
    });
    stream.resume();
    stream.end(body);
  });
}
