// Tests of what planning looks up: whose news concern a symbol, and when its market is open.
import { describe, expect, it } from 'vitest';
import { indexSnapshot } from '../../../src/domain/broker/snapshot-index.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Accounts } from '../../../src/engine/accounts.js';
import { ReferenceData } from '../../../src/engine/reference-data.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { MINUTE, T0, TERMS, tradeOf } from '../../support/trades.js';

const terms = TERMS;
const news = { eventId: 'nfp', currency: 'USD', time: T0, impact: 'HIGH', title: 'Payrolls' } as const;

it("knows what holding a position has earned by the account's last complete snapshot, where it tells", () => {
  const accounts = new Accounts(DEFAULT_RULES);
  const reference = new ReferenceData(DEFAULT_RULES, accounts);
  const [one, other] = [tradeOf({}, { ticket: 1n }), tradeOf({}, { ticket: 2n })];
  const swapOf = (ticket: bigint) => reference.shown('demo', ticket)?.swap;
  expect(swapOf(1n)).toBeUndefined();
  const positions = [positionOf(one, { swap: -0.5 }), positionOf(other)];
  accounts.reconciled('demo', indexSnapshot(snapshotOf(positions)), T0);
  expect([1n, 2n].map(swapOf)).toEqual([-0.5, undefined]);
  accounts.reconciled('demo', indexSnapshot(snapshotOf([], { complete: false })), T0 + 1);
  expect(swapOf(1n)).toBe(-0.5);
});

describe('contract terms and news', () => {
  it('say whose news concern a symbol and when its market is open, for that account alone', () => {
    const reference = new ReferenceData(DEFAULT_RULES, new Accounts(DEFAULT_RULES));
    reference.upsertNews({ ...news, currency: 'CHF', time: T0 });
    const swiss = { ...terms, symbol: 'ACME', currencies: ['CHF'], kind: 'CRYPTO' } as const;
    expect([reference.upsertInstrument(swiss), reference.upsertInstrument({ ...swiss })]).toEqual([
      true,
      false,
    ]);
    reference.upsertInstrument({ ...terms, symbol: 'SWISS', alias: 'USDCHF' });
    const near = (account: string, symbol: string) => reference.newsNear(account, symbol, T0)?.eventId;
    expect([near('demo', 'ACME'), near('demo', 'SWISS'), near('demo', 'EURCHF')]).toEqual([
      'nfp',
      'nfp',
      'nfp',
    ]);
    expect([near('other', 'ACME'), near('other', 'SWISS')]).toEqual([undefined, undefined]);
    const hours = (account: string, symbol: string) => reference.hoursOf(account, symbol);
    expect([hours('demo', 'ACME'), hours('demo', 'SWISS'), hours('other', 'ACME')]).toEqual([
      'always',
      'fx_week',
      null,
    ]);
  });

  it('news are found by currency, however many there are and whatever became of them', () => {
    const events = Array.from({ length: 24_000 }, (_, n) => ({
      ...news,
      eventId: `e${n}`,
      time: T0 + ((n * 7919) % 24_000) * 24 * 60 * MINUTE,
    }));
    const reference = new ReferenceData(DEFAULT_RULES, new Accounts(DEFAULT_RULES));
    for (const event of events) reference.upsertNews(event);
    for (const event of events.slice(0, 100)) reference.upsertNews({ ...event, impact: 'LOW' });
    const gone = reference.deleteNews(['e101', 'none'], T0 + 1);
    expect(gone).toEqual(['e101', 'e0']);
    const near = (n: number) => reference.newsNear('demo', 'EURUSD', events[n]?.time ?? 0)?.eventId;
    expect([0, 1, 99, 101].map(near)).toEqual([undefined, undefined, undefined, undefined]);
    expect([100, 102, 23_999].map(near)).toEqual(['e100', 'e102', 'e23999']);
  });
});
