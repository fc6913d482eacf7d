// The calls of tests that are about an account: a heartbeat, a registration, a reconciliation, each as most
// of them need it, and what became of it. Times are seconds of the broker's clock from the run's start.
import { expect } from 'vitest';
import { Drift } from '../../gen/ts/dtms/v1/event.js';
import { Direction, type DtmsCallError } from '../../src/client/index.js';
import type { TestService } from './app.js';

/** The broker's clock: the wall's, at its start. */
/** Nothing may be dated ahead of the database, and runs last minutes. */
const START = Date.now() - 600_000;
export const at = (seconds: number) => new Date(START + seconds * 1000);

let accounts = 0;

/** The error a call fails with. */
const failure = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

/** `running` is the service as it is now: tests restart it. */
export function accountCalls(running: () => TestService) {
  /** An account of its own for each test. */
  function account(): string {
    accounts += 1;
    return `acc${accounts}`;
  }

  const beat = (name: string, more: object = {}) =>
    running().client.reportAccount({
      account: name,
      bridgeId: 'mt5-1',
      connected: true,
      tradeAllowed: true,
      equity: 10_000,
      balance: 10_000,
      reportedAt: at(0),
      ...more,
    });

  const risk = async (name: string) => (await running().client.getRisk({ account: name })).risk;

  const register = (name: string, ticket: bigint, more: object = {}) =>
    running().client.registerTrade({
      trade: {
        account: name,
        ticket,
        symbol: 'BTCUSD',
        direction: Direction.BUY,
        entryPrice: 100,
        volume: 1,
        stopLoss: 90,
        openedAt: at(-3600),
        ...more,
      },
    });

  const position = (identifier: bigint, more: object = {}) => ({
    identifier,
    symbol: 'BTCUSD',
    direction: Direction.BUY,
    volume: 1,
    entryPrice: 100,
    stopLoss: 90,
    openedAt: at(-3600),
    ...more,
  });

  const snapshot = (name: string, seconds: number, positions: readonly object[], more: object = {}) =>
    running().client.reconcilePositions({
      account: name,
      bridgeId: 'mt5-1',
      takenAt: at(seconds),
      complete: true,
      positions: [...positions],
      dealsSince: at(-7200),
      ...more,
    });

  /** The same of a bridge that has just reported the account. */
  const reconcile = async (...call: Parameters<typeof snapshot>) => {
    await beat(call[0]);
    return snapshot(...call);
  };

  const tradeOf = async (name: string, ticket: bigint) =>
    (await running().client.getTrade({ account: name, ticket })).trade;

  const story = async (name: string, ticket: bigint): Promise<string[]> => {
    const { events } = await running().client.listTradeEvents({
      filter: { account: name, tickets: [ticket] },
    });
    return events.map(({ change }) =>
      change?.$case === 'reconciled' ? `reconciled ${Drift[change.value.drift]}` : String(change?.$case),
    );
  };

  return { account, beat, risk, register, position, reconcile, snapshot, tradeOf, story, failure };
}
