// Owns HAProxy as what moves calls: its runtime socket, a command a connection, as its management guide has it. A server with
// weight 0 is drained: it gets nothing new and keeps what it has.
import { connect } from 'node:net';
import type { TrafficPlan } from './plan.js';
import type { ProxiedServer, Traffic } from './traffic.js';

const TIMEOUT_MS = 3000;
/** Bits of srv_admin_state: maintenance and drain, forced or inherited from another server or the configuration. */
const OUT = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20;
/** Of srv_op_state. */
const RUNNING = 2;

export class HaproxyTraffic implements Traffic {
  readonly #plan: TrafficPlan;

  constructor(plan: TrafficPlan) {
    this.#plan = plan;
  }

  async servers(): Promise<readonly ProxiedServer[]> {
    const { backend } = this.#plan;
    return serversIn(await this.#ask(`show servers state ${backend}`));
  }

  async setWeights(weights: ReadonlyMap<string, number>): Promise<void> {
    for (const [name, weight] of weights) {
      const server = `${this.#plan.backend}/${name}`;
      if (weight === 0) {
        await this.#tell(`set server ${server} state drain`);
      } else {
        await this.#tell(`set server ${server} weight ${weight}`);
        await this.#tell(`set server ${server} state ready`);
      }
    }
  }

  /** What succeeds says nothing. */
  async #tell(command: string): Promise<void> {
    const answer = (await this.#ask(command)).trim();
    if (answer !== '') throw new Error(`HAProxy refused "${command}": ${answer}`);
  }

  #ask(command: string): Promise<string> {
    const { socket: where } = this.#plan;
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(where) ?? [];
    return new Promise((resolve, reject) => {
      const socket = where.startsWith('/') ? connect(where) : connect(Number(port), host);
      let answer = '';
      const fail = (cause: string) => {
        socket.destroy();
        reject(new Error(`HAProxy at ${where}: ${cause}`));
      };
      socket.setEncoding('utf8');
      socket.setTimeout(TIMEOUT_MS, () => fail(`no answer within ${TIMEOUT_MS} ms`));
      socket.on('connect', () => socket.write(`${command}\n`));
      socket.on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.on('end', () => {
        socket.end();
        resolve(answer);
      });
      socket.on('error', (error) => fail(error.message));
    });
  }
}

/** What "show servers state" answers. @throws Error where it is something else */
export function serversIn(answer: string): ProxiedServer[] {
  const [version, head = '', ...rows] = answer.split('\n');
  if (version !== '1' || !head.startsWith('# '))
    throw new Error(`HAProxy has no such backend: ${answer.trim()}`);
  const columns = head.slice(2).split(' ');
  return rows
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const values = row.split(' ');
      const of = (column: string) => values[columns.indexOf(column)] ?? '';
      const host = ['', '-'].includes(of('srv_fqdn')) ? of('srv_addr') : of('srv_fqdn');
      return {
        name: of('srv_name'),
        address: `${host}:${of('srv_port')}`,
        weight: (Number(of('srv_admin_state')) & OUT) === 0 ? Number(of('srv_uweight')) : 0,
        isUp: Number(of('srv_op_state')) === RUNNING,
      };
    });
}
