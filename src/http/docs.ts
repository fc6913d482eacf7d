// Owns the documentation over HTTP: the OpenAPI document, Swagger UI at /docs and ReDoc at /redoc. All of it
// comes from this server; the pages may talk to nobody else.
import type { FastifyInstance } from 'fastify';
import { type Site, serveSite } from './site.js';

const DOCS: Site = {
  folder: 'docs',
  pages: {
    '/docs': 'docs.html',
    '/redoc': 'redoc.html',
    '/openapi.json': 'openapi.json',
    '/v1/dtms/openapi.json': 'openapi.json',
  },
  policy: {
    // Styles are put in by both programs as they run.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    // ReDoc searches in a worker that it makes of its own code.
    'worker-src': 'blob:',
  },
  assets: { folder: '', prefix: '/docs/', maxAge: '1h', immutable: false },
};

export async function docsPages(app: FastifyInstance): Promise<void> {
  await serveSite(app, DOCS);
  for (const path of ['/docs', '/redoc']) app.get(`${path}/`, (_request, reply) => reply.redirect(path, 308));
}
