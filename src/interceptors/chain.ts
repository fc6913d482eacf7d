// Owns the order of the interceptors, once for unary calls and streams, and what composes them.
import type { Denials } from '../access/denials.js';
import type { Gate } from '../access/gate.js';
import type { LimitSettings } from '../config/edge.js';
import type { Contract } from '../contract/contract.js';
import type { LevelControl } from '../observability/log-level.js';
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
import { denied } from './denied.js';
import { errorMapping } from './error-mapping.js';
import { largeRequests } from './large-requests.js';
import { limitedCallers } from './limits.js';
import { logScope } from './log-scope.js';
import { logging } from './logging.js';
import { metrics } from './metrics.js';
import { rateLimit, ratesOf } from './rate-limit.js';
import { requestSize } from './request-size.js';
import type { Strangers } from './strangers.js';
import { streamLimit } from './stream-limit.js';
import { tracing } from './tracing.js';
import { validation } from './validation.js';
import { vouched } from './vouched.js';

/** What the chain's links work with. */
export interface ChainParts {
  readonly gate: Pick<Gate, 'admit' | 'admitVouched' | 'watch' | 'isFamiliar'>;
  readonly denials: Pick<Denials, 'take'>;
  readonly strangers: Strangers;
  readonly levels: Pick<LevelControl, 'levelFor'>;
  readonly certificates: ClientCertificates;
  readonly contract: Pick<Contract, 'access'>;
  readonly limits: LimitSettings;
  /** Where the server listens. */
  readonly host: string;
  readonly validator: Validator;
  /** Where calls are counted. */
  readonly calls: CallMetrics;
  /** How often each caller may call, also where calls of other servers are counted with it; its own where it is not told. */
  readonly rates?: Interceptor;
  /** Spans of calls; without it there are none, and nothing that makes them. */
  readonly tracing?: CallTracing;
}

/** What calls that were passed on need of them. */
export type PeerChainParts = Pick<
  ChainParts,
  'gate' | 'contract' | 'limits' | 'levels' | 'validator' | 'tracing' | 'rates'
>;

/**
 * The interceptors in the order they see a call, and after that each of its requests. Health and
 * reflection do not pass here: they are services of their own.
 */
export function standardChain(parts: ChainParts): readonly Interceptor[] {
  const { gate, certificates, contract, limits, host, validator, calls } = parts;
  const limited = limitedCallers(limits, host);
  return [
    // Outside everything: its span is the whole call, and the trace names the call where nothing else does.
    ...(parts.tracing === undefined ? [] : [tracing(parts.tracing)]),
    // Before the lines: every one of them and every error after it carries the id.
    correlation,
    // Outside the mapping of errors: it logs the code the caller gets, and the cause it does not get.
    logging,
    // Beside logging, for the same reason: it counts the code the caller gets.
    metrics(calls),
    // Beside them: it records why the caller was denied.
    denied(parts.denials),
    // Outside everything that can refuse a call: a refusal is mapped like any other error.
    errorMapping(contract),
    // What the connection knows of its caller, for whoever authenticates.
    certificates.interceptor,
    // Before anything that costs: nothing is parsed, counted or looked up for nobody.
    authentication(gate, parts.strangers),
    // As soon as it is known whose call it is: some have lines of their own.
    logScope(parts.levels),
    // By the method alone, so before the request is parsed, and before it uses up anybody's limit.
    scopeAuthorization(contract),
    // Of the links around requests the first: it alone sees one before it is parsed.
    requestSize(validator),
    // Per caller, so after it is known; before parsing, which is what floods cost.
    parts.rates ?? rateLimit(contract, limited, ratesOf(limits)),
    // Opening too often is refused before too many are counted.
    streamLimit(limited, limits),
    // Only calls that are admitted have a deadline to cap.
    deadlineCap(limits),
    // Inside the cap: work that outlives its caller's patience still counts.
    admission(limits),
    // The last step before parsing: who waits here is known and counted.
    largeRequests(),
    // As soon as the request is parsed: what is wrong with it is told only to who may ask.
    accountAuthorization(contract),
    // Last: what reaches a handler is known, admitted and well-formed.
    validation(validator),
  ];
}

/** The same for calls that another server admitted and passed on: who calls is known. */
export function peerChain(parts: PeerChainParts): readonly Interceptor[] {
  const { gate, contract, limits, validator, rates } = parts;
  return [
    ...(parts.tracing === undefined ? [] : [tracing(parts.tracing)]),
    correlation,
    logging,
    errorMapping(contract),
    vouched(gate),
    logScope(parts.levels),
    // Once more, by what this server knows: the other one is believed whose call it is, and nothing else.
    scopeAuthorization(contract),
    // With the calls that came here directly: by whatever server somebody calls, the leader does no more for them.
    ...(rates === undefined ? [] : [rates]),
    deadlineCap(limits),
    admission(limits),
    accountAuthorization(contract),
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
