// Owns REST: an HTTP request finds its method by the routes of the protos, goes through the method's
// procedure, and is answered with JSON or a stream.
import type { JsonObject } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HTTP_METHODS } from '../contract/http.js';
import { invalidField } from '../errors/errors.js';
import type { BidiProcedure, Procedure, ServerStreamProcedure } from '../interceptors/procedure.js';
import { takeLines } from './bodies.js';
import type { UnaryCaller } from './caller.js';
import type { FrameTexts } from './frame-texts.js';
import type { Variables } from './path-template.js';
import type { Answer } from './plugin.js';
import { methodNotAllowed, noSuchPath, notAcceptable, unsupportedType } from './refusals.js';
import { bodyRequest, queryRequest } from './request-json.js';
import { resumed, WATCH_PATH } from './resume.js';
import type { Route, RouteTable } from './routes.js';
import { formatFor, NDJSON, NDJSON_TYPE, SSE, SSE_TYPE, type StreamFormat } from './stream-formats.js';
import { linesOf, streamPort } from './streams.js';
import type { Transcoder } from './transcoder.js';
import { HttpRequestTransport, HttpTransport } from './transport.js';

export interface GatewayParts {
  readonly routes: RouteTable;
  readonly procedures: ReadonlyMap<string, Procedure>;
  readonly caller: UnaryCaller;
  readonly transcoder: Transcoder;
  readonly frames: FrameTexts;
  /** The longest line of a request stream. */
  readonly maxLineBytes: number;
  /** Whether a flag switches REST off for a method; what sets flags answers all the same. */
  readonly isOff: (method: string) => boolean;
}

/** A request whose route is found. */
interface Matched {
  readonly route: Route;
  readonly variables: Variables;
  readonly query: URLSearchParams;
}

/** Where an EventSource of a browser cannot send a header, the query says where to go on. */
const LAST_EVENT_PARAMETER = 'lastEventId';

const JSON_TYPE = 'application/json';
/** Else nobody could switch REST on again by it. */
const ALWAYS_ON = /^\/dtms\.v1\.SystemService\/\w+FeatureFlags?$/;

/** Adds the routes of the protos under their prefix, in a scope of their own. */
export function gateway(app: FastifyInstance, parts: GatewayParts): void {
  takeLines(app);
  const matches = new WeakMap<FastifyRequest, Matched>();
  const prefixes = new Set(parts.routes.routes.map(({ template }) => template.text.split('/')[1]));
  for (const prefix of prefixes) {
    app.route({
      method: ['HEAD', ...HTTP_METHODS],
      url: `/${prefix}/*`,
      // Before the body is read: most of what is wrong with a request is in its head.
      onRequest: async (request) => {
        const matched = match(parts.routes, request);
        const { path } = matched.route.method;
        if (!ALWAYS_ON.test(path) && parts.isOff(path)) throw noSuchPath();
        matches.set(request, matched);
      },
      handler: async (request, reply) => {
        const matched = matches.get(request);
        if (matched === undefined) throw noSuchPath();
        return serve(parts, matched, request, reply);
      },
    });
  }
}

function match(routes: RouteTable, { raw, method, headers }: FastifyRequest): Matched {
  const url = raw.url ?? '';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const found = routes.find(method === 'HEAD' ? 'GET' : method, path);
  if (found.route === undefined) {
    if (found.allowed.length === 0) throw noSuchPath();
    throw methodNotAllowed(found.allowed);
  }
  const { route, variables } = found;
  // The head of a stream alone would never end.
  if (method === 'HEAD' && route.method.kind !== 'unary') throw methodNotAllowed(['GET']);
  const needed = route.method.kind === 'bidi' ? NDJSON_TYPE : JSON_TYPE;
  // Strictly: what a page may send anywhere without asking first is no call.
  if (route.hasBody && mediaType(headers['content-type']) !== needed) throw unsupportedType(needed);
  return { route, variables, query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)) };
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

async function serve(parts: GatewayParts, matched: Matched, request: FastifyRequest, reply: FastifyReply) {
  const { path } = matched.route.method;
  const procedure = parts.procedures.get(path);
  if (procedure === undefined) throw new TypeError(`${path} is not served`);
  if (procedure.kind === 'unary') {
    const exchange = { request: request.raw, response: reply.raw };
    return send(reply, await parts.caller.call(path, () => jsonOf(parts, matched, request), exchange));
  }
  const usual = procedure.kind === 'bidi' ? NDJSON : SSE;
  const format = formatFor(request.headers.accept, usual);
  if (format === undefined) throw notAcceptable(`${SSE_TYPE} or ${NDJSON_TYPE}`);
  // From here on the answer is written without the framework.
  reply.hijack();
  stream(parts, matched, procedure, format, request, reply);
  return reply;
}

/** Sends what a call was answered with. */
export function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body));
}

function jsonOf(
  { transcoder }: Pick<GatewayParts, 'transcoder'>,
  { route, variables, query }: Matched,
  { body, headers }: FastifyRequest,
): JsonObject {
  const { input } = route.method.desc;
  const resumes = route.method.path === WATCH_PATH;
  const began = resumes ? query.get(LAST_EVENT_PARAMETER) : null;
  if (resumes) query.delete(LAST_EVENT_PARAMETER);
  // The header is what the browser saw last, the parameter only what the page knew when it began.
  const header = headers['last-event-id'];
  const last = resumes ? (typeof header === 'string' && header !== '' ? header : began) : null;
  if (!route.hasBody) {
    const given = queryRequest(input, query, variables);
    return last === null || last === '' ? given : resumed(given, last);
  }
  const [parameter] = query.keys();
  if (parameter !== undefined) throw invalidField(parameter, 'is not a parameter: it belongs in the body');
  const bytes = body instanceof Uint8Array && body.length > 0 ? body : undefined;
  return bodyRequest(input, bytes === undefined ? {} : transcoder.parse(input, bytes), variables);
}

/** A stream down takes one request; one both ways takes a line for each message. */
function stream(
  { transcoder, frames, maxLineBytes }: GatewayParts,
  matched: Matched,
  procedure: ServerStreamProcedure | BidiProcedure,
  format: StreamFormat,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { input, output } = matched.route.method.desc;
  const [{ raw }, response] = [request, reply.raw];
  const parts = { request: raw, response, headers: reply.getHeaders(), format, output, frames };
  if (procedure.kind === 'bidi') {
    const port = streamPort(new HttpTransport(raw, response), parts);
    procedure.call({
      ...port,
      received: async function* () {
        for await (const line of linesOf(raw, maxLineBytes)) {
          yield transcoder.toBytes(input, transcoder.parse(input, line));
        }
      },
    });
    return;
  }
  const bytes = () => transcoder.toBytes(input, jsonOf({ transcoder }, matched, request));
  procedure.call(streamPort(new HttpRequestTransport(raw, response, bytes), parts));
}
