// Positions that trades name: the index answers what a look at every trade would.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Hedge } from '../../../src/domain/trade/trade.js';
import { Market, type Slot } from '../../../src/engine/market.js';
import { TradeIndex } from '../../../src/engine/trade-index.js';
import { tradeOf } from '../../support/trades.js';

const ACCOUNTS = ['demo', 'other'];
const TICKETS = [1n, 2n, 3n, 4n];
const NAMED = [0n, ...TICKETS];

const named = {
  hedge: fc.constantFrom(...NAMED),
  positionTicket: fc.constantFrom(...NAMED),
};
const key = { account: fc.constantFrom(...ACCOUNTS), ticket: fc.constantFrom(...TICKETS) };
const STEP = fc.oneof(
  fc.record({ does: fc.constant<'holds'>('holds'), ...key, ...named }),
  fc.record({ does: fc.constant<'leaves'>('leaves'), ...key }),
);

const hedgeOf = (ticket: bigint): Hedge | null =>
  ticket === 0n ? null : { ticket, volume: 1, entryPrice: 100, stopLoss: null };

test('law: who names a position is who a look at every trade finds', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
      const index = new TradeIndex();
      const market = new Market('default', 'BTCUSD');
      const slots = new Map<string, Slot>();
      for (const step of steps) {
        const { account, ticket } = step;
        const slot = slots.get(`${account}:${ticket}`);
        if (step.does === 'leaves') {
          if (slot !== undefined) index.remove(slot);
          slots.delete(`${account}:${ticket}`);
        } else {
          const { positionTicket } = step;
          const trade = tradeOf({ hedge: hedgeOf(step.hedge), positionTicket }, { account, ticket });
          if (slot === undefined) {
            const fresh = market.add(trade);
            slots.set(`${account}:${ticket}`, fresh);
            index.add(fresh);
          } else {
            const before = slot.trade;
            slot.trade = trade;
            index.replaced(slot, before);
          }
        }
        for (const one of ACCOUNTS) {
          for (const position of TICKETS) {
            const naming = [...index.tradesOf(one)].filter(
              ({ spec, hedge, positionTicket: present }) =>
                hedge?.ticket === position || (present === position && spec.ticket !== position),
            );
            const answer = index.naming({ account: one, ticket: position });
            if (naming.length === 0) expect(answer).toBeUndefined();
            else expect(naming).toContain(answer);
            found += naming.length;
          }
        }
      }
    }),
  );
  expect(found).toBeGreaterThan(100);
});
