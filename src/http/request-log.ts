// Owns the lines of HTTP requests that are no calls: pages, metrics, and what was refused before there was a
// call. Calls have their lines from the chain.
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../observability/logger.js';
import { isProbe } from './probes.js';
import { correlationOf, isCall } from './transport.js';

const LONGEST_PATH = 200;

export function logRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook('onResponse', async ({ raw, method, url, ip }, reply) => {
    if (isCall(raw)) return;
    const [path = ''] = url.split('?');
    const level = isProbe(path) ? 'debug' : levelOf(reply.statusCode);
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        transport: 'http',
        correlation_id: correlationOf(raw),
        peer: ip,
        method,
        // Without its query: people put keys there, though none is taken from it.
        path: path.slice(0, LONGEST_PATH),
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime * 1000) / 1000,
      },
      'request finished',
    );
  });
}

function levelOf(status: number): 'error' | 'info' | 'debug' {
  if (status >= 500) return 'error';
  return status >= 400 ? 'info' : 'debug';
}
