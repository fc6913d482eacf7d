// A bridge in a child process and the terminal it works at: the test says at which order the process dies.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OrderRequest, Terminal } from '../../src/broker/terminal.js';
import { fault } from './fault-count.js';

const CHILD = join(import.meta.dirname, 'bridge-child.mjs');

/** When an order of the bridge kills it. */
export type Death = 'before the broker has the order' | 'after the broker took the order';

type Call =
  | { readonly id: number; readonly method: 'order'; readonly args: readonly [OrderRequest] }
  | { readonly id: number; readonly method: 'deals'; readonly args: readonly [number] }
  | { readonly id: number; readonly method: 'positions' | 'account' };

interface Work {
  readonly address: string;
  readonly account: string;
  readonly bridgeId: string;
  readonly terminal: Terminal;
  readonly death: Death;
}

/** Runs a bridge until its first order kills it (SIGKILL); answers that order. */
export async function killedAtOrder({
  address,
  account,
  bridgeId,
  terminal,
  death,
}: Work): Promise<OrderRequest> {
  const child = fork(CHILD, [address, account, bridgeId], { serialization: 'advanced' });
  const exit = once(child, 'exit');
  let fatal: OrderRequest | null = null;
  const answer = async (call: Call): Promise<unknown> => {
    switch (call.method) {
      case 'order': {
        if (fatal !== null) throw new Error('a dead bridge sent an order');
        const [request] = call.args;
        fatal = request;
        if (death === 'after the broker took the order') await terminal.order(request);
        fault('bridges killed');
        child.kill('SIGKILL');
        return null;
      }
      case 'deals':
        return terminal.deals(call.args[0]);
      default:
        return terminal[call.method]();
    }
  };
  child.on('message', (call: Call) => {
    void answer(call).then((told) => {
      if (fatal === null && child.connected) child.send({ id: call.id, answer: told });
    });
  });
  const [, signal] = await exit;
  if (fatal === null || signal !== 'SIGKILL') throw new Error('the bridge ended and sent no order');
  return fatal;
}
