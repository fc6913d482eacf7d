// Owns what browsers are kept from: pages of other sites calling, names that other sites point at this
// host, and answers used for what they are not.
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../access/policy.js';
import { HTTP_METHODS } from '../contract/http.js';
import { isProbe } from './probes.js';
import { foreign } from './refusals.js';

export interface GuardOptions {
  /** Where the server listens. */
  readonly host: string;
  /** Names in the Host header besides the loopback ones. */
  readonly allowedHosts: readonly string[];
  /** Whether callers need no key: then a page of another site that is led here would need none either. */
  readonly open: boolean;
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
  const isServed = servedNames(options);
  const origins = new Set(options.allowedOrigins);
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    const { host } = request.headers;
    if (hostsOf(request) > 1) throw foreign('the request names more than one host (Host)');
    if (!isProbe(request.routeOptions.url ?? '') && !isServed(nameOf(host)))
      throw foreign('this host is not served under that name (Host)');
    const { origin } = request.headers;
    const friend = origin !== undefined && origins.has(origin);
    if (friend) admitOrigin(reply, origin);
    if (request.method === 'OPTIONS') return preflight(request, reply, friend);
    if (READING.has(request.method) || friend) return;
    if (isForeign(request)) throw foreign('pages of other sites may not change anything here');
  });
}

/**
 * By which names the server may be called. Where a key is needed and other machines call, by any: a page of another
 * site has no key. Else by its own, and by addresses: it takes a name to lead a browser here from another site.
 */
function servedNames({ host, allowedHosts, open }: GuardOptions): (name: string) => boolean {
  const local = isLoopback(host);
  if (!local && !open && allowedHosts.length === 0) return () => true;
  const own = local ? [...LOOPBACK_NAMES, host] : open ? [...LOOPBACK_NAMES, host, hostname()] : [];
  const names = new Set([...allowedHosts, ...own].map((name) => name.toLowerCase()));
  const addresses = !local && open;
  return (name) => names.has(name) || (addresses && isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0);
}

/** How often a request says which host it means; Node takes the first. */
function hostsOf({ raw }: FastifyRequest): number {
  return raw.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
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
