// Who the reader is: a link gives back the key and the page it was made of, and rights are no more than the server told.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grantsOf } from '../../../src/http/dashboard/data/grants.js';
import { linkIn, linkWith } from '../../../src/http/dashboard/data/link.js';

const page = fc.string().map((text) => `#/${text}`);

test('a link gives back its key and its page, and has neither before its fragment', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), page, (key, at) => {
      const url = new URL(linkWith(key, 'http://localhost:8001/', at));
      expect([url.pathname, url.search]).toEqual(['/', '']);
      expect(linkIn(url.hash)).toEqual({ key, at });
    }),
  );
});

test('other fragments are no links, and a link leads to no other place', () => {
  for (const hash of ['', '#/', '#/trades/a/1', '#key=', '#/?key=x', '#key=%E0%A4%A'])
    expect(linkIn(hash), hash).toBeUndefined();
  expect(linkIn('#key=x')).toEqual({ key: 'x', at: '#/' });
  expect(linkIn(`#key=x&at=${encodeURIComponent('//elsewhere')}`)).toEqual({ key: 'x', at: '#/' });
});

const caller = { name: '', expiresAt: undefined };

test('what is granted is what scopes and accounts allow', () => {
  const of = (kind: string, scopes: readonly string[], accounts: readonly string[] = []) => [
    ...grantsOf({
      ...caller,
      kind: `CALLER_KIND_${kind}`,
      scopes: scopes.map((name) => `SCOPE_${name}`),
      accounts,
    }),
  ];
  expect(of('KEY', ['READ'])).toEqual(['everyone', 'key']);
  expect(of('KEY', ['READ'], ['demo'])).toEqual(['key']);
  expect(of('CERTIFICATE', ['BRIDGE'], ['demo'])).toEqual(['close']);
  expect(of('OPEN', ['READ', 'REGISTER', 'ADMIN'])).toEqual(['register', 'close', 'admin', 'everyone']);
});
