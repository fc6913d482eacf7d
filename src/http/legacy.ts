// Owns serving the routes of the server DTMS replaces, so that its callers move without a change of code:
// each is a translation of JSON onto one or two procedures, and says in its headers that it goes.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LegacySettings } from '../config/legacy.js';
import { CallFailure, LegacyCaller } from './legacy/caller.js';
import { deprecationHeaders } from './legacy/deprecation.js';
import { failureBody, noTicket } from './legacy/failures.js';
import { LEGACY_ROUTES, type LegacyAnswer, type LegacyRequest, type LegacyRoute } from './legacy/routes.js';
import type { HttpPlugin, HttpTools } from './plugin.js';
import { noSuchPath } from './refusals.js';

export interface LegacyOptions {
  readonly settings: LegacySettings;
  /** Whether this server evaluates and answers now; told to anybody, as gRPC's health is. */
  readonly ready: () => boolean;
  /** Whether a flag switches a route off, such as GET /trades. */
  readonly isOff: (route: string) => boolean;
}

/** The old routes as a part of the HTTP server; nothing when they are switched off. */
export function legacyRoutes({ settings, ready, isOff }: LegacyOptions): HttpPlugin {
  return (app, tools) => {
    if (!settings.enabled) return;
    const sunset = new Date(`${settings.sunset}T00:00:00Z`);
    for (const route of LEGACY_ROUTES) {
      const url = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
      app.route({
        method: route.method,
        url,
        onRequest: async () => {
          if (isOff(`${route.method} ${route.path}`)) throw noSuchPath();
        },
        handler: async (request: FastifyRequest, reply: FastifyReply) => {
          const { status, body, headers, account } = await answer(route, request, tools, settings, ready);
          const successor = fill(route.successor, ticketText(request), account);
          void reply.headers({ ...headers, ...deprecationHeaders(sunset, successor) });
          return reply.code(status).send(body);
        },
        // What is refused before the handler, such as a body of another type, is of a deprecated route too.
        onSend: async (request, reply, payload) => {
          if (reply.hasHeader('deprecation')) return payload;
          const successor = fill(route.successor, ticketText(request), accountOf(request));
          void reply.headers(deprecationHeaders(sunset, successor));
          return payload;
        },
      });
    }
  };
}

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
  /** The account of the trade that was asked for, where it is known. */
  readonly account: string | undefined;
}

async function answer(
  route: LegacyRoute,
  from: FastifyRequest,
  tools: HttpTools,
  settings: LegacySettings,
  ready: () => boolean,
): Promise<Reply> {
  const caller = new LegacyCaller(tools, from);
  const named = accountOf(from);
  try {
    const request: LegacyRequest = {
      ticket: route.path.includes('{ticket}') ? parseTicket(ticketText(from)) : 0n,
      account: named,
      json: () => tools.json(from),
      now: new Date(),
      defaultAccount: settings.account,
      ready: ready(),
    };
    const given: LegacyAnswer = await route.answer(caller, request);
    return { ...given, headers: caller.headers, account: given.account ?? named };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    const { report } = error;
    return { status: report.status, body: failureBody(report), headers: caller.headers, account: named };
  }
}

const MAX_TICKET = 2n ** 63n - 1n;

function parseTicket(text: string): bigint {
  const ticket = /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
  if (ticket > 0n && ticket <= MAX_TICKET) return ticket;
  throw noTicket();
}

const ticketText = (from: FastifyRequest): string =>
  (from.params as { readonly ticket?: string }).ticket ?? '';

/** ?account=; of several the first. Other parameters are left alone, as the old server did. */
function accountOf(from: FastifyRequest): string | undefined {
  const { account } = from.query as { readonly account?: string | readonly string[] };
  const first = typeof account === 'string' ? account : account?.[0];
  return first === '' ? undefined : first;
}

/** A path with its variables; one whose account is not known points to the list of trades. */
function fill(template: string, ticket: string, account: string | undefined): string {
  if (!template.includes('{account}')) return template;
  if (account === undefined) return '/v1/dtms/trades';
  const values: Readonly<Record<string, string>> = { account, ticket };
  return template.replaceAll(/\{(\w+)\}/g, (_variable, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}
