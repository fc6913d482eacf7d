// A bridge as a process of its own, so that tests can kill it: the built program's parts, with the terminal
// in the parent process, which outlives it as a broker does. Arguments: server address, account, bridge id.
import { setTimeout as sleep } from 'node:timers/promises';
import { Bridge } from '../../dist/src/bridge/bridge.js';
import { ServerLeaseClient } from '../../dist/src/bridge/server-lease-client.js';
import { DtmsClient } from '../../dist/src/client/index.js';

const [address, account, bridgeId] = process.argv.slice(2);
const waiting = new Map();
let calls = 0;

process.on('message', ({ id, answer }) => {
  waiting.get(id)?.(answer);
  waiting.delete(id);
});

/** A method of the parent's terminal. */
const remote =
  (method) =>
  (...args) =>
    new Promise((resolve) => {
      calls += 1;
      waiting.set(calls, resolve);
      process.send({ id: calls, method, args });
    });

const terminal = {
  order: remote('order'),
  positions: remote('positions'),
  deals: remote('deals'),
  account: remote('account'),
};

const client = new DtmsClient({ address });
const bridge = new Bridge(new ServerLeaseClient(client, { account, bridgeId }), terminal);
await bridge.heartbeat();
// A lease that ended before its beginning is given again: the first order is the end of this process.
for (;;) {
  await bridge.drain();
  await sleep(50);
}
