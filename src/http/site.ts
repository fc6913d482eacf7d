// Owns giving out the pages the build puts together, compressed, each under a policy of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../package-files.js';

export interface Site {
  /** Below dist/src/http. */
  readonly folder: string;
  /** Files that are asked for again each time, by path. */
  readonly pages: Readonly<Record<string, string>>;
  /** The Content-Security-Policy of the pages. */
  readonly policy: Readonly<Record<string, string>>;
  /** The other files: where they are, below which path, and how long they may be kept. */
  readonly assets: {
    readonly folder: string;
    readonly prefix: string;
    readonly maxAge: string;
    readonly immutable: boolean;
  };
}

/** What no page may do, unless its own policy says otherwise. */
const STRICT = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
} as const;

/** Serves a site; nothing where it was not built, as when the program runs from its sources. */
export async function serveSite(
  app: FastifyInstance,
  { folder, pages, policy, assets }: Site,
): Promise<void> {
  const root = join(packageRoot(), 'dist', 'src', 'http', folder);
  if (!existsSync(root)) return;
  const { folder: assetsFolder, ...kept } = assets;
  await app.register(fastifyStatic, {
    ...kept,
    root: join(root, assetsFolder),
    index: false,
    preCompressed: true,
    setHeaders: (response) => response.setHeader('vary', 'Accept-Encoding'),
  });
  const csp = Object.entries({ ...STRICT, ...policy }).map(
    ([directive, sources]) => `${directive} ${sources}`,
  );
  const headers = { 'content-security-policy': csp.join('; '), 'cache-control': 'no-cache' };
  for (const [path, file] of Object.entries(pages)) {
    app.get(path, (_request, reply) => reply.headers(headers).sendFile(file, root, { cacheControl: false }));
  }
}
