// Owns giving out the dashboard: its page at /, its files under /assets/.
import type { FastifyInstance } from 'fastify';
import { type Site, serveSite } from './site.js';

const DASHBOARD: Site = {
  folder: 'dashboard',
  pages: { '/': 'index.html' },
  // Charts set styles of their elements from code, which needs no permission; nothing is parsed as HTML.
  policy: { 'require-trusted-types-for': "'script'", 'trusted-types': "'none'" },
  // Names carry a hash of their content.
  assets: { folder: 'assets', prefix: '/assets/', maxAge: '1y', immutable: true },
};

export async function dashboard(app: FastifyInstance): Promise<void> {
  await serveSite(app, DASHBOARD);
}
