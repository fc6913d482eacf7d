// Owns errors as HTTP has them: the same google.rpc.Status as JSON, and the HTTP status of its code.
import type { JsonObject } from '@bufbuild/protobuf';
import { type StatusObject, status } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RequestInfo, RetryInfo } from 'nice-grpc-error-details';
import type { DtmsError } from './errors.js';
import { detailsIn, toStatus } from './status.js';

/** One message of `details`: `@type` names it, the rest are its fields. */
export type ErrorDetail = JsonObject;

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly error: {
    /** The canonical code. */
    readonly code: number;
    /** Its name, such as "NOT_FOUND". */
    readonly status: string;
    readonly message: string;
    readonly details: ErrorDetail[];
  };
}

/** The HTTP status of each canonical code, as google.rpc.Code gives it. */
const HTTP_STATUS: Readonly<Record<status, number>> = {
  [status.OK]: 200,
  [status.CANCELLED]: 499,
  [status.UNKNOWN]: 500,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.OUT_OF_RANGE]: 400,
  [status.UNIMPLEMENTED]: 501,
  [status.INTERNAL]: 500,
  [status.UNAVAILABLE]: 503,
  [status.DATA_LOSS]: 500,
  [status.UNAUTHENTICATED]: 401,
};

/** An error as an HTTP answer. */
export interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** The answer for the status a call ended with. */
export function httpFailure(failure: StatusObject): HttpFailure {
  const details = detailsIn(failure.metadata);
  const body: ErrorDetail[] = [];
  const headers: Record<string, string> = {};
  for (const { typeUrl, value } of details) {
    const read = READERS[typeUrl.slice(typeUrl.lastIndexOf('/') + 1)];
    if (read === undefined) continue;
    const { fields, retryAfterSeconds } = read(value);
    body.push({ '@type': typeUrl, ...fields });
    if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  }
  if (failure.code === status.UNAUTHENTICATED) headers['www-authenticate'] = 'Bearer realm="dtms"';
  return {
    status: HTTP_STATUS[failure.code] ?? 500,
    headers,
    body: {
      error: {
        code: failure.code,
        status: status[failure.code] ?? 'UNKNOWN',
        message: failure.details,
        details: body,
      },
    },
  };
}

/** The answer for an error that is not a call's. */
export function httpFailureOf(error: DtmsError, correlationId: string): HttpFailure {
  return httpFailure(toStatus(error, correlationId));
}

interface Read {
  readonly fields: JsonObject;
  readonly retryAfterSeconds?: number;
}

/** What is sent as details, by the JSON rules of protos. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => Read>> = {
  'google.rpc.ErrorInfo': (bytes) => {
    const { reason, domain, metadata } = ErrorInfo.decode(bytes);
    return { fields: { reason, domain, metadata } };
  },
  'google.rpc.RequestInfo': (bytes) => ({ fields: { requestId: RequestInfo.decode(bytes).requestId } }),
  'google.rpc.BadRequest': (bytes) => {
    const violations = BadRequest.decode(bytes).fieldViolations;
    return {
      fields: { fieldViolations: violations.map(({ field, description }) => ({ field, description })) },
    };
  },
  'google.rpc.RetryInfo': (bytes) => {
    const { seconds = 0, nanos = 0 } = RetryInfo.decode(bytes).retryDelay ?? {};
    const delay = Number(seconds) + nanos / 1e9;
    // Whole seconds are all the header knows: rounded up, so that nobody comes back too early.
    return { fields: { retryDelay: `${delay}s` }, retryAfterSeconds: Math.max(1, Math.ceil(delay)) };
  },
};
