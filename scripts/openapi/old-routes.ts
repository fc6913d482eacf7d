// Owns the old routes in the OpenAPI document. They are in no proto; a test holds them against the routes and
// the answers of src/http/legacy.
import { headerReference } from './parts.js';
import { reference as ref, type Schema } from './schemas.js';

export const OLD_TAG = {
  name: 'Old routes',
  description:
    'The routes of the server that DTMS replaces, for programs that have not moved yet. Each says in its headers what takes its place (`Link`), since when it is deprecated (RFC 9745) and when it ends (RFC 8594).',
};

const text = { type: 'string' };
const number = { type: 'number' };
const count = { type: 'integer', minimum: 0 };
const flag = { type: 'boolean' };
const maybe = (schema: Schema): Schema => ({ ...schema, type: [schema.type, 'null'] });
/** A number where it is exact, above 2^53 a text. */
const ticket = { type: ['integer', 'string'] };
const object = (properties: Schema, optional: readonly string[] = []): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const answer = { success: flag, summary: text };

export const OLD_SCHEMAS: Schema = {
  OldFailure: {
    description: 'A failure in the shape of the old routes.',
    ...object(
      {
        success: { const: false },
        summary: text,
        error: text,
        detail: text,
        code: { ...text, description: 'The canonical code.' },
        reason: { ...text, description: 'The reason, as in ErrorInfo.' },
        fields: { type: 'array', items: text, description: 'The fields at fault.' },
        accounts: { type: 'array', items: text, description: 'The accounts that have the ticket.' },
      },
      ['reason', 'fields', 'accounts'],
    ),
  },
  OldAction: {
    description: 'An action that came to an end.',
    ...object({
      action_type: text,
      ticket,
      symbol: text,
      success: flag,
      timestamp: maybe(text),
      details: { type: 'object' },
    }),
  },
  OldTrade: {
    description: 'A trade in the shape of the old routes.',
    ...object({
      ticket,
      symbol: text,
      state: text,
      current_score: maybe(number),
      state_entry_time: text,
      warnings: { type: 'object', additionalProperties: count },
      actions_taken: { type: 'array', items: ref('OldAction') },
      performance: { type: 'object' },
      type: maybe(text),
      volume: number,
      open_price: number,
      current_price: maybe(number),
      profit: maybe(number),
      sl: maybe(number),
      tp: maybe(number),
      protection_active: flag,
    }),
  },
  OldRegistration: {
    description: 'A trade to register. Prices and volumes may be decimals as text; 0 and null are none.',
    type: 'object',
    properties: {
      ticket: { ...ticket, description: 'A whole number above 0.' },
      symbol: text,
      direction: { ...text, description: 'BUY or SELL, in any case.' },
      entry: { type: ['number', 'string'] },
      volume: { type: ['number', 'string', 'null'] },
      stop_loss: { type: ['number', 'string', 'null'] },
      take_profit: { type: ['number', 'string', 'null'] },
      account: { type: ['string', 'null'], description: "Absent means the configured account's name." },
    },
    required: ['ticket', 'symbol', 'direction', 'entry'],
  },
};

const time = { ...text, description: 'ISO 8601 with an offset.' };
const HEALTH = object(
  { status: text, dtms_initialized: flag, dtms_available: flag, error: text, timestamp: time },
  ['error'],
);
const DTMS_HEALTH = object(
  {
    dtms_initialized: flag,
    monitoring_active: flag,
    active_trades: count,
    ready: flag,
    error: text,
    timestamp: time,
  },
  ['error'],
);

interface OldRoute {
  readonly body?: Schema;
  /** What is answered with 503 while the service is not ready. */
  readonly unready?: Schema;
  /** True when no key is needed. */
  readonly isOpen?: boolean;
}

/** The routes as [method, path, summary, schema of 200, what else]. */
const ROUTES: readonly (readonly ['get' | 'post', string, string, Schema, OldRoute])[] = [
  ['get', '/health', 'Whether the service answers', HEALTH, { unready: HEALTH, isOpen: true }],
  [
    'get',
    '/dtms/health',
    'Whether the service answers, and how many trades it watches',
    DTMS_HEALTH,
    { unready: DTMS_HEALTH },
  ],
  [
    'get',
    '/dtms/status',
    'What the service does',
    object({
      ...answer,
      dtms_status: object({
        system_active: flag,
        uptime: text,
        active_trades: count,
        trades_by_state: { type: 'object', additionalProperties: count },
        performance: { type: 'object' },
        last_check: text,
      }),
      error: maybe(text),
    }),
    {},
  ],
  [
    'get',
    '/dtms/trade/{ticket}',
    'A trade by its ticket',
    object({ ...answer, trade_info: { oneOf: [ref('OldTrade'), { type: 'null' }] }, error: maybe(text) }),
    {},
  ],
  [
    'get',
    '/dtms/actions',
    'What the service did lately',
    object({ ...answer, action_history: { type: 'array', items: ref('OldAction') } }),
    {},
  ],
  [
    'get',
    '/dtms/engine',
    'When trades were last evaluated',
    object({ ...answer, engine_info: { type: 'object' } }),
    {},
  ],
  [
    'get',
    '/trade-registry/{ticket}',
    "Who manages a trade's stop",
    object({ ...answer, ticket, managed_by: text, breakeven_triggered: flag }),
    {},
  ],
  [
    'post',
    '/dtms/trade/enable',
    'Registers a trade',
    object({ ...answer, trade_info: { type: 'object' }, already_registered: flag }),
    { body: ref('OldRegistration') },
  ],
];

/** The old routes, as paths. */
export function oldPaths(): Schema {
  return Object.fromEntries(ROUTES.map((route) => [route[1], { [route[0]]: operation(route) }]));
}

function operation([
  method,
  path,
  summary,
  schema,
  { body, unready, isOpen },
]: (typeof ROUTES)[number]): Schema {
  const id = path.replaceAll(/[/{}-]+(\w)?/g, (_, letter: string = '') => letter.toUpperCase());
  return {
    operationId: `old${id}`,
    tags: [OLD_TAG.name],
    summary,
    deprecated: true,
    security: isOpen === true ? [] : [{ bearer: [] }, { apiKey: [] }],
    parameters: parameters(path),
    responses: { 200: reply('OK', schema), ...failures(method, unready) },
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
  };
}

function parameters(path: string): readonly Schema[] {
  const account = {
    name: 'account',
    in: 'query',
    description: 'The account, where several have the ticket.',
    schema: { type: 'string' },
  };
  if (!path.includes('{ticket}')) return path === '/health' ? [] : [account];
  const schema = { type: 'string', format: 'int64', pattern: '^[1-9][0-9]{0,18}$' };
  return [{ name: 'ticket', in: 'path', required: true, description: 'The ticket.', schema }, account];
}

const FAILURES = {
  400: 'The request is not one the service takes.',
  401: 'There is no API key, or it is not valid.',
  403: 'The key may not do this.',
  404: 'What the request names is not there.',
  409: 'Several accounts have the ticket, or the trade is registered with other content.',
  422: 'The request cannot be read.',
  429: 'Too many calls.',
  500: "Something broke that is not the caller's fault.",
  503: 'The service is not ready.',
  504: 'The time for the call passed.',
};

function failures(method: string, unready: Schema | undefined): Schema {
  // Hosts and bodies are refused before a route is known: these answers have the shape of the new ones.
  const either = { anyOf: [ref('OldFailure'), ref('Error')] };
  const entries = Object.entries(FAILURES).map(([code, description]) => {
    const schema = code === '503' && unready !== undefined ? { anyOf: [unready, ...either.anyOf] } : either;
    return [code, reply(description, schema)];
  });
  const bodies = method === 'post' ? { 413: error('TooLarge'), 415: error('UnsupportedMediaType') } : {};
  return { ...Object.fromEntries(entries), ...bodies };
}

const error = (name: string): Schema => ({ $ref: `#/components/responses/${name}` });

function reply(description: string, schema: Schema): Schema {
  const names = ['X-Correlation-Id', 'Deprecation', 'Sunset', 'Link'];
  const headers = Object.fromEntries(names.map((name) => [name, headerReference(name)]));
  return { description, headers, content: { 'application/json': { schema } } };
}
