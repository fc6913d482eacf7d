// Owns a watcher in a simulation: it follows one server until that is no use any more, and goes on at another. What it
// was promised is judged as it comes, and against the log in the end.

import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from '../../src/errors/errors.js';
import type { LogEvent, TradeFilter } from '../../src/store/types.js';
import { ScriptedSink } from '../support/scripted-sink.js';
import type { SimServer } from './sim-server.js';
import { isPassing } from './weather.js';

const EVERYTHING: TradeFilter = { account: null, symbols: [], states: [], tickets: [] };
/** Longest silence of a watch, from its opening on, ms. */
const SILENCE_MS = 5000;

export class SimWatch {
  readonly faults: string[] = [];
  readonly #filter: TradeFilter;
  readonly #revisions: number[] = [];
  /** Everything that matches up to here was delivered. */
  #place = { epoch: 'memory', revision: 0, recordedAt: null as number | null };
  #sink: ScriptedSink | null = null;
  #server: SimServer | null = null;
  #taken = 0;
  #heardAt = 0;
  streams = 0;

  constructor(account: string | null) {
    this.#filter = { ...EVERYTHING, account };
  }

  /** Watches a server; resolves when the stream has ended. */
  async follow(server: SimServer): Promise<void> {
    const sink = new ScriptedSink();
    this.#sink = sink;
    this.#taken = 0;
    this.#server = server;
    this.#heardAt = performance.now();
    this.streams += 1;
    const start = { from: 'revision' as const, ...this.#place, revision: BigInt(this.#place.revision) };
    await server.watches.watch(this.#filter, start, sink).catch((error: unknown) => {
      const isTyped = error instanceof DtmsError && error.reason !== ErrorReason.INTERNAL;
      if (!isTyped && !isPassing(error)) this.faults.push(`ended with ${String(error)}`);
    });
    if (this.#sink === sink) this.look();
    this.#sink = null;
  }

  /** The caller goes away, or the server does. */
  cut(): void {
    this.look();
    this.#sink?.cancel();
  }

  /** A server is gone, and what it sent with it. */
  leave(server: SimServer): void {
    if (this.#server !== server) return;
    this.#sink?.cancel();
    this.#sink = null;
  }

  /** Takes what came since the last look. */
  look(): void {
    const sink = this.#sink;
    if (sink === null) return;
    const fresh = sink.messages.slice(this.#taken);
    this.#taken += fresh.length;
    if (fresh.length > 0) this.#heardAt = performance.now();
    else if (performance.now() - this.#heardAt > SILENCE_MS) {
      this.faults.push(`silent for ${Math.round(performance.now() - this.#heardAt)} ms`);
      this.#heardAt = performance.now();
    }
    for (const message of fresh) {
      if (message.$case === 'events') {
        for (const { revision, recordedAt } of message.value.events) {
          this.#revisions.push(Number(revision));
          this.#place = {
            ...this.#place,
            revision: Number(revision),
            recordedAt: recordedAt?.getTime() ?? null,
          };
        }
      }
      if (message.$case !== 'bookmark') continue;
      const revision = Number(message.value.revision);
      if (revision < this.#place.revision)
        this.faults.push(`bookmark ${revision} after ${this.#place.revision}`);
      const recordedAt = message.value.recordedAt?.getTime() ?? null;
      this.#place = { ...this.#place, revision, recordedAt };
    }
  }

  get revision(): number {
    return this.#place.revision;
  }

  /** What it saw, against the log. */
  judge(log: readonly LogEvent[]): readonly string[] {
    const { account } = this.#filter;
    const wanted = log.filter((event) => account === null || event.account === account);
    const missed = wanted.findIndex(({ revision }, index) => this.#revisions[index] !== revision);
    if (missed >= 0)
      this.faults.push(`saw ${this.#revisions[missed]} where the log has ${wanted[missed]?.revision}`);
    else if (this.#revisions.length !== wanted.length)
      this.faults.push(`saw ${this.#revisions.length} of ${wanted.length} events`);
    return this.faults;
  }
}
