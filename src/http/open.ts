// Owns making the HTTP server of a configuration.
import type { Config } from '../config/config.js';
import { listed } from '../config/http.js';
import type { Logger } from '../observability/logger.js';
import type { SecureServing } from '../transport/server.js';
import { type HttpParts, HttpServer } from './server.js';

/**
 * The HTTP server as it is configured; undefined where it is switched off. TLS is the same as gRPC's, and so
 * are the largest request and the time to stop.
 *
 * @throws TypeError when a method of the services has no route of its own
 */
export function httpServerOf(
  { http, grpc, access }: Pick<Config, 'http' | 'grpc' | 'access'>,
  parts: HttpParts,
  logger: Logger,
  secure: SecureServing | undefined,
): HttpServer | undefined {
  if (!http.enabled) return undefined;
  const options = {
    ...http,
    allowedHosts: listed(http.allowedHosts),
    allowedOrigins: listed(http.allowedOrigins),
    open: access.mode === 'open',
    maxBodyBytes: grpc.maxMessageBytes,
    drainMs: grpc.drainMs,
  };
  return new HttpServer(parts, options, logger, secure);
}
