// Owns the probes: what a supervisor or a proxy asks to learn whether the process works (/livez) and whether this server
// can serve (/readyz). Anybody may ask, under any name, at any rate: the answer costs nothing and tells nothing else.
import type { HttpPlugin } from './plugin.js';

export type Readiness = 'ready' | 'standby' | 'stopping';

/** Paths that are asked all the time by whoever does not know our name; /health is the old one for /readyz. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/healthz', '/readyz', '/health']);

/** @param path - without its query */
export function isProbe(path: string): boolean {
  return PROBES.has(path);
}

/** @param readiness - whether this server leads, and so can serve every call */
export function probes(readiness: () => Readiness): HttpPlugin {
  return (app) => {
    for (const path of ['/livez', '/healthz']) app.get(path, async () => ({ status: 'alive' }));
    app.get('/readyz', async (_request, reply) => {
      const status = readiness();
      return reply.code(status === 'ready' ? 200 : 503).send({ status });
    });
  };
}
