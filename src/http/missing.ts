// Owns what is answered where no route is: 405 where the path takes other methods, else 404.
import type { FastifyInstance } from 'fastify';
import { HTTP_METHODS } from '../contract/http.js';
import { type HttpRefusal, methodNotAllowed, noSuchPath } from './refusals.js';
import type { RouteTable } from './routes.js';

interface Known {
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

/** Refuses requests that no route takes, before their body is read. To be called before routes are added. */
export function refuseMissing(app: FastifyInstance, routes: RouteTable): void {
  const known: Known[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    const methods = Array.isArray(method) ? method : [method];
    // The gateway's own, which takes every path: the table knows better.
    if (!url.endsWith('/*')) known.push({ segments: url.split('/'), methods });
  });
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw missing(request.raw.url ?? '');
  });

  function missing(url: string): HttpRefusal {
    const [path = ''] = url.split('?');
    const found = allowedBy(routes, path);
    for (const { segments, methods } of known) if (matches(segments, path.split('/'))) found.push(...methods);
    const allowed = HTTP_METHODS.filter((method) => found.includes(method));
    return allowed.length === 0 ? noSuchPath() : methodNotAllowed(allowed);
  }
}

/** A path that is not well encoded takes nothing. */
function allowedBy(routes: RouteTable, path: string): string[] {
  try {
    const found = routes.find('', path);
    return found.route === undefined ? [...found.allowed] : [];
  } catch (error) {
    if (error instanceof URIError) return [];
    throw error;
  }
}

function matches(segments: readonly string[], parts: readonly string[]): boolean {
  return (
    segments.length === parts.length &&
    segments.every((segment, index) => segment.startsWith(':') || segment === parts[index])
  );
}
