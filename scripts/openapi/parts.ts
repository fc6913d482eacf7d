// Owns what of the OpenAPI document is not in the protos: how to use it, headers and keys.
import type { Schema } from './schemas.js';

export const CORRELATION_ID = '4f1d9a3c8e2b4d70';

export const headerReference = (name: string): Schema => ({ $ref: `#/components/headers/${name}` });

/** Services as a reader meets them; one that is not here comes last. */
export const TAG_ORDER = ['Trade', 'Market Data', 'Action', 'Account', 'Ownership', 'System'];

export const HEADERS: Schema = {
  'X-Correlation-Id': {
    description: 'Finds the call in the logs: the one that was sent, or a new one.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
    example: CORRELATION_ID,
  },
  'Retry-After': {
    description: 'Try again after this many seconds; only where it is known.',
    schema: { type: 'integer', minimum: 0 },
    example: 1,
  },
  Link: {
    description: 'What takes the place of the route, and where its end is explained (RFC 8288).',
    schema: { type: 'string' },
    example: '</v1/dtms/trades>; rel="successor-version"',
  },
  Deprecation: {
    description: 'Since when the route is deprecated (RFC 9745).',
    schema: { type: 'string', pattern: '^@[0-9]+$' },
    example: '@1767225600',
  },
  Sunset: {
    description: 'When the route ends (RFC 8594).',
    schema: { type: 'string' },
    example: 'Fri, 01 Jan 2027 00:00:00 GMT',
  },
};

export const SECURITY_SCHEMES: Schema = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'dtms_<id>_<secret>',
    description: 'An API key, made by `dtms keys create` or createApiKey.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same key in a header of its own.',
  },
};

export const DESCRIPTION = `
DTMS watches open trades and defends them. This is its REST interface: the same methods, rules and errors as over gRPC.

**JSON** follows the protobuf mapping: names are in camelCase, enums are names, times are RFC 3339 in UTC, and 64-bit
integers (tickets, revisions) are strings. In a request what is zero, empty or false may be left out; in an answer only what is not
known or not set is absent. An unknown field in a request is refused;
a program must ignore the ones it does not know in an answer. Query parameters name fields, as in \`filter.account=demo\`; lists repeat
the parameter.

**Keys.** Send an API key as \`Authorization: Bearer\` or \`x-api-key\`, not both. Each operation names the scopes of which one is
needed. A server on loopback without keys serves everybody.

**Repeats.** A change takes a \`requestId\` (a UUID, kept for 24 hours): the same call again is answered as the first was, without a
second effect. Use a new one for each change, and the same for each repeat of it.

**Errors** are a google.rpc.Status in \`error\`, with one ErrorInfo whose \`reason\` is for programs. Every answer has the header
\`X-Correlation-Id\`; send your own to find a call in the logs. \`Retry-After\` says when to try again.
\`X-Timeout-Ms\` in a request says how long you wait: after it the answer is 504.

**Streams** are Server-Sent Events, or a JSON message per line with \`Accept: application/x-ndjson\`. An event's id is its place in
the log: \`Last-Event-ID\` continues after it.
`.trim();
