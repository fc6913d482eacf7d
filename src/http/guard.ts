// Owns what browsers are kept from: pages of other sites calling, names that other sites point at this
// host, and answers used for what they are not.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../access/policy.js';
import { foreign } from './refusals.js';
import { HTTP_METHODS } from './routes.js';

export interface GuardOptions {
  /** Where the server listens. */
  readonly host: string;
  /** Names in the Host header besides the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Sites whose pages may call. */
  readonly allowedOrigins: readonly string[];
}

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** What every answer has; a page that needs more sets its own policy. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Headers callers may send from other sites' pages, where those may call at all. */
const SENT = [
  'authorization',
  'content-type',
  'last-event-id',
  'traceparent',
  'x-api-key',
  'x-correlation-id',
  'x-timeout-ms',
].join(', ');
const SEEN = 'retry-after, x-correlation-id';
const PREFLIGHT_SECONDS = 600;

/** Puts the guard before every route. */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const hosts = new Set(
    [...options.allowedHosts, ...(isLoopback(options.host) ? [...LOOPBACK_NAMES, options.host] : [])].map(
      (name) => name.toLowerCase(),
    ),
  );
  const origins = new Set(options.allowedOrigins);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    // Elsewhere any name may lead here; on loopback only ours can, and a page of another site by another.
    const named = nameOf(request.headers.host);
    if (hosts.size > 0 && !hosts.has(named)) throw foreign('this host is not served under that name (Host)');
    const { origin } = request.headers;
    const friend = origin !== undefined && origins.has(origin);
    if (friend) admitOrigin(reply, origin);
    if (request.method === 'OPTIONS') return preflight(request, reply, friend);
    if (READING.has(request.method) || friend) return;
    if (isForeign(request)) throw foreign('pages of other sites may not change anything here');
  });
}

/** The host's name without its port. */
function nameOf(host: string | undefined): string {
  return (host ?? '').toLowerCase().replace(/:\d*$/, '');
}

/** Whether a page of another site sends it: browsers say so, other callers say nothing. */
function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host?.toLowerCase();
}

function admitOrigin(reply: FastifyReply, origin: string): void {
  void reply.headers({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': SEEN,
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'Origin',
  });
}

async function preflight(request: FastifyRequest, reply: FastifyReply, friend: boolean): Promise<void> {
  if (friend) {
    void reply.headers({
      'access-control-allow-methods': HTTP_METHODS.join(', '),
      'access-control-allow-headers': SENT,
      'access-control-max-age': PREFLIGHT_SECONDS,
    });
  } else if (request.headers['access-control-request-method'] !== undefined) {
    throw foreign('pages of other sites may not call');
  }
  await reply.code(204).send();
}
