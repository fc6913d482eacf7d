// Owns what a call knows of itself. It is passed on explicitly.
import type { Metadata } from '@grpc/grpc-js';
import type { Principal } from '../access/principal.js';
import type { Cause } from '../observability/cause.js';
import type { Logger } from '../observability/logger.js';

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
