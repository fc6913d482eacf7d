// The circuit breaker: what trips it, what it holds, and how that goes on.
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { CircuitBreaker } from '../../../src/engine/circuit-breaker.js';
import { tradeOf } from '../../support/trades.js';

const T0 = 1_750_000_000_000;

/** A breaker over accounts of so many active trades, with tickets from 1 on. */
function breakerOver(accounts: Readonly<Record<string, number>>, rules = DEFAULT_RULES.breaker) {
  const trades = Object.entries(accounts).flatMap(([account, count]) =>
    Array.from({ length: count }, (_, i) => tradeOf({}, { account, ticket: BigInt(i + 1) })),
  );
  const known = (account: string) => trades.filter(({ spec }) => spec.account === account);
  return new CircuitBreaker(rules, {
    activeTrades: trades.length,
    get: (account, ticket): Trade | undefined => known(account).find(({ spec }) => spec.ticket === ticket),
    tradesOf: known,
    coming: () => [],
  });
}

describe("an account's share", () => {
  test('half of ten passes, one more trips, and what follows is held too', () => {
    const breaker = breakerOver({ demo: 10 });
    expect(breaker.admit('CLOSE', 'demo', [1n, 2n, 3n, 4n, 5n], T0)).toBeNull();
    const reason = "6 of the account's 10 trades are to be closed within 60 s";
    expect(breaker.admit('CLOSE', 'demo', [6n], T0 + 59_999)).toBe(reason);
    expect(breaker.admit('CLOSE', 'demo', [7n], T0 + 3_600_000)).toBe(reason);
    expect(breaker.trips('demo')).toMatchObject([{ kind: 'CLOSE', account: 'demo', since: T0 + 59_999 }]);
    expect(breaker.trips('demo')[0]?.held.size).toBe(2);
  });

  test('what comes together is held together', () => {
    const breaker = breakerOver({ demo: 3 });
    expect(breaker.admit('HEDGE', 'demo', [1n, 2n, 3n], T0)).toContain("3 of the account's 3");
    expect(breaker.trips()[0]?.held.size).toBe(3);
  });

  test('two trades are no mass, however large their share', () => {
    expect(breakerOver({ demo: 2 }).admit('CLOSE', 'demo', [1n, 2n], T0)).toBeNull();
  });

  test('slowly, the same passes', () => {
    const breaker = breakerOver({ demo: 4 });
    for (const [i, ticket] of [1n, 2n, 3n, 4n].entries()) {
      expect(breaker.admit('CLOSE', 'demo', [ticket], T0 + i * 30_000)).toBeNull();
    }
  });

  test('kinds and accounts count apart', () => {
    const breaker = breakerOver({ demo: 4, live: 40 });
    expect(breaker.admit('CLOSE', 'demo', [1n, 2n], T0)).toBeNull();
    expect(breaker.admit('HEDGE', 'demo', [3n, 4n], T0)).toBeNull();
    expect(breaker.admit('GONE', 'demo', [1n, 3n, 4n], T0)).toBe(
      "3 of the account's 4 trades are gone at the broker within 60 s",
    );
    expect(breaker.admit('GONE', 'live', [1n, 2n, 3n], T0)).toBeNull();
  });

  test('a trade that is over already still counts as one there was', () => {
    const breaker = breakerOver({ demo: 1 });
    // Three that were, one that is: 3 of 4.
    expect(breaker.admit('GONE', 'demo', [101n, 102n, 103n], T0)).toContain("3 of the account's 4");
  });
});

test('many accounts with few trades each trip the share of all', () => {
  const accounts = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`a${i}`, 1]));
  const breaker = breakerOver(accounts);
  for (let i = 0; i < 9; i += 1) expect(breaker.admit('CLOSE', `a${i}`, [1n], T0)).toBeNull();
  expect(breaker.admit('CLOSE', 'a9', [1n], T0)).toBe(
    "more than 50% of everybody's trades are to be closed within 60 s",
  );
  expect(breaker.admit('CLOSE', 'a10', [1n], T0)).not.toBeNull();
  expect(breaker.trips('a10')).toMatchObject([{ account: '' }]);
  expect(breaker.trips('a0')).toEqual([]);
});

describe('going on', () => {
  test('what a person releases passes once, and is counted no more', () => {
    const breaker = breakerOver({ demo: 4 });
    expect(breaker.admit('GONE', 'demo', [1n, 2n, 3n], T0)).not.toBeNull();
    breaker.release('GONE', 'demo');
    expect(breaker.trips()).toEqual([]);
    expect(breaker.admit('GONE', 'demo', [1n, 2n, 3n], T0 + 1000)).toBeNull();
    expect(breaker.admit('GONE', 'demo', [1n, 2n, 3n], T0 + 2000)).not.toBeNull();
  });

  test('a trip that holds nothing any more is over', () => {
    const breaker = breakerOver({ demo: 3 });
    breaker.admit('GONE', 'demo', [1n, 2n, 3n], T0);
    for (const ticket of [1n, 2n, 3n]) breaker.settled('GONE', 'demo', ticket);
    expect(breaker.trips()).toEqual([]);
    expect(breaker.admit('GONE', 'demo', [1n], T0 + 1000)).toBeNull();
  });

  test('what was held before this began is held again', () => {
    const breaker = breakerOver({ demo: 10 });
    breaker.restore('CLOSE', { account: 'demo', ticket: 1n }, 'it was held', T0);
    expect(breaker.admit('CLOSE', 'demo', [2n], T0)).toBe('it was held');
  });
});

test('0 never holds', () => {
  const never = { ...DEFAULT_RULES.breaker, accountLeast: 0, allLeast: 0 };
  const tickets = Array.from({ length: 50 }, (_, i) => BigInt(i + 1));
  expect(breakerOver({ demo: 50 }, never).admit('CLOSE', 'demo', tickets, T0)).toBeNull();
});
