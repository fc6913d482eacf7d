// Owns the scrape over HTTP: /metrics, where Prometheus looks, and /dtms/metrics.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { requireEveryAccount } from '../access/accounts.js';
import type { Metrics } from '../metrics/metrics.js';
import { CONTENT_TYPES, type Format } from '../observability/metrics/exposition.js';
import { preferredType, takesGzip } from './negotiation.js';
import type { HttpPlugin } from './plugin.js';

const PATHS = ['/metrics', '/dtms/metrics'];
const PROMETHEUS = 'text/plain';
const OPENMETRICS = 'application/openmetrics-text';
const compress = promisify(gzip);

/** @param access - whether a scrape needs a key with the scope to read, of every account, where calls need keys */
export function metricsPages(metrics: Pick<Metrics, 'scrape'>, access: 'open' | 'by-key'): HttpPlugin {
  return (app, tools) => {
    for (const path of PATHS) {
      app.get(path, async (request, reply) => {
        // It counts everybody's trades, and names feeds.
        if (access === 'by-key') requireEveryAccount(await tools.admit(request, Scope.READ));
        const format = scrapeFormat(request.headers.accept);
        const text = await metrics.scrape(format);
        reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'accept, accept-encoding');
        reply.header('cache-control', 'no-store');
        if (!takesGzip(request.headers['accept-encoding'])) return reply.send(text);
        return reply.header('content-encoding', 'gzip').send(await compress(text, { level: 1 }));
      });
    }
  };
}

/** Prometheus' own text, unless an Accept header prefers OpenMetrics. */
export function scrapeFormat(accept: string | undefined): Format {
  return preferredType(accept, [PROMETHEUS, OPENMETRICS]) === OPENMETRICS ? 'openmetrics' : 'prometheus';
}
