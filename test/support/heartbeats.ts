// Owns the heartbeat that tests of an account's days and rails vary.
import type { Heartbeat } from '../../src/domain/account/account.js';

/** A midnight of UTC. */
export const MIDNIGHT = Date.UTC(2025, 5, 2);

/** Of a real account at midnight, which neither gained nor lost. */
export const BEAT: Heartbeat = {
  bridgeId: 'b1',
  kind: 'REAL',
  terminalAccount: 'demo',
  connected: true,
  tradeAllowed: true,
  equity: 10_000,
  balance: 10_000,
  operations: null,
  utcOffsetMinutes: 0,
  reportedAt: MIDNIGHT,
};
