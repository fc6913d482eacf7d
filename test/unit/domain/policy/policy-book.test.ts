// The book of policies: versions are never given twice, what says nothing new is no version, and what trades have is kept.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_SYMBOLS } from '../../../../src/domain/market/symbols.js';
import { isNamed } from '../../../../src/domain/policy/name-pattern.js';
import { isFor, type PolicyScope } from '../../../../src/domain/policy/policy.js';
import {
  charactersIn,
  currentOf,
  currentPolicies,
  fullOf,
  MOST_CHARACTERS,
  MOST_NAMES,
  MOST_POLICIES,
  MOST_VERSIONS,
  NO_POLICIES,
  policyFor,
  versionOf,
  versionsIn,
  withoutAccount,
  withoutPolicy,
  withPolicy,
} from '../../../../src/domain/policy/policy-book.js';
import { decodePolicies, encodePolicies } from '../../../../src/store/bodies/policies.js';
import { anyPolicy, policyOf } from '../../../support/policies.js';
import { specOf } from '../../../support/trades.js';

const NAMES = ['a', 'b', 'c'] as const;
const EACH = () => true;
const steps = fc.array(fc.oneof(anyPolicy(NAMES), fc.constantFrom(...NAMES)), {
  minLength: 1,
  maxLength: 30,
});

test('a policy is for a trade that each of its lists names, however long they are', () => {
  const word = fc.constantFrom('a', 'ab', 'abc', 'b', 'AB', 'XAUUSDc', 'XAUUSD', 'xauusd', 'toString');
  const label = fc.oneof(
    word,
    word.map((text) => `${text}*`),
    fc.constantFrom('*', 'a**', '*b', 'a*c', 'é*'),
  );
  const some = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 5 });
  const scopes = fc.record({
    accounts: some(word),
    symbols: some(fc.oneof(label, fc.constantFrom('GOLD', 'XAU', 'gold', 'xau*', '*usdC', 'A', 'É*'))),
    magicNumbers: some(fc.bigInt(-2n, 2n)),
    labels: some(label),
    directions: fc.subarray(['BUY', 'SELL'] as const),
  });
  const trades = fc.record({
    account: word,
    symbol: word,
    magicNumber: fc.bigInt(-2n, 2n),
    label: fc.oneof(word, fc.constantFrom('', 'abcd', 'a*', 'éa')),
    direction: fc.constantFrom('BUY' as const, 'SELL' as const),
  });
  fc.assert(
    fc.property(scopes, fc.array(trades, { minLength: 1 }), word, (scope, all, instrument) => {
      const policy = policyOf({ scope });
      const { aliases } = DEFAULT_SYMBOLS;
      const names = <T>(list: readonly T[], is: (item: T) => boolean) => list.length === 0 || list.some(is);
      for (const trade of all) {
        const isChosen =
          names(scope.accounts, (account) => account === trade.account) &&
          names(
            scope.symbols,
            (named) =>
              isNamed(named.toUpperCase(), trade.symbol.toUpperCase()) ||
              isNamed(named.toUpperCase(), instrument.toUpperCase()) ||
              Object.entries(aliases).some(
                ([name, of]) => name.toUpperCase() === named.toUpperCase() && of === instrument,
              ),
          ) &&
          names(scope.magicNumbers, (magic) => magic === trade.magicNumber) &&
          names(scope.labels, (named) => isNamed(named, trade.label)) &&
          names(scope.directions, (direction) => direction === trade.direction);
        expect(isFor(policy, trade, instrument, DEFAULT_SYMBOLS)).toBe(isChosen);
      }
    }),
  );
});

test('a version says for ever what it said, and its number is given once', () => {
  fc.assert(
    fc.property(steps, (told) => {
      let book = NO_POLICIES;
      const said = new Map<string, unknown>();
      for (const step of told) {
        const before = book;
        book = typeof step === 'string' ? withoutPolicy(book, step, EACH) : withPolicy(book, step, EACH);
        expect(book === before || book.revision === before.revision + 1).toBe(true);
        if (typeof step !== 'string') {
          const policy = currentOf(book, step.name);
          const { version = 0, ...terms } = policy ?? {};
          expect(terms).toEqual(step);
          const key = `${step.name} ${version}`;
          if (book !== before) expect(said.has(key)).toBe(false);
          said.set(key, step);
        }
      }
      for (const [key, terms] of said) {
        const [name = '', version = ''] = key.split(' ');
        expect(versionOf(book, { name, version: Number(version) })).toEqual({
          ...Object(terms),
          version: Number(version),
        });
      }
      expect(decodePolicies(encodePolicies(book))).toEqual(book);
    }),
  );
});

test('the policy for a trade is for it, and none that is has a higher priority', () => {
  fc.assert(
    fc.property(
      fc.array(anyPolicy(NAMES), { maxLength: 8 }),
      fc.constantFrom('BUY' as const, 'SELL' as const),
      (all, direction) => {
        const book = all.reduce((so, terms) => withPolicy(so, terms, EACH), NO_POLICIES);
        const spec = specOf({ direction });
        const fitting = currentPolicies(book).filter((policy) =>
          isFor(policy, spec, 'BTCUSD', DEFAULT_SYMBOLS),
        );
        const found = policyFor(book, spec, 'BTCUSD', DEFAULT_SYMBOLS);
        expect(found === null).toBe(fitting.length === 0);
        if (found === null) return;
        expect(fitting).toContain(found);
        expect(found.priority).toBe(Math.max(...fitting.map(({ priority }) => priority)));
      },
    ),
  );
});

test('a symbol is named with the suffix of the broker or without, by a pattern or by another name, a label by a pattern', () => {
  const spec = specOf({ symbol: 'EURUSDm', label: 'scalp-7', magicNumber: 7n });
  const fits = (scope: Partial<PolicyScope>) => isFor(policyOf({ scope }), spec, 'EURUSD', DEFAULT_SYMBOLS);
  expect([fits({ symbols: ['EURUSD'] }), fits({ symbols: ['EURUSDm'] }), fits({ symbols: ['EUR'] })]).toEqual(
    [true, true, false],
  );
  expect(['scalp*', 'scalp', '*', 'SCALP*', 'Scalp-7'].map((label) => fits({ labels: [label] }))).toEqual([
    ...[true, false, true, false, false],
  ]);
  expect(
    ['EUR*', 'eur*', '*USD', '*USDm', 'EUR*m', '*', 'GBP*', 'EURUSD.*'].map((symbol) =>
      fits({ symbols: [symbol] }),
    ),
  ).toEqual([true, true, true, true, true, true, false, false]);
  expect(fits({ symbols: ['GBP*', 'EUR*'] })).toBe(true);
  const gold = (symbol: string) =>
    isFor(
      policyOf({ scope: { symbols: [symbol] } }),
      specOf({ symbol: 'XAUUSDc' }),
      'XAUUSD',
      DEFAULT_SYMBOLS,
    );
  expect(['GOLD', 'gold', 'xauusd', 'XAU*', 'SILVER', 'constructor', 'GOL*'].map(gold)).toEqual([
    ...[true, true, true, true, false, false, false],
  ]);
  expect([fits({ magicNumbers: [7n] }), fits({ magicNumbers: [8n] }), fits({ accounts: ['other'] })]).toEqual(
    [true, false, false],
  );
});

test('with too many versions those go that no trade has, and never the newest', () => {
  let book = NO_POLICIES;
  const isHeld = ({ version }: { readonly version: number }) => version === 3;
  for (let number = 0; number <= MOST_VERSIONS; number += 1)
    book = withPolicy(book, policyOf({ priority: number }), isHeld);
  expect(versionsIn(book)).toBe(2);
  expect(versionOf(book, { name: 'tried', version: 3 })?.priority).toBe(2);
  expect(currentOf(book, 'tried')?.version).toBe(MOST_VERSIONS + 1);
});

test('with too many characters old versions go, and where what is left is too much nothing is added', () => {
  const long = (name: string, number: number) =>
    policyOf({
      name,
      priority: number,
      scope: { labels: Array.from({ length: 1000 }, (_, index) => `${'l'.repeat(50)}${index}`) },
    });
  let book = NO_POLICIES;
  for (let number = 0; number < 200; number += 1) {
    book = withPolicy(book, long('tried', number), ({ version }) => version === 3);
    expect(charactersIn(book)).toBeLessThanOrEqual(MOST_CHARACTERS);
  }
  expect(currentOf(book, 'tried')?.priority).toBe(199);
  expect(versionOf(book, { name: 'tried', version: 3 })?.priority).toBe(2);
  let count = 0;
  for (; fullOf(book, `p${count}`) === null; count += 1)
    book = withPolicy(book, long(`p${count}`, 0), () => false);
  expect(fullOf(book, 'other')).toEqual({ what: 'characters of policies', limit: 2 * MOST_CHARACTERS });
  expect(count).toBeLessThan(MOST_POLICIES);
  // Policies that are deleted make room.
  for (let index = 0; index < count / 2; index += 1) book = withoutPolicy(book, `p${index}`, () => false);
  expect(fullOf(book, 'other')).toBeNull();
});

test('policies that were deleted leave room for others, and come back; names there ever were have a limit', () => {
  const entries = (deleted: number, more: number) =>
    Array.from({ length: deleted + more }, (_, index) => ({
      ...{ name: `p${String(index).padStart(4, '0')}`, latest: 1, isDeleted: index < deleted },
      versions: [{ ...policyOf(), version: 1 }],
    }));
  const full = { revision: 1, entries: entries(MOST_POLICIES, MOST_POLICIES) };
  expect(fullOf(full, 'other')).toEqual({ what: 'policies', limit: MOST_POLICIES });
  expect(fullOf(full, 'p0000')).toEqual({ what: 'policies', limit: MOST_POLICIES });
  expect(fullOf(full, `p0${MOST_POLICIES}`)).toBeNull();
  const roomy = { revision: 1, entries: entries(2 * MOST_POLICIES, MOST_POLICIES - 1) };
  expect(fullOf(roomy, 'other')).toBeNull();
  expect(fullOf(roomy, 'p0000')).toBeNull();
  const worn = {
    revision: 1,
    entries: entries(MOST_NAMES, 0).map((entry) => ({ ...entry, versions: [] })),
  };
  expect(fullOf(worn, 'other')).toEqual({ what: 'names of policies', limit: MOST_NAMES });
  expect(fullOf(worn, 'p0000')).toBeNull();
});

test('without an account a book asks for another one in its place, and nothing else changes', () => {
  const both = withPolicy(
    withPolicy(NO_POLICIES, policyOf({ name: 'a', scope: { accounts: ['gone', 'left'] } }), EACH),
    policyOf({ name: 'b' }),
    EACH,
  );
  const [a, b] = withoutAccount(both, 'gone', 'nobody').entries.map(
    ({ versions }) => versions[0]?.scope.accounts,
  );
  expect([a, b]).toEqual([['nobody', 'left'], []]);
  expect(withoutAccount(withoutAccount(both, 'gone', 'nobody'), 'nobody', 'gone')).toEqual(both);
});
