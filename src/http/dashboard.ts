// Owns giving out the dashboard: its page at /, its files under /assets/, under a policy that lets the page
// talk to this server and nobody else.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { packageRoot } from '../package-files.js';

/** Charts set styles of their elements from code, which needs no permission; nothing is parsed as HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Names of these carry a hash of their content. */
const FOREVER = 'public, max-age=31536000, immutable';

interface ServedFile {
  readonly plain: Buffer;
  readonly zipped: Buffer;
  readonly type: string;
}

/** The files the build puts together. */
function builtFolder(): string {
  return join(packageRoot(), 'dist', 'src', 'http', 'dashboard');
}

/**
 * Serves the dashboard from memory: it is small. Without the build's files (a program run from its sources
 * that was never built) nothing is served.
 */
export function dashboard(app: FastifyInstance): void {
  const root = builtFolder();
  if (!existsSync(join(root, 'index.html'))) return;
  const page = fileAt(join(root, 'index.html'));
  app.get('/', (request, reply) =>
    send(request, reply.header('content-security-policy', POLICY).header('cache-control', 'no-cache'), page),
  );
  for (const name of readdirSync(join(root, 'assets'))) {
    if (TYPES[extname(name)] === undefined) continue;
    const file = fileAt(join(root, 'assets', name));
    app.get(`/assets/${name}`, (request, reply) =>
      send(request, reply.header('cache-control', FOREVER), file),
    );
  }
}

function fileAt(path: string): ServedFile {
  const plain = readFileSync(path);
  return { plain, zipped: gzipSync(plain), type: TYPES[extname(path)] ?? 'application/octet-stream' };
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { plain, zipped, type }: ServedFile,
): FastifyReply {
  void reply.type(type).header('vary', 'Accept-Encoding');
  const takesZipped = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\b)/.test(request.headers['accept-encoding'] ?? '');
  return takesZipped ? reply.header('content-encoding', 'gzip').send(zipped) : reply.send(plain);
}
