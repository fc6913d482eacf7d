// Owns the answers grpc-js gives by itself, below every interceptor: a message that is too large, that cannot
// be inflated, a deadline that cannot be read. They get a correlation id and a line like all others.
import {
  Metadata,
  type ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { CORRELATION_KEY } from '../errors/status.js';
import { correlationIdOf } from '../interceptors/correlation.js';
import type { Strangers } from '../interceptors/strangers.js';
import type { Logger } from '../observability/logger.js';
import type { CallMetrics } from '../observability/metrics/calls.js';

type SendStatus = ServerInterceptingCallInterface['sendStatus'];

/** Ends that nobody hears of, or that our own adapters bring about: they have a line already. */
const SILENT: ReadonlySet<status> = new Set([status.OK, status.CANCELLED, status.DEADLINE_EXCEEDED]);

/** Who is told of what is answered without a procedure. */
export interface AnswerObservers {
  readonly logger: Logger;
  readonly calls: Pick<CallMetrics, 'cut' | 'unserved'>;
  readonly strangers: Strangers;
}

/** Hears of every answer, once. */
type Answered = (call: ServerInterceptingCallInterface) => void;

/**
 * grpc-js offers to wrap its calls, but answers of its own do not pass the wrapping. So its call is left as it
 * is, but for the method every answer goes through.
 */
export function ownAnswers(
  { logger, calls, strangers }: AnswerObservers,
  answered: Answered,
): ServerInterceptor {
  const replacements = new Map<string, SendStatus>();
  return ({ path }, call) => {
    let replacement = replacements.get(path);
    if (replacement === undefined) {
      replacement = named(path, call.sendStatus);
      replacements.set(path, replacement);
    }
    call.sendStatus = replacement;
    // The very call it gave us is what its own wrapping has inside.
    return call as unknown as ServerInterceptingCall;
  };

  function named(method: string, send: SendStatus): SendStatus {
    return function (this: ServerInterceptingCallInterface, answer) {
      // It goes on reading after a refusal, and refuses again: only the first is sent.
      this.sendStatus = send;
      answered(this);
      const { code, details, metadata } = answer;
      // Ours always has metadata when it is an error.
      if (SILENT.has(code ?? status.OK) || metadata) {
        send.call(this, answer);
        return;
      }
      // Private to it, so it may be gone one day: then the id is a new one.
      const received: unknown = Reflect.get(this, 'metadata');
      const correlationId = correlationIdOf(received instanceof Metadata ? received : new Metadata());
      const told = new Metadata();
      told.set(CORRELATION_KEY, correlationId);
      send.call(this, { ...answer, metadata: told });
      calls.unserved(code ?? status.UNKNOWN);
      // It came without a request that could be read, so nobody asked whose it is.
      strangers.turnedAway({ peer: this.getPeer(), via: 'grpc' });
      logger.info(
        {
          correlation_id: correlationId,
          method,
          peer: this.getPeer(),
          code: status[code ?? status.UNKNOWN],
          description: details,
        },
        'a call was refused before it was read',
      );
    };
  }
}
