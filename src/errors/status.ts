// Owns the passage of errors to and from the wire: grpc status with google.rpc.Status in
// grpc-status-details-bin. Everything a caller sees of an error is decided here.
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { type Any, BadRequest, ErrorInfo, RequestInfo, RetryInfo } from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-error-details/lib/proto/google/rpc/status.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { FencedError, StoreUnavailableError } from '../store/errors.js';
import {
  DtmsError,
  internal,
  leadLost,
  MAX_VIOLATIONS,
  type Reason,
  reasonName,
  reasonNamed,
  storeUnavailable,
  type Violation,
} from './errors.js';

/** ErrorInfo's domain in every error. */
const ERROR_DOMAIN = 'dtms';
/** The key of the encoded google.rpc.Status in the trailing metadata. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';
/** The key of the correlation id in metadata, both ways. */
export const CORRELATION_KEY = 'x-correlation-id';
/** The key that tells the retries built into gRPC clients how many milliseconds to wait. */
const PUSHBACK_KEY = 'grpc-retry-pushback-ms';

const MAX_TEXT = 512;

const TYPE_URL = 'type.googleapis.com/';

/** Any error as one of ours: what the store means is kept, what nobody planned for becomes INTERNAL. */
export function asDtmsError(error: unknown): DtmsError {
  if (error instanceof DtmsError) return error;
  if (error instanceof FencedError) return leadLost(error);
  if (error instanceof StoreUnavailableError) return storeUnavailable(error, error.outcome);
  return internal(error);
}

/** The status to send for an error. */
export function toStatus(error: DtmsError, correlationId: string): StatusObject {
  const message = publicText(
    error.reason === ErrorReason.INTERNAL ? `internal error, correlation id ${correlationId}` : error.message,
  );
  const details: Any[] = [
    packed('google.rpc.ErrorInfo', ErrorInfo, {
      reason: reasonName(error.reason),
      domain: ERROR_DOMAIN,
      metadata: Object.fromEntries(
        Object.entries(error.metadata).map(([key, value]) => [key, publicText(value)]),
      ),
    }),
    packed('google.rpc.RequestInfo', RequestInfo, { requestId: correlationId }),
  ];
  if (error.violations.length > 0) {
    const fieldViolations = error.violations.slice(0, MAX_VIOLATIONS).map(({ field, description }) => ({
      field: publicText(field),
      description: publicText(description),
    }));
    details.push(packed('google.rpc.BadRequest', BadRequest, { fieldViolations }));
  }
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.floor(error.retryAfterMs / 1000);
    const nanos = Math.round((error.retryAfterMs - seconds * 1000) * 1e6);
    details.push(packed('google.rpc.RetryInfo', RetryInfo, { retryDelay: { seconds, nanos } }));
  }
  const metadata = new Metadata();
  metadata.set(
    STATUS_DETAILS_KEY,
    Buffer.from(Status.encode(Status.fromPartial({ code: error.code, message, details })).finish()),
  );
  if (error.retryAfterMs !== undefined) {
    metadata.set(PUSHBACK_KEY, String(Math.ceil(error.retryAfterMs)));
  }
  return { code: error.code, details: message, metadata };
}

interface Codec<T, P> {
  encode(message: T): { finish(): Uint8Array };
  fromPartial(object: P): T;
}

function packed<T, P>(name: string, codec: Codec<T, P>, message: P): Any {
  return {
    $type: 'google.protobuf.Any',
    typeUrl: TYPE_URL + name,
    value: Buffer.from(codec.encode(codec.fromPartial(message)).finish()),
  };
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Bounded text that can be sent: grpc-js throws on a lone surrogate in the status text. */
function publicText(text: string): string {
  const bounded = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return bounded.replace(LONE_SURROGATE, '\uFFFD');
}

/** What a client can know of a failed call. */
export interface ErrorReport {
  readonly code: status;
  /** undefined when the error is not the service's own: no connection, a proxy, another service. */
  readonly reason: Reason | undefined;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly retryAfterMs: number | undefined;
  readonly correlationId: string | undefined;
}

/** Codes grpc-js answers by itself, without details. */
const BARE_REASONS: Readonly<Partial<Record<status, Reason>>> = {
  [status.DEADLINE_EXCEEDED]: ErrorReason.DEADLINE_EXCEEDED,
  [status.UNIMPLEMENTED]: ErrorReason.UNIMPLEMENTED,
};

/** Reads what the service said about a failed call. Never throws: details that do not decode are absent. */
export function fromServiceError(error: ServiceError): ErrorReport {
  const details = detailsIn(error.metadata);
  const find = <T>(name: string, codec: { decode(bytes: Uint8Array): T }): T | undefined => {
    const any = details.find(({ typeUrl }) => typeUrl === TYPE_URL + name);
    return any === undefined ? undefined : attempt(() => codec.decode(any.value));
  };
  const info = find('google.rpc.ErrorInfo', ErrorInfo);
  const ours = info?.domain === ERROR_DOMAIN ? info : undefined;
  const delay = find('google.rpc.RetryInfo', RetryInfo)?.retryDelay;
  return {
    code: error.code,
    reason: ours === undefined ? BARE_REASONS[error.code] : reasonNamed(ours.reason),
    message: error.details,
    metadata: ours?.metadata ?? {},
    violations: (find('google.rpc.BadRequest', BadRequest)?.fieldViolations ?? []).map(
      ({ field, description }) => ({ field, description }),
    ),
    retryAfterMs: delay === undefined ? undefined : Number(delay.seconds) * 1000 + delay.nanos / 1e6,
    correlationId: find('google.rpc.RequestInfo', RequestInfo)?.requestId,
  };
}

/** The details in the metadata of a status; none when they do not decode. */
export function detailsIn(metadata: Metadata | null | undefined): readonly Any[] {
  const bytes = metadata?.get(STATUS_DETAILS_KEY)[0];
  if (!(bytes instanceof Uint8Array)) return [];
  return attempt(() => Status.decode(bytes).details) ?? [];
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
