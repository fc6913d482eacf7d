// Owns what a server does with calls that only the server that leads can do: it has them done there, and answers as if it
// had done them.
import type { FrameSink } from '../watch/frame-sink.js';
import type { Call } from './call.js';

/** A request as it came and as it was read; it has passed every rule. */
export interface ReadRequest {
  readonly bytes: Buffer;
  readonly message: unknown;
}

export interface Elsewhere {
  /**
   * Has a unary call done where it can be, after this server failed to.
   *
   * @param failure - what it failed with here; thrown again unless another server can do it
   * @param here - does it here, should this server lead meanwhile
   * @throws DtmsError what the leader answered, or LEADER_UNREACHABLE
   */
  unary(call: Call, request: ReadRequest, failure: unknown, here: () => Promise<Buffer>): Promise<Buffer>;

  /**
   * Serves a stream here where that is possible, else from the server that leads.
   *
   * @throws DtmsError what it ended with; LEADER_UNREACHABLE when the leader went away after the stream had begun
   */
  serverStream(
    call: Call,
    request: Buffer,
    sink: FrameSink,
    here: (sink: FrameSink) => Promise<void>,
  ): Promise<void>;

  /** The same of a stream in both directions. @param requests - as they come; taken once */
  duplex(
    call: Call,
    requests: () => AsyncIterable<Buffer>,
    sink: FrameSink,
    here: () => Promise<void>,
  ): Promise<void>;
}
