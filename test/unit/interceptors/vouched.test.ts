// Whose call it is survives the way to another server, whatever the caller is called; what a key may do does not come with it.
import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { GATE_TIMES, Gate } from '../../../src/access/gate.js';
import type { Door } from '../../../src/access/policy.js';
import type { Principal } from '../../../src/access/principal.js';
import { granted } from '../../../src/access/scopes.js';
import { SCOPES } from '../../../src/contract/scopes.js';
import { asDtmsError } from '../../../src/errors/status.js';
import { Call } from '../../../src/interceptors/call.js';
import { vouch, vouched } from '../../../src/interceptors/vouched.js';
import { createLogger } from '../../../src/observability/logger.js';
import { MemoryKeys, storedKey } from '../../support/keys.js';
import '../../support/properties.js';

const SILENT = createLogger('silent');
const METHOD = { path: '/dtms.v1.TradeService/GetTrade', streaming: false };
const keys = new MemoryKeys();
const gateOf = (door: Door) => new Gate(keys, { door, ...GATE_TIMES }, SILENT);

function callWith(metadata: Metadata): Call {
  const transport = {
    cancelled: false,
    metadata,
    getPeer: () => '10.0.0.9:9',
    getDeadline: () => Number.POSITIVE_INFINITY,
    once: () => undefined,
  };
  return new Call(METHOD, transport, SILENT);
}

/** Whose call the next server takes it for, and from where. */
async function received(metadata: Metadata, door: Door = 'closed') {
  const call = callWith(metadata);
  const seen: { principal: Principal; peer: string }[] = [];
  const handle = vouched(gateOf(door)).aroundCall?.(METHOD, ({ principal, peer }) => {
    seen.push({ principal, peer });
    return undefined;
  });
  await handle?.(call);
  return seen[0];
}

function told(principal: Principal, peer = '10.0.0.1:5'): Metadata {
  const metadata = new Metadata();
  vouch(metadata, { principal, peer });
  return metadata;
}

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 });
const scopes = fc.subarray([...SCOPES]);

test('a certificate comes with its name and scopes, whatever is in the name', async () => {
  await fc.assert(
    fc.asyncProperty(name, scopes, async (id, some) => {
      const principal: Principal = {
        kind: 'certificate',
        id,
        name: id,
        scopes: granted(some),
        accounts: null,
        feeds: null,
      };
      expect(await received(told(principal))).toEqual({ principal, peer: '10.0.0.1:5' });
    }),
  );
});

test('a key comes with its id alone: what it may do is what this server finds', async () => {
  await fc.assert(
    fc.asyncProperty(scopes, scopes, fc.constantFrom(null, ['demo']), async (before, now, accounts) => {
      keys.keys.clear();
      keys.put(storedKey('key0', { scopes: now.map((scope) => SCOPE_NAMES[scope] ?? ''), accounts }));
      const stale: Principal = {
        kind: 'key',
        id: 'key0',
        name: 'what it was called',
        scopes: granted(before),
        accounts: null,
        feeds: null,
      };
      const seen = await received(told(stale));
      expect(seen?.principal.name).toBe('key key0');
      expect(seen?.principal.scopes).toEqual(granted(now));
      expect(seen?.principal.accounts).toEqual(accounts === null ? null : new Set(accounts));
    }),
  );
});

const SCOPE_NAMES: Readonly<Record<number, string>> = {
  1: 'READ',
  2: 'REGISTER',
  3: 'MARKET',
  4: 'BRIDGE',
  5: 'MANAGE',
  6: 'ADMIN',
};

const KEYED: Principal = {
  kind: 'key',
  id: 'key1',
  name: '',
  scopes: new Set(),
  accounts: null,
  feeds: null,
};

test.each([
  ['is not there', []],
  ['was revoked', [storedKey('key1', { revokedAt: 1 })]],
  ['has expired', [storedKey('key1', { expiresAt: 1, remainingMs: -1 })]],
])('a key that %s is refused here too', async (_why, stored) => {
  keys.keys.clear();
  keys.put(...stored);
  await expect(received(told(KEYED))).rejects.toMatchObject({ reason: ErrorReason.UNAUTHENTICATED });
});

test('nobody in particular is let in where anybody is, and is known by where the call came from', async () => {
  const open: Principal = { ...KEYED, kind: 'open' };
  expect((await received(told(open, '192.0.2.7:4711'), 'open'))?.principal.id).toBe('192.0.2.7');
  await expect(received(told(open))).rejects.toMatchObject({ reason: ErrorReason.UNAUTHENTICATED });
});

test('what says of nobody whose call it is fails, and means nobody', async () => {
  const letters = [
    '',
    '%',
    'null',
    '{}',
    '{"vouched":{"kind":"root","id":"x"},"peer":""}',
    '{"vouched":{"kind":"key"}}',
  ];
  for (const letter of letters) {
    const metadata = new Metadata();
    metadata.set('dtms-vouched-caller', encodeURIComponent(letter));
    const failure = await received(metadata, 'open').then(
      () => undefined,
      (error: unknown) => asDtmsError(error).reason,
    );
    expect(failure, letter).toBe(ErrorReason.INTERNAL);
  }
});
