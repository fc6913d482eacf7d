// How long an action waits whose market the broker says is closed: until the opening that was told, and never long.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOpen, type MarketHours } from '../../../src/domain/market/market-hours.js';
import { nextOpening } from '../../../src/domain/market/week-hours.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { hoursTold } from '../../../src/engine/closed-markets.js';
import { Engine } from '../../../src/engine/engine.js';
import { reportAction } from '../../../src/engine/leases.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { MINUTE, T0, TERMS, tradeOf } from '../../support/trades.js';
import { anyHours } from '../../support/week-hours.js';

const HOUR = 60 * MINUTE;
const SYMBOL = 'BTCUSD';
const LEASE = { token: 5, bridge: 'b1', endsAt: T0 + HOUR };

/** A real account's stop that is being moved when its market is closed. */
function refusing(hours: MarketHours | null, now: number, kind: 'REAL' | 'PAPER' = 'REAL') {
  const engine = new Engine(DEFAULT_RULES);
  const tell = (told: MarketHours | null) => {
    const terms = { ...TERMS, account: 'demo', symbol: SYMBOL };
    if (told === null) engine.reference.deleteInstruments('demo', [SYMBOL]);
    else if (typeof told === 'string') engine.upsertInstrument({ ...terms, kind: 'CRYPTO' });
    else engine.upsertInstrument({ ...terms, tradingHours: told });
  };
  const heartbeat = { kind, bridgeId: 'b1', terminalAccount: '', connected: true, tradeAllowed: true };
  const money = { equity: 1, balance: 1, operations: null, utcOffsetMinutes: 0, reportedAt: now };
  engine.accounts.report('demo', { ...heartbeat, ...money }, now);
  tell(hours);
  const stop = actionOf('TIGHTEN_SL', { stopLoss: 95, status: 'EXECUTING', lease: LEASE, attempts: 1 });
  engine.restoreTrade(tradeOf({ state: 'WARNING_L1', actions: [stop], version: 5 }));
  const refused = () =>
    reportAction(engine, stop.actionId, 5, resultOf('MARKET_CLOSED'), 'b1', { at: now, now });
  const action = () => engine.get('demo', 1n)?.actions[0];
  const toldAnew = (told: MarketHours | null, at: number) => {
    tell(told);
    hoursTold(engine, [{ account: 'demo', symbol: SYMBOL }], { by: 'ann', now: at }, () => at);
  };
  return { refused, action, toldAnew };
}

const anyMinute = fc.integer({ min: 0, max: 400 * 24 * 60 }).map((minute) => T0 + minute * MINUTE);
const anyTold = fc.oneof(anyHours, fc.constant(null), fc.constant('always' as const));

/** When it is to be tried again by these hours. */
function due(hours: MarketHours | null, now: number): number {
  if (hours === null || typeof hours === 'string' || isOpen(hours, now)) return now + MINUTE;
  return Math.min(nextOpening(hours, now), now + 15 * MINUTE);
}

test('law: it waits until the told opening and at most 15 minutes, and a minute where none is told or the market is open by it', () => {
  fc.assert(
    fc.property(anyTold, anyMinute, (hours, now) => {
      const { refused, action } = refusing(hours, now);
      expect(refused().outcome).toBe('ok');
      expect(action()).toMatchObject({ status: 'PENDING', attempts: 0, notBefore: due(hours, now) });
    }),
  );
});

test('law: hours told anew count at once, and it is tried no later than they and what was known before say', () => {
  fc.assert(
    fc.property(anyTold, anyTold, anyMinute, fc.nat(20), (before, after, now, minutes) => {
      const { refused, action, toldAnew } = refusing(before, now);
      refused();
      const known = due(before, now);
      const at = Math.min(now + minutes * MINUTE, known - 1);
      toldAnew(after, at);
      expect(action()?.notBefore).toBe(Math.min(known, due(after, at)));
    }),
  );
});

test('of a paper account it waits a minute: its market has the clock of its feed', () => {
  const hours = { zone: 'UTC', sessions: [{ opens: 0, closes: 1 }] };
  const { refused, action } = refusing(hours, T0, 'PAPER');
  refused();
  expect(action()?.notBefore).toBe(T0 + MINUTE);
});

test('hours told anew touch nothing that waits for something else', () => {
  const hours = { zone: 'UTC', sessions: [{ opens: 0, closes: 1 }] };
  const { action, toldAnew } = refusing(null, T0);
  const before = action();
  toldAnew(hours, T0);
  expect(action()).toEqual(before);
});
