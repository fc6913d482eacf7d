// Owns the order of the interceptors, once for unary calls and streams, and what composes them.
import type { Logger } from '../observability/logger.js';
import type { Validator } from '../validation/validator.js';
import type { Call, CallHandler, Interceptor, Method, RequestReader } from './call.js';
import { correlation } from './correlation.js';
import { errorMapping } from './error-mapping.js';
import { logging } from './logging.js';
import { validation } from './validation.js';

/** The interceptors from the outermost to the innermost. */
export function standardChain(logger: Logger, validator: Validator): readonly Interceptor[] {
  return [
    // First: every line and every error after it carries the id.
    correlation,
    // Outside the mapping of errors: it logs the code the caller gets, and the cause it does not get.
    logging(logger),
    // Outside everything that can refuse a call: a refusal is mapped like any other error.
    errorMapping,
    // Authentication and limits come here: who calls, and how much, is settled before a byte is parsed.
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
  return chain.reduceRight((next, { aroundRequest }) => aroundRequest?.(method, next) ?? next, innermost);
}
