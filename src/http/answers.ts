// Owns what is answered when something goes wrong over HTTP: the same JSON everywhere, nothing internal.

import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DtmsError, invalidField } from '../errors/errors.js';
import { type HttpFailure, httpFailureOf } from '../errors/json.js';
import { asDtmsError } from '../errors/status.js';
import type { Logger } from '../observability/logger.js';
import { bodyTooLarge, HttpRefusal, noSuchPath, requestTooSlow, unsupportedType } from './refusals.js';
import { correlationOf } from './transport.js';

/** Answers whatever routes and hooks throw, and what no route takes. */
export function answerErrors(app: FastifyInstance, maxBodyBytes: number, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const known = refusalOf(error, maxBodyBytes);
    const failure = known instanceof HttpRefusal ? known.error : known;
    if (failure.cause !== undefined)
      logger.error(
        { error: failure.cause, correlation_id: correlationOf(request.raw) },
        'an HTTP request failed',
      );
    return refuse(request, reply, known);
  });
  app.setNotFoundHandler((request, reply) => refuse(request, reply, noSuchPath()));
}

/** What the framework finds wrong before there is a route. */
export function answerFrameworkError(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const path = new HttpRefusal(400, invalidField('', 'the path is not well encoded'));
  void refuse(request, reply.header('x-correlation-id', correlationOf(request.raw)), path);
}

/** Sends an error. */
function refuse(request: FastifyRequest, reply: FastifyReply, error: DtmsError | HttpRefusal): FastifyReply {
  const { status, headers, body } = failureOf(error, correlationOf(request.raw));
  return reply
    .code(status)
    .headers(headers)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body));
}

/** An error as its answer. */
export function failureOf(error: DtmsError | HttpRefusal, correlationId: string): HttpFailure {
  if (!(error instanceof HttpRefusal)) return httpFailureOf(error, correlationId);
  const { headers, body } = httpFailureOf(error.error, correlationId);
  return { status: error.status, headers: { ...headers, ...error.headers }, body };
}

/** Codes of fastify, for what only it can know. */
const FRAMEWORK: Readonly<Record<string, (maxBodyBytes: number) => HttpRefusal>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => unsupportedType('application/json'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new HttpRefusal(400, invalidField('', 'the body is not as long as it says')),
};

function refusalOf(error: unknown, maxBodyBytes: number): DtmsError | HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof URIError) return invalidField('', 'the path is not well encoded');
  const code: unknown = Reflect.get(Object(error), 'code');
  const known = typeof code === 'string' ? FRAMEWORK[code] : undefined;
  if (known !== undefined) return known(maxBodyBytes);
  const status: unknown = Reflect.get(Object(error), 'statusCode');
  // Of what else the framework and its parts refuse only that it is the caller's fault is told.
  if (status === 404) return noSuchPath();
  return typeof status === 'number' && status >= 400 && status < 500
    ? new HttpRefusal(status, invalidField('', 'the request is not well-formed'))
    : asDtmsError(error);
}

/** Answers what is no HTTP request, or did not come in time, and closes the connection. */
export function answerClientError(logger: Logger) {
  return (error: Error & { code?: string }, socket: Socket): void => answerUnread(error, socket, logger);
}

function answerUnread(error: Error & { code?: string }, socket: Socket, logger: Logger): void {
  if (!socket.writable || socket.destroyed || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const correlationId = randomUUID();
  const { status, body } = failureOf(parserRefusal(error.code), correlationId);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-correlation-id: ${correlationId}`,
    'x-content-type-options: nosniff',
    'connection: close',
  ];
  const { remoteAddress, remotePort } = socket;
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
  logger.info(
    {
      transport: 'http',
      correlation_id: correlationId,
      peer: `${remoteAddress}:${remotePort}`,
      status,
      cause: error.code,
    },
    'a request could not be read',
  );
}

function parserRefusal(code: string | undefined): HttpRefusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpRefusal(431, invalidField('', 'the headers are too large'));
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return requestTooSlow();
  return new HttpRefusal(400, invalidField('', 'the request is not HTTP/1.1'));
}
