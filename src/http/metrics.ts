// Owns the scrape over HTTP: /metrics, where Prometheus looks, and /dtms/metrics.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { CONTENT_TYPES, formatOf } from '../observability/metrics/exposition.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { HttpPlugin } from './plugin.js';

const PATHS = ['/metrics', '/dtms/metrics'];
const compress = promisify(gzip);

/** @param access - whether a scrape needs a key with the scope to read, where calls need keys */
export function metricsPages(metrics: Pick<Metrics, 'scrape'>, access: 'open' | 'by-key'): HttpPlugin {
  return (app, tools) => {
    for (const path of PATHS) {
      app.get(path, async (request, reply) => {
        if (access === 'by-key') await tools.admit(request, Scope.READ);
        const format = formatOf(request.headers.accept);
        const text = await metrics.scrape(format);
        reply.header('content-type', CONTENT_TYPES[format]).header('vary', 'accept, accept-encoding');
        reply.header('cache-control', 'no-store');
        if (!takesGzip(request.headers['accept-encoding'])) return reply.send(text);
        return reply.header('content-encoding', 'gzip').send(await compress(text, { level: 1 }));
      });
    }
  };
}

/** Whether an Accept-Encoding header names gzip, or anything, without refusing it. */
export function takesGzip(header: string | string[] | undefined): boolean {
  const named = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim().split(/\s*;\s*q=/));
  const found = named.find(([name]) => name === 'gzip') ?? named.find(([name]) => name === '*');
  return found !== undefined && Number(found[1] ?? 1) > 0;
}
