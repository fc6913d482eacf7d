// A key that is limited to accounts has to name one: every call of the dashboard that could be about all of them does.
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aboutAccount, accountInView, NAMED_BY } from '../../../src/http/dashboard/data/account-in-view.js';

interface Documented {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly parameters?: readonly { readonly name: string }[] } }>
  >;
}

const folder = new URL('../../../src/http/dashboard/', import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('account-in-view.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

test('the calls that may name an account are those of the interface that the dashboard makes', () => {
  const file = new URL('../../../gen/openapi/dtms.v1.json', import.meta.url);
  const { paths }: Documented = JSON.parse(readFileSync(file, 'utf8'));
  for (const [path, name] of Object.entries(NAMED_BY))
    expect(
      paths[path]?.get?.parameters?.map((each) => each.name),
      path,
    ).toContain(name);
  const filtered = Object.entries(paths).filter(
    ([path, { get }]) =>
      sources.includes(`'${path}'`) && get?.parameters?.some(({ name }) => name === 'filter.account'),
  );
  for (const [path] of filtered) expect(NAMED_BY).toHaveProperty([path]);
});

test('names the account in view once, and where another is named leaves it', () => {
  const target = fc.constantFrom(...Object.keys(NAMED_BY));
  fc.assert(
    fc.property(target, fc.string({ minLength: 1 }), fc.string(), (path, account, page) => {
      const name = NAMED_BY[path] ?? '';
      const query = new URLSearchParams({ pageToken: page });
      const asked = new URL(aboutAccount(`${path}?${query}`, account), 'http://x');
      expect(asked.pathname).toBe(path);
      expect(asked.searchParams.getAll(name)).toEqual([account]);
      expect(asked.searchParams.get('pageToken')).toBe(page);
      expect(aboutAccount(path, undefined)).toBe(path);
      const other = `${path}?${new URLSearchParams({ [name]: 'other' })}`;
      expect(aboutAccount(other, account)).toBe(other);
    }),
  );
  expect(aboutAccount('/v1/dtms/alarms', 'a')).toBe('/v1/dtms/alarms');
});

test('an account of its own is in view: the one that was wanted, or the first', () => {
  expect(accountInView({ accounts: [] }, 'a')).toBeUndefined();
  expect(accountInView({ accounts: ['a', 'b'] }, 'b')).toBe('b');
  expect(accountInView({ accounts: ['a', 'b'] }, 'c')).toBe('a');
  expect(accountInView({ accounts: ['a', 'b'] }, undefined)).toBe('a');
});
