// What a feed is called on the system page: good only where all that its trades need is live and fresh.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byUrgency, feedState, refusedText } from '../../../src/http/dashboard/data/feed-state.js';
import type { FeedJson } from '../../../src/http/dashboard/data/json.js';

const FRESH: FeedJson = {
  name: 'lse',
  kind: 'FEED_KIND_LIVE',
  accounts: [],
  confirmedBy: '',
  madeBy: '',
  markets: '2',
  activeTrades: '3',
  skewMs: undefined,
  asOf: '2026-11-03T10:00:00Z',
  feedTime: '2026-11-03T10:00:02Z',
  staleMarkets: '0',
  refused: {},
  held: '0',
  dropped: '0',
  lastDropped: '',
  lastDroppedAt: undefined,
};

const anyFeed = fc.record({
  name: fc.string(),
  kind: fc.constantFrom('FEED_KIND_LIVE', 'FEED_KIND_RECORDED'),
  activeTrades: fc.constantFrom('0', '1', '12'),
  asOf: fc.constantFrom(undefined, '2026-11-03T10:00:00Z'),
  skewMs: fc.constantFrom(undefined, '1', '90000'),
  staleMarkets: fc.constantFrom('0', '1', '4'),
});

describe('a feed', () => {
  test('is good only when it is live, followed, dated by now, and fresh under every trade', () => {
    fc.assert(
      fc.property(anyFeed, (feed) => {
        const isGood =
          feed.kind === 'FEED_KIND_LIVE' &&
          feed.activeTrades !== '0' &&
          feed.asOf !== undefined &&
          feed.skewMs === undefined &&
          feed.staleMarkets === '0';
        expect(feedState(feed).tone === 'good').toBe(isGood);
      }),
    );
  });

  test.each([
    [{}, 'good', 'fresh'],
    [{ skewMs: '180000' }, 'bad', '3 m 00 s ahead'],
    [{ skewMs: '180000', activeTrades: '0' }, 'bad', '3 m 00 s ahead'],
    [{ staleMarkets: '1' }, 'bad', '1 symbol stale'],
    [{ staleMarkets: '2', kind: 'FEED_KIND_RECORDED' }, 'bad', '2 symbols stale'],
    [{ asOf: undefined }, 'bad', 'no data'],
    [{ asOf: undefined, activeTrades: '0' }, 'none', 'no data'],
    [{ activeTrades: '0' }, 'none', 'no trades'],
    [{ kind: 'FEED_KIND_RECORDED' }, 'none', 'recorded'],
  ] as const)('%o is %s: %s', (more, tone, text) => {
    expect(feedState({ ...FRESH, ...more })).toEqual({ tone, text });
  });

  test('comes before all that is better, and by its name among its like', () => {
    fc.assert(
      fc.property(fc.array(anyFeed, { maxLength: 20 }), (feeds) => {
        const tones = [...feeds].sort(byUrgency).map((feed) => feedState(feed).tone);
        expect(tones).toEqual(
          [...tones].sort((one, other) => 'bng'.indexOf(one[0] ?? '') - 'bng'.indexOf(other[0] ?? '')),
        );
      }),
    );
  });

  test('tells what was refused, the most first', () => {
    expect(refusedText({ refused: { LATE: '2', AHEAD: '30' } })).toBe('30 ahead, 2 late');
    expect(refusedText(FRESH)).toBe('');
  });
});
