// Neighbours of a server under test: callers in processes of their own, told what to call and how often.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { framed } from '../raw-reader.js';

const SCRIPT = fileURLToPath(new URL('./neighbour.mjs', import.meta.url));

export interface NeighbourCall {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The message in base64, with gRPC's framing. */
  readonly body: string;
}

export interface Orders {
  /** Made one after the other, and again. */
  readonly calls: readonly NeighbourCall[];
  /** Calls under way at a time. */
  readonly atOnce: number;
  /** Paces the calls; without it there are always `atOnce` of them. */
  readonly perSecond?: number;
  readonly seconds: number;
}

export interface Told {
  readonly sent: number;
  /** Calls by grpc-status; "none" for those without. */
  readonly codes: Readonly<Record<string, number>>;
  /** Of every answered call, in ms. */
  readonly latencies: readonly number[];
  readonly seconds: number;
}

/** A message as a neighbour sends it. */
export function bodyOf(message: Uint8Array): string {
  return framed(message).toString('base64');
}

export class Neighbour {
  readonly #address: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;

  /** @param address - host:port of the server. */
  constructor(address: string) {
    this.#address = address;
    this.#child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
  }

  /** Does as it is told, and tells how it went. One at a time. */
  obey(orders: Orders): Promise<Told> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('a neighbour ended before it was done'));
      this.#child.once('exit', gone);
      this.#lines.once('line', (line) => {
        this.#child.off('exit', gone);
        resolve(JSON.parse(line));
      });
      this.#child.stdin.write(`${JSON.stringify({ address: this.#address, ...orders })}\n`);
    });
  }

  end(): void {
    this.#child.stdin.end();
  }
}
