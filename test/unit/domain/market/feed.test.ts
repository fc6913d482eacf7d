// Tests whose feed is whose.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Feed,
  isWithin,
  matchesPattern,
  mayFollow,
  mayWrite,
} from '../../../../src/domain/market/feed.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { Feeds } from '../../../../src/engine/feeds.js';

const open: Feed = { name: 'lse.m1', kind: 'LIVE', accounts: [], confirmedBy: null, madeBy: '' };
const ours: Feed = { ...open, accounts: ['a', 'b'] };

describe('a feed', () => {
  it('is followed by everybody, or by its accounts alone', () => {
    expect(mayFollow(open, 'c')).toBe(true);
    expect(mayFollow(ours, 'a')).toBe(true);
    expect(mayFollow(ours, 'c')).toBe(false);
  });

  it.each([
    ['any key writes an open feed', open, null, null, true],
    ['but none that is limited to accounts does', open, ['a', 'b'], null, false],
    ['a key of all its accounts writes a private feed', ours, ['a', 'b', 'c'], null, true],
    ['a key of some of them does not', ours, ['a'], null, false],
    ['a key writes a feed that it names', open, null, ['lse.m1'], true],
    ['or names the beginning of', open, null, ['x', 'lse.*'], true],
    ['and no other', open, null, ['lse', 'nyse.*'], false],
    ['naming it does not make it its own', open, ['a'], ['lse.*'], false],
  ] as const)('%s', (_, feed, accounts, feeds, may) => {
    const writer = { name: 'key', accounts: accounts && new Set(accounts), feeds };
    expect(mayWrite(feed, writer)).toBe(may);
  });

  it('runs on its own clock where the rules say so and nobody declared otherwise', () => {
    const feeds = new Feeds({ ...DEFAULT_RULES, feeds: { ...DEFAULT_RULES.feeds, recorded: ['replay:*'] } });
    expect(feeds.feedKind('default')).toBe('LIVE');
    expect(feeds.feedKind('replay:2025')).toBe('RECORDED');
    feeds.put({ ...open, name: 'replay:2025' });
    expect(feeds.feedKind('replay:2025')).toBe('LIVE');
  });
});

it('a pattern is a name, or a beginning followed by a star', () => {
  expect(matchesPattern('*', 'anything')).toBe(true);
  expect(matchesPattern('lse', 'lse.m1')).toBe(false);
  expect(matchesPattern('lse*', 'lse')).toBe(true);
});

describe('patterns within patterns', () => {
  const name = fc.stringMatching(/^[ab]{1,3}$/);
  const patterns = fc.array(
    fc.oneof(
      name,
      fc.stringMatching(/^[ab]{0,2}$/).map((text) => `${text}*`),
    ),
    { minLength: 1, maxLength: 3 },
  );
  const matched = (all: readonly string[], one: string) =>
    all.some((pattern) => matchesPattern(pattern, one));

  it('match no name that those do not match', () => {
    fc.assert(
      fc.property(patterns, patterns, name, (some, all, one) => {
        if (isWithin(some, all) && matched(some, one)) expect(matched(all, one)).toBe(true);
      }),
    );
  });

  it('are those themselves, and any where all names are allowed', () => {
    fc.assert(
      fc.property(patterns, (some) => {
        expect(isWithin(some, some)).toBe(true);
        expect(isWithin(some, null)).toBe(true);
        expect(isWithin(null, some)).toBe(false);
      }),
    );
  });

  it.each([
    ['lse.m1', 'lse.*', true],
    ['lse.m*', 'lse.*', true],
    ['lse*', 'lse.*', false],
    ['lse.*', 'lse.', false],
    ['*', 'lse*', false],
  ])('%s within %s: %s', (one, other, is) => {
    expect(isWithin([one], [other])).toBe(is);
  });
});
