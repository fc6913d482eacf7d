// What a server does before anything reaches the engine goes by the flags of the log, and without one by those it knew last.
import { expect, test } from 'vitest';
import { ON } from '../../../src/domain/flags/definition.js';
import { NO_FLAGS, withSetting } from '../../../src/domain/flags/flag-book.js';
import { EdgeFlags } from '../../../src/engine/edge-flags.js';

const OFF = { ...ON, defaultVariant: 'off' };
const METHOD = '/dtms.v1.TradeService/GetTrade';
const off = (flag: 'rest' | 'legacy-routes') =>
  withSetting(NO_FLAGS, {
    ...{ flag, value: false, account: '', symbol: '', percent: 100, by: 'ann', reason: 'a test' },
    ...{ at: 0, endsAt: null },
  });

test('the file gives the start, the log counts once it is known, and what was known stays without it', () => {
  let book: typeof NO_FLAGS | undefined;
  const edge = new EdgeFlags({ build: '1', definitions: { rest: OFF } }, () => book && { book });
  expect(edge.off('rest', METHOD)?.variant).toBe('off');
  // A log that no leader of this program has told anything.
  book = NO_FLAGS;
  expect(edge.off('rest', METHOD)?.variant).toBe('off');
  book = off('legacy-routes');
  expect([edge.off('rest', METHOD), edge.off('legacy-routes', 'GET /trades')?.note]).toEqual([
    null,
    'set by ann: a test',
  ]);
  book = undefined;
  expect(edge.off('legacy-routes', 'GET /trades')?.variant).toBe('off');
});

test('one method may be switched off alone', () => {
  const targeting = { if: [{ ends_with: [{ var: 'method' }, 'GetTrade'] }, 'off', 'on'] };
  const edge = new EdgeFlags({ build: '1', definitions: { rest: { ...ON, targeting } } }, () => undefined);
  expect(edge.off('rest', METHOD)?.reason).toBe('TARGETING_MATCH');
  expect(edge.off('rest', '/dtms.v1.TradeService/ListTrades')).toBeNull();
});
