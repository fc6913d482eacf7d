// What a replay says: canonical lines, their hash, and results in R.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { canonicalLine, LogHash } from '../../../src/replay/canonical.js';
import { performanceOf } from '../../../src/replay/results.js';

function event(
  account: string,
  place: { revision: bigint; logEpoch: string; recordedAt: Date | undefined },
): TradeEvent {
  return TradeEvent.fromPartial({
    ...place,
    previousRevision: place.revision - 1n,
    account,
    ticket: 5n,
    tradeVersion: 2n,
    occurredAt: new Date(0),
    change: {
      $case: 'stateChanged',
      value: { planned: [{ actionId: `${account}:5:2:TIGHTEN_SL` }, { actionId: 'other:5:2:RE_ADD' }] },
    },
  });
}

describe('the canonical line of an event', () => {
  const here = { revision: 0n, logEpoch: '', recordedAt: undefined };
  const there = { revision: 77n, logEpoch: 'e', recordedAt: new Date(5) };

  it('does not depend on the log, the account or the feed it ran under', () => {
    expect(canonicalLine(event('replay-0a', there))).toBe(canonicalLine(event('replay', here)));
    const registered = (account: string) =>
      TradeEvent.fromPartial({
        account,
        change: { $case: 'registered', value: { spec: { account, feed: account, ticket: 5n } } },
      });
    expect(canonicalLine(registered('replay-0a'))).toBe(canonicalLine(registered('replay-1b')));
    const updated = (account: string) =>
      TradeEvent.fromPartial({
        account,
        change: { $case: 'updated', value: { withdrawnActionIds: [`${account}:5:2:RE_ADD`] } },
      });
    expect(canonicalLine(updated('replay-0a'))).toBe(canonicalLine(updated('replay-1b')));
  });

  it('depends on everything else', () => {
    const base = event('replay', here);
    const lines = [
      base,
      { ...base, ticket: 6n },
      { ...base, tradeVersion: 3n },
      { ...base, state: 2 },
      { ...base, occurredAt: new Date(1) },
      { ...base, symbol: 'EURUSD' },
      { ...base, change: undefined },
    ].map(canonicalLine);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines[0]).toContain('"other:5:2:RE_ADD"');
  });

  it('is hashed as a file of lines would be', () => {
    const hash = new LogHash();
    hash.add('a');
    hash.add('b');
    expect(hash.digest()).toBe(createHash('sha256').update('a\nb\n').digest('hex'));
  });
});

describe('results in R', () => {
  const outcomes = (...results: number[]) => results.map((r, index) => ({ r, endedAt: index }));

  it('are nothing without trades', () => {
    expect(performanceOf([])).toEqual({ mean_r: null, worst_5pct_r: null, max_drawdown_r: null });
  });

  it('measure mean, worst twentieth and the deepest fall of the running sum', () => {
    expect(performanceOf(outcomes(1, -1, -1, 3, -2))).toEqual({
      mean_r: 0,
      worst_5pct_r: -2,
      max_drawdown_r: 2,
    });
    const many = outcomes(...Array.from({ length: 40 }, (_, index) => index));
    expect(performanceOf(many)).toMatchObject({ worst_5pct_r: 0.5, max_drawdown_r: 0 });
    expect(performanceOf(outcomes(-1)).max_drawdown_r).toBe(1);
  });

  it('order the running sum by when trades ended, not by how they are given', () => {
    const r = fc.integer({ min: -4, max: 6 });
    fc.assert(
      fc.property(fc.array(r, { minLength: 1, maxLength: 30 }), (results) => {
        const given = outcomes(...results);
        expect(performanceOf([...given].reverse())).toEqual(performanceOf(given));
      }),
    );
  });
});
