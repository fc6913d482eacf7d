// Owns what is answered to methods and services that do not exist: UNIMPLEMENTED like every other error, with
// a correlation id and a line. grpc-js would refuse them before it has a call that anything could be added to.
import { type handleBidiStreamingCall, type Server, status } from '@grpc/grpc-js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from '../errors/errors.js';
import { CORRELATION_KEY, toStatus } from '../errors/status.js';
import { correlationIdOf } from '../interceptors/correlation.js';
import type { AnswerObservers } from './own-answers.js';

/** Of a path that anybody may send, this much is told. */
const LONGEST_PATH = 128;

/** How grpc-js finds what serves a path. It is private to it, and there is no public way. */
type Retrieve = (path: string) => object | null;

const RETRIEVE = '_retrieveHandler';

/** @throws TypeError when grpc-js has changed so that this must be done otherwise. */
export function answerUnknownMethods(server: Server, told: AnswerObservers): void {
  const retrieve: unknown = Reflect.get(server, RETRIEVE);
  if (typeof retrieve !== 'function') throw new TypeError(`grpc-js has no ${RETRIEVE} any more`);
  const known: Retrieve = retrieve.bind(server);
  const orUnknown: Retrieve = (path) => known(path) ?? unknownMethod(path, told);
  Reflect.set(server, RETRIEVE, orUnknown);
}

function unknownMethod(path: string, { logger, calls, strangers }: AnswerObservers): object {
  const method = path.slice(0, LONGEST_PATH);
  const refuse: handleBidiStreamingCall<Buffer, Buffer> = (call) => {
    const correlationId = correlationIdOf(call.metadata);
    const error = new DtmsError(ErrorReason.UNIMPLEMENTED, `there is no method ${method}`);
    const refusal = toStatus(error, correlationId);
    refusal.metadata.set(CORRELATION_KEY, correlationId);
    call.emit('error', refusal);
    calls.unserved(error.code);
    strangers.turnedAway({ peer: call.getPeer(), via: 'grpc' });
    logger.info(
      { correlation_id: correlationId, method, peer: call.getPeer(), code: status[error.code] },
      'a method that does not exist was called',
    );
  };
  const asIs = (bytes: Buffer): Buffer => bytes;
  // Of a stream both ways nothing is read before the answer. The path is one for all: whoever keeps something
  // by it must not keep what anybody may send.
  return { func: refuse, serialize: asIs, deserialize: asIs, type: 'bidi', path: 'unknown' };
}
