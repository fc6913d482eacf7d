// Owns the order of the interceptors, once for unary calls and streams, and what composes them.
import type { Gate } from '../access/gate.js';
import type { AccessTable } from '../access/methods.js';
import type { LimitSettings } from '../config/edge.js';
import type { Logger } from '../observability/logger.js';
import type { CallMetrics } from '../observability/metrics/calls.js';
import type { CallTracing } from '../observability/tracing.js';
import type { Validator } from '../validation/validator.js';
import { admission } from './admission.js';
import { authentication } from './authentication.js';
import { accountAuthorization, scopeAuthorization } from './authorization.js';
import type { Call, CallHandler, Interceptor, Method, RequestReader } from './call.js';
import type { ClientCertificates } from './client-certificate.js';
import { correlation } from './correlation.js';
import { deadlineCap } from './deadline.js';
import { errorMapping } from './error-mapping.js';
import { largeRequests } from './large-requests.js';
import { limitedCallers } from './limits.js';
import { logging } from './logging.js';
import { metrics } from './metrics.js';
import { rateLimit, ratesOf } from './rate-limit.js';
import { requestSize } from './request-size.js';
import { streamLimit } from './stream-limit.js';
import { tracing } from './tracing.js';
import { validation } from './validation.js';

/** What the chain's links work with. */
export interface ChainParts {
  readonly logger: Logger;
  readonly gate: Pick<Gate, 'admit' | 'watch'>;
  readonly certificates: ClientCertificates;
  readonly access: AccessTable;
  readonly limits: LimitSettings;
  /** Where the server listens. */
  readonly host: string;
  readonly validator: Validator;
  /** Where calls are counted. */
  readonly calls: CallMetrics;
  /** Spans of calls; without it there are none, and nothing that makes them. */
  readonly tracing?: CallTracing;
}

/**
 * The interceptors in the order they see a call, and after that each of its requests. Health and
 * reflection do not pass here: they are services of their own.
 */
export function standardChain(parts: ChainParts): readonly Interceptor[] {
  const { logger, gate, certificates, access, limits, host, validator, calls } = parts;
  const limited = limitedCallers(limits.mode, host);
  return [
    // Outside everything: its span is the whole call, and the trace names the call where nothing else does.
    ...(parts.tracing === undefined ? [] : [tracing(parts.tracing)]),
    // Before the lines: every one of them and every error after it carries the id.
    correlation,
    // Outside the mapping of errors: it logs the code the caller gets, and the cause it does not get.
    logging(logger),
    // Beside logging, for the same reason: it counts the code the caller gets.
    metrics(calls),
    // Outside everything that can refuse a call: a refusal is mapped like any other error.
    errorMapping,
    // What the connection knows of its caller, for whoever authenticates.
    certificates.interceptor,
    // Before anything that costs: nothing is parsed, counted or looked up for nobody.
    authentication(gate),
    // By the method alone, so before the request is parsed, and before it uses up anybody's limit.
    scopeAuthorization(access),
    // Of the links around requests the first: it alone sees one before it is parsed.
    requestSize(validator),
    // Per caller, so after it is known; before parsing, which is what floods cost.
    rateLimit(access, limited, ratesOf(limits)),
    // Opening too often is refused before too many are counted.
    streamLimit(limited, limits),
    // Only calls that are admitted have a deadline to cap.
    deadlineCap(limits.maxCallMs),
    // Inside the cap: work that outlives its caller's patience still counts.
    admission(limits.maxCallsInFlight),
    // The last step before parsing: who waits here is known and counted.
    largeRequests(),
    // As soon as the request is parsed: what is wrong with it is told only to who may ask.
    accountAuthorization(access),
    // Last: what reaches a handler is known, admitted and well-formed.
    validation(validator),
  ];
}

export function composeCall<C extends Call>(
  chain: readonly Interceptor[],
  method: Method,
  innermost: CallHandler<C>,
): CallHandler<C> {
  return chain.reduceRight((next, { aroundCall }) => aroundCall?.(method, next) ?? next, innermost);
}

export function composeRequest(
  chain: readonly Interceptor[],
  method: Method,
  innermost: RequestReader,
): RequestReader {
  // Each link sees the message the one before it let pass: the order of the list, as with calls.
  return chain.reduce((next, { aroundRequest }) => aroundRequest?.(method, next) ?? next, innermost);
}
