// Owns SystemService, the part about API keys and audits. Any server answers: they are no matter of the one
// that leads.
import {
  CallerKind,
  type GetCallerResponse,
  type SystemServiceDefinition,
} from '../../gen/ts/dtms/v1/system_service.js';
import type { ConsoleToken } from '../access/console-token.js';
import type { Principal } from '../access/principal.js';
import { type Administrator, grantKey, revokeKey, rotateKey } from '../commands/keys.js';
import { scopeName } from '../contract/scopes.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import { NEWEST } from '../queries/page.js';
import { listAudits, listKeys } from '../queries/records.js';
import type { Store } from '../store/store.js';
import { auditToProto, keyToProto } from '../wire/key.js';
import { fromDate } from '../wire/time.js';
import { pageSizeOf, pageToken, parsePageToken, queryFingerprint } from './page-token.js';

type KeyHandlers = Pick<
  Handlers<SystemServiceDefinition>,
  'createApiKey' | 'listApiKeys' | 'rotateApiKey' | 'revokeApiKey' | 'listAuditEvents' | 'getCaller'
>;

export function keyHandlers(
  { keys, audits }: Pick<Store, 'keys' | 'audits'>,
  consoleToken: ConsoleToken,
): KeyHandlers {
  return {
    createApiKey: async (request, call) => {
      const { name, scopes, accounts, feeds, expiresAt } = request;
      const wanted = { name, scopes: scopes.map(scopeName), accounts, feeds, expiresAt: fromDate(expiresAt) };
      const make = () => grantKey(keys, wanted, administrator(call));
      // Whoever is let in without a key is anybody who reaches the port.
      const { key, text } = await (call.principal.kind === 'open'
        ? consoleToken.spend(request.consoleToken, make)
        : make());
      return { key: keyToProto(key), secret: text };
    },

    getCaller: (_request, { principal }) => callerToProto(keys, principal),

    listApiKeys: async (request, { method, principal }) => {
      const accounts = principal.accounts === null ? null : [...principal.accounts].sort();
      const fingerprint = queryFingerprint(method, JSON.stringify(accounts));
      const after = parsePageToken(request.pageToken, fingerprint);
      const { items, next } = await listKeys(keys, accounts, after, pageSizeOf(request));
      return { keys: items.map(keyToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    rotateApiKey: async ({ keyId, overlapSeconds, expiresAt }, call) => {
      const terms = { overlapMs: overlapSeconds * 1000, expiresAt: fromDate(expiresAt) };
      const { key, text, replaced } = await rotateKey(keys, keyId, terms, administrator(call));
      return { key: keyToProto(key), secret: text, replaced: keyToProto(replaced) };
    },

    revokeApiKey: async ({ keyId }, call) => ({
      key: keyToProto(await revokeKey(keys, keyId, administrator(call))),
    }),

    listAuditEvents: async (request, { method }) => {
      const filter = {
        account: request.account || null,
        actor: request.actor || null,
        method: request.method || null,
        from: fromDate(request.from),
        until: fromDate(request.until),
      };
      // No log has so many.
      const afterAuditId = Math.min(Number(request.afterAuditId), Number.MAX_SAFE_INTEGER);
      const asked = request.newestFirst ? `${method}?newestFirst` : method;
      const fingerprint = queryFingerprint(asked, JSON.stringify([filter, afterAuditId]));
      const place = parsePageToken(request.pageToken, fingerprint);
      const range = request.newestFirst
        ? { after: afterAuditId, before: place || NEWEST }
        : { after: Math.max(place, afterAuditId), before: null };
      const { items, next } = await listAudits(audits, filter, range, pageSizeOf(request));
      return { events: items.map(auditToProto), nextPageToken: pageToken(fingerprint, next) };
    },
  };
}

const CALLER_KINDS = {
  key: CallerKind.KEY,
  certificate: CallerKind.CERTIFICATE,
  open: CallerKind.OPEN,
} as const;

function administrator({ principal, method }: CallContext): Administrator {
  return {
    actor: principal.name,
    actorId: principal.id,
    method,
    accounts: principal.accounts,
    feeds: principal.feeds,
  };
}

/** Who calls, and until when. */
async function callerToProto(
  keys: Store['keys'],
  { kind, id, name, scopes, accounts }: Principal,
): Promise<GetCallerResponse> {
  const [key] = kind === 'key' ? await keys.find([id]) : [];
  const ends = [key?.expiresAt, key?.overlapEndsAt].filter((at) => typeof at === 'number');
  return {
    kind: CALLER_KINDS[kind],
    name,
    scopes: [...scopes].sort((one, other) => one - other),
    accounts: [...(accounts ?? [])].sort(),
    expiresAt: ends.length === 0 ? undefined : new Date(Math.min(...ends)),
  };
}
