// How the fleet is looked at: an address keeps it, whatever else stands in there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressPath, addressQuery } from '../../../src/http/dashboard/address-query.js';
import { COLUMNS, OPTIONAL } from '../../../src/http/dashboard/pages/fleet-columns.js';
import { entriesOf, GROUPINGS } from '../../../src/http/dashboard/pages/fleet-groups.js';
import { lookFrom, queryOf } from '../../../src/http/dashboard/pages/fleet-look.js';
import { matches } from '../../../src/http/dashboard/pages/fleet-rows.js';
import { windowOf } from '../../../src/http/dashboard/pages/fleet-window.js';
import { SHOWN_STATES } from '../../../src/http/dashboard/ui/states.js';
import { fleetRow } from '../../support/fleet-row.js';
import { tradeJson } from '../../support/trade-json.js';

const chosen = COLUMNS.filter(({ isFixed }) => !isFixed).map(({ id }) => id);
const look = fc.record({
  filter: fc.record({
    text: fc.string(),
    states: fc.subarray(SHOWN_STATES.map(({ state }) => state)).map((states) => new Set(states)),
  }),
  sort: fc.constantFrom(...COLUMNS.flatMap(({ sort }) => (sort === undefined ? [] : [sort]))),
  way: fc.constantFrom('usual' as const, 'reversed' as const),
  grouping: fc.option(fc.constantFrom(...GROUPINGS), { nil: undefined }),
  hidden: fc.subarray(chosen).map((ids) => new Set(ids)),
});

describe('an address', () => {
  test('brings back the look it was made of', () => {
    fc.assert(
      fc.property(look, (each) => {
        const hash = `#/?${new URLSearchParams(queryOf(each))}`;
        expect(addressPath(hash)).toBe('#/');
        expect(lookFrom(addressQuery(hash))).toEqual(each);
      }),
    );
  });

  test('that says nothing, or nonsense, is the usual look', () => {
    const usual = lookFrom(new URLSearchParams());
    expect(usual).toEqual({
      filter: { text: '', states: new Set() },
      ...{ sort: 'danger', way: 'usual', grouping: undefined },
      hidden: OPTIONAL,
    });
    expect(Object.values(queryOf(usual)).join('')).toBe('');
    expect(lookFrom(addressQuery('#/?sort=x&by=y&states=z'))).toEqual(usual);
  });
});

describe('groups', () => {
  const row = fc
    .record({
      ticket: fc.nat(999).map(String),
      account: fc.constantFrom('a', 'b', 'constructor'),
      resultR: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
    })
    .map(({ resultR, ...trade }) => fleetRow(trade, { resultR }));
  const rows = fc.uniqueArray(row, { selector: ({ key }) => key, maxLength: 20 });

  test('have every row once, in its order, below sums that add up', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom(...GROUPINGS), (all, grouping) => {
        const entries = entriesOf(all, grouping, new Set());
        const keys = entries.flatMap(({ key }) => key ?? []);
        expect([...keys].sort()).toEqual(all.map(({ key }) => key).sort());
        const groups = entries.flatMap(({ group }) => group ?? []);
        expect(groups.reduce((sum, { trades }) => sum + trades, 0)).toBe(all.length);
        expect(groups.reduce((sum, { sumR }) => sum + sumR, 0)).toBe(
          all.reduce((sum, { resultR }) => sum + (resultR ?? 0), 0),
        );
      }),
    );
  });

  test('that are closed keep their sum and not their rows', () => {
    const [one, other] = [fleetRow({ account: 'a' }), fleetRow({ account: 'b' })];
    const entries = entriesOf([one, other], 'account', new Set(['a']));
    expect(entries.map(({ key, group }) => key ?? group?.name)).toEqual(['a', 'b', other.key]);
  });
});

test('a word with the name of a field asks that field alone', () => {
  const trade = tradeJson({ account: 'desk-1', symbol: 'BTCUSD', label: 'desk-2 copy' });
  const finds = (text: string) => matches({ trade, state: trade.state }, { text, states: new Set() });
  expect(finds('desk-2')).toBe(true);
  expect(finds('account:desk-2')).toBe(false);
  expect(finds('account:desk-1 label:copy btc')).toBe(true);
  expect(finds('constructor:x')).toBe(false);
});

test('the rows that are made cover what is in sight, and are few however many there are', () => {
  const count = fc.nat(20_000);
  fc.assert(
    fc.property(
      count,
      fc.nat(2000),
      fc.integer({ min: 20, max: 90 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, height, rowHeight, share) => {
        const top = share * Math.max(0, all * rowHeight - height);
        const { first, end } = windowOf({ top, height, rowHeight, count: all });
        expect(first).toBeLessThanOrEqual(Math.floor(top / rowHeight));
        expect(end).toBeGreaterThanOrEqual(Math.min(all, Math.ceil((top + height) / rowHeight)));
        expect(end).toBeLessThanOrEqual(all);
        expect(end - first).toBeLessThanOrEqual(Math.max(20, Math.ceil(height / rowHeight)) + 24);
      },
    ),
  );
});
