// That the tests of attacks T1 to T30 can fail: with its guard off, or a limit out of reach, the attack works as it did. And that
// docs/security.md names for each attack the test that tries it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import type { Instrument, NewsEvent } from '../../src/domain/market/data.js';
import { mayWrite } from '../../src/domain/market/feed.js';
import { isAhead } from '../../src/domain/market/given-time.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { CircuitBreaker } from '../../src/engine/circuit-breaker.js';
import { Engine } from '../../src/engine/engine.js';
import { Shares } from '../../src/interceptors/shares.js';
import { Strangers } from '../../src/interceptors/strangers.js';
import { barItem, flatBar } from '../support/scripted-view.js';
import { T0 } from '../support/trades.js';

const HOUR = 3_600_000;
const M15 = 900_000;

const withFeeds = (feeds: Partial<Rules['feeds']>): Rules => ({
  ...DEFAULT_RULES,
  feeds: { ...DEFAULT_RULES.feeds, ...feeds },
});

describe('(control) with the guard off', () => {
  it('T1: a key of another account writes the feed, and nothing holds what a crash plans', () => {
    const open = { name: 'default', kind: 'LIVE', accounts: [], confirmedBy: null, madeBy: '' } as const;
    const limited = { name: 'a', accounts: new Set(['a']), feeds: null };
    expect([mayWrite(open, limited), mayWrite(open, { ...limited, accounts: null })]).toEqual([false, true]);

    const census = { activeTrades: 10, get: () => undefined, tradesOf: () => [], coming: () => [] };
    const tickets = Array.from({ length: 10 }, (_, index) => BigInt(index + 1));
    const admitted = (rules: Rules['breaker']) =>
      new CircuitBreaker(rules, census).admit('CLOSE', 'a', tickets, T0);
    expect(admitted(DEFAULT_RULES.breaker)).toContain('are to be closed');
    expect(admitted({ ...DEFAULT_RULES.breaker, accountLeast: 0, allLeast: 0 })).toBeNull();
  });

  it('T3: a bar of 47 h ahead makes every honest one late', () => {
    const pushed = (maximumAheadMs: number) => {
      const engine = new Engine(withFeeds({ maximumAheadMs }));
      const push = (time: number, now: number) =>
        engine.apply('default', barItem(flatBar(time, 100)), now).status;
      for (let k = 0; k < 3; k += 1) push(T0 + k * M15, T0 + (k + 1) * M15);
      const ahead = push(T0 + 47 * HOUR, T0 + 3 * M15);
      const honest = push(T0 + 3 * M15, T0 + 4 * M15);
      return [ahead, honest, engine.view('default', 'BTCUSD')?.asOf];
    };
    expect(pushed(DEFAULT_RULES.feeds.maximumAheadMs)).toEqual(['rejected', 'accepted', T0 + 4 * M15]);
    expect(pushed(48 * HOUR)).toEqual(['accepted', expect.anything(), T0 + 47 * HOUR + M15]);
  });

  it('T7, T8, T10, T11, T12: a date ahead is believed', () => {
    const ahead = Date.UTC(9999, 0);
    expect([isAhead(ahead, T0, 5000), isAhead(ahead, T0, Number.POSITIVE_INFINITY)]).toEqual([true, false]);
  });

  it('T5, T6: news and symbols have no end', () => {
    const news = Array.from({ length: 60 }, (_, n): NewsEvent => {
      return { eventId: `n${n}`, currency: 'USD', time: T0, impact: 'HIGH', title: 'CPI' };
    });
    const room = (maximumNews: number) => () =>
      new Engine(withFeeds({ maximumNews })).reference.checkRoom({ news });
    expect(room(50)).toThrow('no more are taken');
    expect(room(Number.POSITIVE_INFINITY)).not.toThrow();

    const markets = (maximumMarketsPerFeed: number) => {
      const engine = new Engine(withFeeds({ maximumMarketsPerFeed }));
      for (let n = 0; n < 60; n += 1)
        engine.apply('default', barItem(flatBar(T0, 100), 'M15', `S${n}`), T0 + M15);
      return engine.marketsOf('default');
    };
    expect([markets(10), markets(Number.POSITIVE_INFINITY)]).toEqual([10, 60]);
  });

  it('T18: there is no end of contract terms', () => {
    const instruments = Array.from(
      { length: 30 },
      (_, n) => ({ account: 'a', symbol: `S${n}` }) as Instrument,
    );
    const room = (maximumInstrumentsPerAccount: number) => () =>
      new Engine(withFeeds({ maximumInstrumentsPerAccount })).reference.checkRoom({ instruments });
    expect(room(20)).toThrow('no more are taken');
    expect(room(Number.POSITIVE_INFINITY)).not.toThrow();
  });

  it('T24, T25: strangers are looked at for ever, and one account has every stream', () => {
    const allowed = (mode: 'auto' | 'off') => {
      const strangers = new Strangers({ mode, strangersPerSecond: 10, strangersPerSecondInAll: 100 });
      const caller = { peer: '10.0.0.1:5', via: 'grpc' as const };
      for (let call = 0; call < 1200; call += 1) strangers.turnedAway(caller);
      return strangers.allows(caller);
    };
    expect([allowed('auto'), allowed('off')]).toEqual([false, true]);
    const full = (most: number) => {
      const shares = new Shares(() => most);
      for (let stream = 0; stream < 1000; stream += 1) shares.enter({ accounts: new Set(['a']) });
      return shares.full({ accounts: new Set(['a']) });
    };
    expect([full(200), full(Number.POSITIVE_INFINITY)]).toEqual(['a', undefined]);
  });

  it('T30: the configuration holds what is not shown', () => {
    const { traces } = loadConfig({
      env: { DTMS_TRACES_ENDPOINT: 'http://collector:4318/?api_key=hunter2' },
    });
    expect(traces.endpoint).toContain('hunter2');
  });
});

describe('docs/security.md', () => {
  const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (T\d+) \|(.*)\|$/gm)].map(([, name = '', cells = '']) => ({
    name,
    cells,
  }));

  it('has a row for each attack', () => {
    expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: 30 }, (_, index) => `T${index + 1}`));
  });

  it.each(rows.map(({ name, cells }) => [name, cells] as const))(
    '%s names tests that try it, and its control',
    (name, cells) => {
      const files = [...cells.matchAll(/`(test\/[\w./-]+)`/g)].map(([, file = '']) => file);
      expect(files).not.toEqual([]);
      expect(cells.split('|').at(-1)?.trim()).not.toBe('');
      for (const file of files) {
        expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
        expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), file).toMatch(
          new RegExp(`\\b${name}\\b`),
        );
      }
    },
  );
});
