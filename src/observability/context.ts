// Owns what a call knows of itself. It is passed on explicitly.
import type { Metadata } from '@grpc/grpc-js';
import type { Span } from '@opentelemetry/api';
import type { Principal } from '../interceptors/principal.js';
import type { Logger } from './logger.js';

/** The call that caused something, for lines and spans; both are absent where DTMS acted by itself. */
export interface Cause {
  readonly correlationId?: string;
  /** The call's span; undefined without traces. */
  readonly span?: Span | undefined;
}

/** A call in progress, as handlers see it. */
export interface CallContext extends Cause {
  /** Names this call in logs and errors; the caller's own where it gave one. */
  readonly correlationId: string;
  /** The full method name, such as /dtms.v1.TradeService/GetTrade. */
  readonly method: string;
  /** The caller's address and port. */
  readonly peer: string;
  /** Whose call it is. */
  readonly principal: Principal;
  /** What the caller sent along. */
  readonly metadata: Metadata;
  /** When the caller gives up, in ms since 1970; Infinity when it does not say. */
  readonly deadline: number;
  /** Aborts when the caller goes away, its deadline passes, or its key ends, before the call is done. */
  readonly signal: AbortSignal;
  /** Logs with the correlation id and the method. */
  readonly logger: Logger;
}
