// Owns what becomes of calls that only the server that leads can do: they are passed on to it, and to the next one when it
// goes away, as long as a repeat does no harm and the caller waits.

import { MethodClass } from '../../gen/ts/dtms/v1/access.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { Contract } from '../contract/contract.js';
import { type DtmsError, leaderUnreachable } from '../errors/errors.js';
import { asDtmsError } from '../errors/status.js';
import type { Call } from '../interceptors/call.js';
import type { Elsewhere, ReadRequest } from '../interceptors/elsewhere.js';
import { over, pause } from '../observability/background.js';
import type { FrameSink } from '../watch/frame-sink.js';
import type { Link } from './link.js';

/** The way to the server that leads. */
export type LeaderWay = Pick<Link, 'unary' | 'serverStream' | 'duplex'>;

/** Where calls can be done now. */
export interface LeaderRoute {
  /** Whether this server leads. */
  readonly isHere: boolean;
  /** The way to the server that leads; undefined while none is open. */
  readonly link: LeaderWay | undefined;
  /** Looks again who leads. */
  look(): Promise<void>;
  /** A call goes to the leader; told once for each. */
  passed(): void;
}

/** Between two looks for a leader, in ms. */
const LOOK_MS = 25;

export class Passing implements Elsewhere {
  readonly #route: LeaderRoute;
  readonly #contract: Pick<Contract, 'access'>;
  readonly #patienceMs: number;

  /** @param patienceMs - how long a call waits for a leader, where its caller does not give up before */
  constructor(route: LeaderRoute, contract: Pick<Contract, 'access'>, patienceMs: number) {
    this.#route = route;
    this.#contract = contract;
    this.#patienceMs = patienceMs;
  }

  async unary(
    call: Call,
    { bytes, message }: ReadRequest,
    failure: unknown,
    here: () => Promise<Buffer>,
  ): Promise<Buffer> {
    const search = new Search(this.#route, call, this.#patienceMs);
    for (let error = failure; ; ) {
      const lost = lossOf(error);
      if (lost === undefined) throw error;
      if (lost === 'unknown' && !this.#mayRepeat(call, message)) throw leaderUnreachable('unknown', error);
      const way = await search.next(error);
      try {
        if (way === 'here') return await here();
        this.#route.passed();
        return await way.unary(call, bytes);
      } catch (next) {
        error = next;
      }
    }
  }

  async serverStream(
    call: Call,
    request: Buffer,
    sink: FrameSink,
    here: (sink: FrameSink) => Promise<void>,
  ): Promise<void> {
    const noted = new NotedSink(sink);
    const search = new Search(this.#route, call, this.#patienceMs);
    for (let way: LeaderWay | 'here' = 'here'; ; ) {
      try {
        if (way === 'here') return await here(noted);
        this.#route.passed();
        return await way.serverStream(call, request, noted);
      } catch (error) {
        if (lossOf(error) === undefined) throw error;
        // Its caller knows where it was, and goes on from there.
        if (noted.begun) throw leaderUnreachable('unknown', error);
        way = await search.next(error);
      }
    }
  }

  async duplex(
    call: Call,
    requests: () => AsyncIterable<Buffer>,
    sink: FrameSink,
    here: () => Promise<void>,
  ): Promise<void> {
    const search = new Search(this.#route, call, this.#patienceMs);
    const way = this.#route.isHere ? 'here' : await search.next(undefined);
    try {
      if (way === 'here') return await here();
      this.#route.passed();
      await way.duplex(call, requests(), sink);
    } catch (error) {
      // What was sent cannot be sent again: the caller has it.
      throw lossOf(error) === undefined ? error : leaderUnreachable('unknown', error);
    }
  }

  /** Whether doing it twice is doing it once. */
  #mayRepeat({ method }: Call, message: unknown): boolean {
    const access = this.#contract.access(method);
    if (access?.methodClass === MethodClass.QUERY || access?.idempotent === true) return true;
    const requestId: unknown =
      typeof message === 'object' && message !== null ? Reflect.get(message, 'requestId') : '';
    return typeof requestId === 'string' && requestId !== '';
  }
}

/** One call's search for whoever leads: as long as its caller waits, and no longer than its patience. */
class Search {
  readonly #route: LeaderRoute;
  readonly #call: Call;
  readonly #patienceMs: number;
  /** Counted from the first loss: a stream may have waited long before it. */
  #until: number | undefined;
  #isUnknown = false;
  #hasTried = false;

  constructor(route: LeaderRoute, call: Call, patienceMs: number) {
    this.#route = route;
    this.#call = call;
    this.#patienceMs = patienceMs;
  }

  /**
   * Where to try next. @param error - what it failed with before
   * @throws DtmsError LEADER_UNREACHABLE when nobody leads in time, or nobody waits any more
   */
  async next(error: unknown): Promise<LeaderWay | 'here'> {
    if (lossOf(error) === 'unknown') this.#isUnknown = true;
    this.#until ??= performance.now() + this.#patienceMs;
    // Whoever said that it does not lead, or went away, is not asked again at once.
    if (this.#hasTried) await this.#pause();
    this.#hasTried = true;
    for (;;) {
      // Before all else: a call whose caller went away fails at every leader, which looks like one leader lost after another.
      if (this.#call.signal.aborted || performance.now() >= this.#until)
        throw leaderUnreachable(this.#isUnknown ? 'unknown' : 'not_written', error);
      if (this.#route.isHere) return 'here';
      const { link } = this.#route;
      if (link !== undefined) return link;
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await pause(LOOK_MS, this.#call.signal);
    // A database that is away is told by what the call does next.
    await over(this.#route.look());
  }
}

/** What is known of a call that its server could not do for want of the lead; undefined of any other failure. */
function lossOf(error: unknown): 'not_begun' | 'unknown' | undefined {
  if (error === undefined) return undefined;
  const { reason, metadata }: DtmsError = asDtmsError(error);
  if (reason !== ErrorReason.NOT_LEADING) return undefined;
  return metadata.outcome === 'unknown' ? 'unknown' : 'not_begun';
}

/** Notes whether anything was written: from then on a stream cannot begin anew. */
class NotedSink implements FrameSink {
  readonly #sink: FrameSink;
  begun = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  get writable(): boolean {
    return this.#sink.writable;
  }

  get cancelled(): boolean {
    return this.#sink.cancelled;
  }

  write(frame: Buffer): void {
    this.begun = true;
    this.#sink.write(frame);
  }

  onWake(callback: () => void): void {
    this.#sink.onWake(callback);
  }
}
