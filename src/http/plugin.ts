// Owns what a part of the HTTP server is: the old routes, the documentation, the metrics and the dashboard
// each add their routes by one of these, and work with the tools they are given.
import type { JsonObject } from '@bufbuild/protobuf';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import type { Principal } from '../access/principal.js';
import type { ErrorBody } from '../errors/json.js';
import type { Logger } from '../observability/logger.js';

/** How a call of a procedure ended; `headers` are to be sent along with either. */
export type Answer = Success | Failure;

export interface Success {
  readonly ok: true;
  /** 200. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The response by the JSON rules of protos: 64-bit integers are strings, zero values are there. */
  readonly body: JsonObject;
}

export interface Failure {
  readonly ok: false;
  /** The HTTP status of the canonical code. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** What a part of the HTTP server works with. */
export interface HttpTools {
  readonly logger: Logger;
  /**
   * Calls a unary method in the name of whoever sent an HTTP request, through the same chain as gRPC.
   * Never rejects: what goes wrong is a Failure.
   *
   * @param path - the method's full name, such as "/dtms.v1.TradeService/GetTrade"
   * @param request - by the JSON rules of protos; a function is called only for callers that may call
   * the method, and what it throws (a DtmsError) is the answer
   */
  call(path: string, request: JsonObject | (() => JsonObject), from: FastifyRequest): Promise<Answer>;
  /**
   * Who sent a request that is no call of a method.
   *
   * @param scopes - any one will do
   * @throws DtmsError UNAUTHENTICATED, PERMISSION_DENIED; the server answers with what a route throws
   */
  admit(from: FastifyRequest, ...scopes: Scope[]): Promise<Principal>;
  /** The body of a request as JSON. @throws DtmsError INVALID_FIELD */
  json(from: FastifyRequest): unknown;
}

/**
 * Adds routes. Bodies of `application/json` arrive as bytes (a Buffer, see `tools.json`), no other type is
 * taken. Hosts, origins, the size and time of a body, the security headers, X-Correlation-Id and whatever a
 * route throws are taken care of; a page that needs another Content-Security-Policy sets its own header.
 */
export type HttpPlugin = (app: FastifyInstance, tools: HttpTools) => void | Promise<void>;
