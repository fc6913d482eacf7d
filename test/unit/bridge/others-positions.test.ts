// No bridge touches a position whose symbol, side or account is not the order's: tickets are used again, and terminals log in anew.
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import type { TerminalAccount } from '../../../src/broker/terminal.js';
import { ACTION_TYPES } from '../../../src/domain/trade/action-specs.js';
import { paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const OTHERS = ['EURUSD', `${SYMBOL}.r`, `${SYMBOL}c`, SYMBOL.toLowerCase(), ''];

function stage() {
  const broker = paperBroker();
  const position = {
    symbol: SYMBOL,
    volume: 1,
    entryPrice: 100,
    takeProfit: null,
    openedAt: T0 - 1,
  } as const;
  const bot = { magicNumber: 7n, comment: 'bot' };
  broker.adopt({ ...position, ...bot, identifier: 42n, direction: 'BUY', stopLoss: 90 });
  broker.adopt({ ...position, ...bot, identifier: 43n, direction: 'SELL', stopLoss: 110 });
  const leases = new ScriptedLeaseClient(() => broker.now);
  const errors: unknown[] = [];
  return { broker, leases, errors, terminal: new PaperTerminal(broker) };
}

const wrong = fc.oneof(
  fc.record({ symbol: fc.constantFrom(...OTHERS) }),
  // The ticket of the position on the other side, and with it a leg on the trade's own side.
  fc.constant({ ticket: 43n, hedgeTicket: 42n }),
  fc.record({ account: fc.constantFrom('demo2', 'DEMO', '') }),
);

test('an order that is not about the position under its ticket sends nothing, and is not told as done', async () => {
  await fc.assert(
    fc.asyncProperty(wrong, fc.constantFrom(...ACTION_TYPES), async (other, type) => {
      const { broker, leases, errors, terminal } = stage();
      const before = broker.positions();
      const planned = action(type, {
        ...{ volume: 0.5, leaves: 0.5, stopLoss: 95, hedgeTicket: 43n },
        ...other,
      });
      leases.plan(planned);
      const bridge = new Bridge(leases, terminal, {
        account: 'demo',
        onError: (error) => errors.push(error),
      });
      await bridge.drain();
      expect(terminal.orders).toEqual([]);
      expect(broker.positions()).toEqual(before);
      const isOfOther = 'account' in other;
      const { status, result } = leases.entry(planned.tag);
      // Of another account nothing is begun, or told.
      if (isOfOther) expect([status, errors.length]).toEqual(['LEASED', 1]);
      else if ('symbol' in other) expect([status, result?.code]).toEqual(['REJECTED', 10013]);
      else expect(result?.code).toBe(10036);
    }),
  );
});

it('while its terminal is logged in to another account it takes no work, and tells nothing but that', async () => {
  const { leases, terminal } = stage();
  const elsewhere: Pick<TerminalAccount, 'login'> = { login: '777' };
  const account = terminal.account.bind(terminal);
  terminal.account = async () => ({ ...(await account()), ...elsewhere });
  leases.plan(action('CLOSE_ALL'));
  const bridge = new Bridge(leases, terminal);
  expect(await bridge.heartbeat()).toMatchObject({ connected: true, login: '777' });
  expect([await bridge.drain(), await bridge.reconcile()]).toEqual([0, null]);
  expect([leases.snapshots, terminal.orders]).toEqual([[], []]);
  expect(leases.entry('t:42:CLOSE_ALL').status).toBe('PENDING');
});
