// Owns errors in the OpenAPI document: the answers by HTTP status with an example each, and their schemas.
import { status as grpcStatus } from '@grpc/grpc-js';
import { CORRELATION_ID, headerReference } from './parts.js';
import { reference, type Schema } from './schemas.js';

/** google.rpc.Code from 1 on. */
const CANONICAL_CODES = Object.keys(grpcStatus).filter((name) => /^[A-Z]/.test(name) && name !== 'OK');

const RETRY_CODES = [429, 503];

/** An error by its HTTP status: what it means, and a real one. */
interface DescribedError {
  readonly name: string;
  readonly description: string;
  readonly code: string;
  readonly reason: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly message: string;
  readonly details?: readonly object[];
}

const ERRORS: Readonly<Record<number, DescribedError>> = {
  400: {
    name: 'BadRequest',
    description:
      'The request is not one the service takes (`INVALID_ARGUMENT`), or not in the state things are in (`FAILED_PRECONDITION`, `OUT_OF_RANGE`). `BadRequest` in `details` names the fields.',
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_FIELD',
    message: 'trade.volume: must be greater than 0',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ field: 'trade.volume', description: 'must be greater than 0' }],
      },
    ],
  },
  401: {
    name: 'Unauthenticated',
    description: 'There is no API key, or it is not valid, or not any more (`UNAUTHENTICATED`).',
    code: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    metadata: { cause: 'missing' },
    message: 'an API key is needed',
  },
  403: {
    name: 'PermissionDenied',
    description: 'The key may not do this, or not for this account (`PERMISSION_DENIED`).',
    code: 'PERMISSION_DENIED',
    reason: 'PERMISSION_DENIED',
    metadata: { needs: 'REGISTER' },
    message: 'the key lacks the scope this needs',
  },
  404: {
    name: 'NotFound',
    description:
      'What the request names is not there (`NOT_FOUND`); or nothing is at this path (`UNIMPLEMENTED`).',
    code: 'NOT_FOUND',
    reason: 'TRADE_NOT_FOUND',
    metadata: { account: 'demo', ticket: '42' },
    message: 'no trade has this account and ticket',
  },
  406: {
    name: 'NotAcceptable',
    description: 'A stream is not sent in any type that `Accept` names.',
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_FIELD',
    message: 'this stream is sent as text/event-stream or application/x-ndjson',
  },
  409: {
    name: 'Conflict',
    description:
      'It is there with other content (`ALREADY_EXISTS`), or somebody else was faster (`ABORTED`): read it again, then decide.',
    code: 'ALREADY_EXISTS',
    reason: 'TRADE_DIFFERS',
    metadata: { account: 'demo', ticket: '1001', fields: 'volume' },
    message: 'the trade is registered with other content: volume',
  },
  413: {
    name: 'TooLarge',
    description: 'The body is larger than the server takes (`INVALID_ARGUMENT`): send less.',
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_FIELD',
    message: 'the body is larger than 4194304 bytes',
  },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not `application/json` (`INVALID_ARGUMENT`).',
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_FIELD',
    message: 'the content type must be application/json',
  },
  429: {
    name: 'TooManyRequests',
    description:
      'Too many calls of this kind, or too much waits to be written (`RESOURCE_EXHAUSTED`): repeat after the time in `Retry-After`.',
    code: 'RESOURCE_EXHAUSTED',
    reason: 'RATE_LIMITED',
    metadata: { method_class: 'REGISTRATION', limit: '10' },
    message: 'too many calls',
    details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '0.250s' }],
  },
  431: {
    name: 'HeadTooLarge',
    description:
      'The address and the headers are larger than the server takes (`INVALID_ARGUMENT`): ask for less at a time.',
    code: 'INVALID_ARGUMENT',
    reason: 'INVALID_FIELD',
    message: 'the head of the request is too large',
  },
  500: {
    name: 'Internal',
    description:
      "Something broke that is not the caller's fault (`INTERNAL`). The correlation id finds it in the logs.",
    code: 'INTERNAL',
    reason: 'INTERNAL',
    message: 'internal error, correlation id 4f1d9a3c8e2b4d70',
  },
  503: {
    name: 'Unavailable',
    description:
      'The server does not lead, is stopping, or cannot reach its database (`UNAVAILABLE`): repeat with the same requestId.',
    code: 'UNAVAILABLE',
    reason: 'NOT_LEADING',
    message: 'this server does not lead',
  },
  504: {
    name: 'DeadlineExceeded',
    description:
      'The time for the call passed (`DEADLINE_EXCEEDED`). A change may have had its effect: repeat with the same requestId.',
    code: 'DEADLINE_EXCEEDED',
    reason: 'DEADLINE_EXCEEDED',
    message: 'the call took longer than its deadline',
  },
};

/** The reference to the answer of an HTTP status. */
export function errorResponse(status: number): Schema {
  const error = ERRORS[status];
  if (error === undefined) throw new TypeError(`the status ${status} is not described`);
  return { $ref: `#/components/responses/${error.name}` };
}

/** components/responses: one for each status. */
export function errorResponses(): Schema {
  const entries = Object.entries(ERRORS).map(
    ([status, error]) => [error.name, responseOf(Number(status), error)] as const,
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function responseOf(status: number, error: DescribedError): Schema {
  const { description, code, reason, metadata = {}, message, details = [] } = error;
  const names = ['X-Correlation-Id', ...(RETRY_CODES.includes(status) ? ['Retry-After'] : [])];
  const headers = Object.fromEntries(names.map((name) => [name, headerReference(name)]));
  const all = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'dtms', metadata },
    { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: CORRELATION_ID },
    ...details,
  ];
  const example = { error: { code: CANONICAL_CODES.indexOf(code) + 1, status: code, message, details: all } };
  return {
    description,
    headers,
    content: { 'application/json': { schema: reference('Error'), example } },
  };
}

const text = (description: string): Schema => ({ type: 'string', description });

const detail = (name: string, properties: Schema, required: readonly string[]): Schema => ({
  type: 'object',
  properties: { '@type': { const: `type.googleapis.com/google.rpc.${name}` }, ...properties },
  required: ['@type', ...required],
});

/** The schemas of an error's body. @param reasons - the enum ErrorReason, with its comments */
export function errorSchemas(reasons: readonly { name: string; comment: string }[]): Schema {
  const listed = reasons.map(({ name, comment }) => `- \`${name}\`: ${comment.split('\n\n')[0]}`).join('\n');
  const violation = {
    type: 'object',
    properties: {
      field: text('The path of the field, by its names in the proto.'),
      description: text('What is wrong with it.'),
    },
  };
  return {
    Error: {
      type: 'object',
      description: 'A google.rpc.Status. Programs read `reason` and `metadata`, people read `message`.',
      properties: { error: reference('ErrorStatus') },
      required: ['error'],
    },
    ErrorStatus: {
      type: 'object',
      description: 'What went wrong.',
      properties: {
        code: { type: 'integer', description: 'The number of the canonical code.', minimum: 1, maximum: 16 },
        status: { ...text('The canonical code (google.rpc.Code).'), enum: CANONICAL_CODES },
        message: text('For a person.'),
        details: {
          type: 'array',
          description: 'Exactly one is an ErrorInfo.',
          items: reference('ErrorDetail'),
        },
      },
      required: ['code', 'status', 'message', 'details'],
    },
    ErrorDetail: {
      description: 'One detail, by its `@type`.',
      oneOf: ['ErrorInfo', 'BadRequestInfo', 'RetryInfo', 'RequestInfo'].map(reference),
    },
    ErrorInfo: detail(
      'ErrorInfo',
      {
        reason: { ...text(`Why, for programs.\n\n${listed}`), enum: reasons.map(({ name }) => name) },
        domain: { const: 'dtms' },
        metadata: {
          type: 'object',
          description: 'The values the message mentions.',
          additionalProperties: { type: 'string' },
        },
      },
      ['reason', 'domain'],
    ),
    BadRequestInfo: detail(
      'BadRequest',
      { fieldViolations: { type: 'array', description: 'The fields at fault.', items: violation } },
      [],
    ),
    RetryInfo: detail(
      'RetryInfo',
      {
        retryDelay: { ...text('When to try again, such as `0.250s`.'), pattern: '^[0-9]+(\\.[0-9]{1,9})?s$' },
      },
      [],
    ),
    RequestInfo: detail('RequestInfo', { requestId: text('The correlation id.') }, []),
  };
}
