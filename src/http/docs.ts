// Owns the documentation over HTTP: the OpenAPI document, Swagger UI at /docs and ReDoc at /redoc. All of it
// comes from this server; the pages may talk to nobody else.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { packageRoot } from '../package-files.js';

const DOCUMENT_PATHS = ['/openapi.json', '/v1/dtms/openapi.json'];

/** Page path to file. */
const PAGES = { '/docs': 'docs.html', '/redoc': 'redoc.html' };

/** Styles are put in by both programs as they run; everything else is files of this host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  // ReDoc searches in a worker that it makes of its own code.
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The files the build puts together: the pages, and the programs they show the document with. */
function assetsFolder(): string {
  return join(packageRoot(), 'dist', 'src', 'http', 'docs');
}

/** The OpenAPI document as it is served. Throws when it was not generated. */
export function openApiDocument(): string {
  const file = join(packageRoot(), 'gen', 'openapi', 'dtms.v1.json');
  return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
}

/**
 * Serves the document and its pages. Without the build's files (a program run from its sources that was
 * never built) only the document is served.
 */
export async function docsPages(app: FastifyInstance): Promise<void> {
  const document = Buffer.from(openApiDocument());
  const tag = `"${createHash('sha256').update(document).digest('base64url').slice(0, 22)}"`;
  for (const path of DOCUMENT_PATHS) {
    app.get(path, (request, reply) => answer(request, reply, document, { type: 'application/json', tag }));
  }
  const root = assetsFolder();
  if (!existsSync(root)) return;
  for (const [path, file] of Object.entries(PAGES)) {
    const page = readFileSync(join(root, file));
    app.get(path, (_request, reply) =>
      reply
        .header('content-security-policy', POLICY)
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(page),
    );
    app.get(`${path}/`, (_request, reply) => reply.redirect(path, 308));
  }
  await app.register(fastifyStatic, {
    root,
    prefix: '/docs/',
    decorateReply: false,
    index: false,
    preCompressed: true,
    maxAge: '1h',
  });
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
  { type, tag }: { readonly type: string; readonly tag: string },
) {
  reply.header('etag', tag).header('cache-control', 'no-cache');
  if (request.headers['if-none-match'] === tag) return reply.code(304).send();
  return reply.type(type).send(body);
}
