// What people set of flags: the newest word counts, for whom it is, until it ends or is taken back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareOf } from '../../../../src/domain/flags/bucket.js';
import { FLAGS, type FlagName } from '../../../../src/domain/flags/flag.js';
import {
  evaluateFlag,
  type FlagSetting,
  flagsInQuestion,
  NO_FLAGS,
  withoutEnded,
  withoutSettings,
  withSetting,
} from '../../../../src/domain/flags/flag-book.js';
import { Flags } from '../../../../src/engine/flags.js';
import { runs } from '../../../support/properties.js';

const FLAG_CHOICE: readonly FlagName[] = ['enforce', 'action.RE_ADD', 'signal.MOMENTUM'];
const ACCOUNTS = ['a', 'b', 'c'];
const SYMBOLS = ['XAUUSD', 'EURUSD'];

const setting: fc.Arbitrary<FlagSetting> = fc.record({
  flag: fc.constantFrom(...FLAG_CHOICE),
  value: fc.boolean(),
  account: fc.constantFrom('', ...ACCOUNTS),
  symbol: fc.constantFrom('', ...SYMBOLS),
  percent: fc.constantFrom(100, 100, 50),
  by: fc.constant('ann'),
  reason: fc.constant('a test'),
  at: fc.constant(0),
  endsAt: fc.option(fc.integer({ min: 1, max: 10 })),
});

/** By what its shares are chosen. */
const keyOf = (flag: FlagName, account: string, symbol: string): string =>
  FLAGS[flag].subjects.includes('account') ? account : symbol;

const everyContext = FLAG_CHOICE.flatMap((flag) =>
  ACCOUNTS.flatMap((account) => SYMBOLS.map((symbol) => ({ flag, account, symbol }))),
);

describe('what people set', () => {
  test('law: the last word for whom it is counts, of those that have not ended and were not said anew', () => {
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 12 }), fc.nat(10), (settings, now) => {
        const book = withoutEnded(settings.reduce(withSetting, NO_FLAGS), now);
        for (const { flag, account, symbol } of everyContext) {
          // By target the last word, in the order in which they were said.
          const words = new Map<string, FlagSetting>();
          for (const said of settings.filter((each) => each.flag === flag)) {
            words.delete(`${said.account} ${said.symbol}`);
            words.set(`${said.account} ${said.symbol}`, said);
          }
          const last = [...words.values()].findLast(
            (said) =>
              ['', account].includes(said.account) &&
              ['', symbol].includes(said.symbol) &&
              (said.percent === 100 ||
                shareOf(`${flag}${keyOf(flag, account, symbol)}`, 100) < said.percent) &&
              (said.endsAt === null || said.endsAt > now),
          );
          const isFor = (subject: 'account' | 'symbol') => FLAGS[flag].subjects.includes(subject);
          // Whom a flag cannot be targeted by, none of its settings that name one is for.
          if (
            settings.some(
              (said) =>
                said.flag === flag &&
                ((said.account !== '' && !isFor('account')) || (said.symbol !== '' && !isFor('symbol'))),
            )
          )
            continue;
          expect(evaluateFlag(book, flag, { account, symbol, build: '1' }).value).toBe(last?.value ?? true);
        }
      }),
    );
  });

  test('law: the engine remembers what the book says, and a flag that is not in question is on for everybody', () => {
    fc.assert(
      fc.property(fc.array(setting, { maxLength: 8 }), (settings) => {
        const flags = new Flags();
        for (const each of settings) {
          flags.set(each);
          for (const { flag, account, symbol } of [...everyContext, ...everyContext]) {
            const { value, ...decision } = evaluateFlag(flags.book, flag, { account, symbol, build: '' });
            expect(flags.off(flag, account, symbol)).toEqual(value ? null : decision);
            if (!flagsInQuestion(flags.book).has(flag)) expect(value).toBe(true);
          }
        }
      }),
      { numRuns: runs(25) },
    );
  });

  test('a setting ends by the time it is told, and taking one back leaves the others', () => {
    const off: FlagSetting = {
      ...{ flag: 'enforce', value: false, account: 'a', symbol: '', percent: 100, by: 'ann' },
      ...{ reason: 'maintenance', at: 0, endsAt: 5 },
    };
    const flags = new Flags();
    flags.set(off);
    flags.set({ ...off, account: 'b', endsAt: null });
    expect(flags.off('enforce', 'a', '')?.note).toBe('set by ann: maintenance');
    expect(flags.off('enforce', 'c', '')).toBeNull();
    expect(flags.drain()).toHaveLength(1);
    flags.tick(4);
    expect(flags.isChanged).toBe(false);
    flags.tick(5);
    expect([flags.off('enforce', 'a', ''), flags.off('enforce', 'b', '')?.variant]).toEqual([null, 'off']);
    expect(flags.drain()).toEqual([flags.book]);
    expect(flags.clear('enforce', { account: 'a', symbol: '' })).toBe(0);
    expect(flags.clear('enforce', null)).toBe(1);
    expect(withoutSettings(flags.book, 'enforce', null)).toBe(flags.book);
  });
});
