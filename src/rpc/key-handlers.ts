// SystemService, the part about API keys. Any server answers: keys are no matter of the one that leads.
import type { SystemServiceService } from '../../gen/ts/dtms/v1/system_service.js';
import { type Administrator, createKey, revokeKey, rotateKey } from '../access/key-admin.js';
import type { CallContext } from '../observability/context.js';
import type { KeyTable } from '../store/keys.js';
import { keyToProto } from '../wire/key.js';
import { fromDate } from '../wire/time.js';
import type { Handlers } from './adapters.js';
import { pageToken as nextToken, parsePageToken, queryFingerprint } from './page-token.js';

type KeyHandlers = Pick<
  Handlers<typeof SystemServiceService>,
  'createApiKey' | 'listApiKeys' | 'rotateApiKey' | 'revokeApiKey'
>;

const DEFAULT_PAGE = 100;

export function keyHandlers(keys: KeyTable): KeyHandlers {
  return {
    createApiKey: async ({ name, scopes, accounts, expiresAt }, call) => {
      const request = { name, scopes, accounts, expiresAt: fromDate(expiresAt) };
      const { key, text } = await createKey(keys, request, administrator(call));
      return { key: keyToProto(key), secret: text };
    },

    listApiKeys: async ({ pageSize, pageToken }, call) => {
      const accounts = call.principal.accounts === null ? null : [...call.principal.accounts].sort();
      const fingerprint = queryFingerprint(call.method, Buffer.from(JSON.stringify(accounts)));
      const size = pageSize || DEFAULT_PAGE;
      const page = await keys.list(accounts, parsePageToken(pageToken, fingerprint), size + 1);
      const shown = page.slice(0, size);
      const last = shown.at(-1);
      return {
        keys: shown.map(keyToProto),
        nextPageToken: page.length > size && last !== undefined ? nextToken(fingerprint, last.number) : '',
      };
    },

    rotateApiKey: async ({ keyId, overlapSeconds, expiresAt }, call) => {
      const terms = { overlapMs: overlapSeconds * 1000, expiresAt: fromDate(expiresAt) };
      const { key, text, replaced } = await rotateKey(keys, keyId, terms, administrator(call));
      return { key: keyToProto(key), secret: text, replaced: keyToProto(replaced) };
    },

    revokeApiKey: async ({ keyId }, call) => ({
      key: keyToProto(await revokeKey(keys, keyId, administrator(call))),
    }),
  };
}

function administrator({ principal, method }: CallContext): Administrator {
  return { actor: principal.name, method, accounts: principal.accounts };
}
