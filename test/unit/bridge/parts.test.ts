// What a bridge tells of the broker's own closes: those of all that was open. Of a part, such as a stop-out closes, the
// position's snapshot tells.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import type { BrokerDeal } from '../../../src/domain/broker/snapshot.js';
import { paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const HUNDREDTHS = 100;

/** A terminal whose broker closes parts of position 42 by a stop-out, which the paper broker never does. */
class PartingTerminal extends PaperTerminal {
  readonly made: BrokerDeal[] = [];
  lots = 1;

  stopOut(lots: number, time: number): void {
    this.lots = Math.round((this.lots - lots) * HUNDREDTHS) / HUNDREDTHS;
    this.made.push({
      ...{ deal: BigInt(900 + this.made.length), positionIdentifier: 42n, symbol: SYMBOL, entry: 'OUT' },
      ...{
        direction: 'SELL',
        volume: lots,
        price: 80,
        magicNumber: 0n,
        comment: '',
        reason: 'STOP_OUT',
        time,
      },
    } as const);
  }

  override async positions() {
    const answer = await super.positions();
    const positions = answer.positions.map((position) => ({ ...position, volume: this.lots }));
    return { ...answer, positions: this.lots === 0 ? [] : positions };
  }

  override async deals(since: number) {
    const answer = await super.deals(since);
    return { ...answer, deals: this.made.filter(({ time }) => time >= since) };
  }
}

const parts = fc.array(
  fc.record({
    lots: fc.integer({ min: 1, max: 60 }),
    next: fc.constantFrom('drain', 'reconcile', 'nothing'),
  }),
  { minLength: 1, maxLength: 6 },
);

it('a close is told once, when nothing is left of what was open', async () => {
  let [whole, left] = [0, 0];
  await fc.assert(
    fc.asyncProperty(parts, async (course) => {
      const broker = paperBroker();
      const position = {
        identifier: 42n,
        symbol: SYMBOL,
        direction: 'BUY',
        volume: 1,
        entryPrice: 100,
      } as const;
      const bare = { stopLoss: null, takeProfit: null, magicNumber: 0n, comment: '', openedAt: T0 - 1 };
      broker.adopt({ ...position, ...bare });
      const terminal = new PartingTerminal(broker);
      const leases = new ScriptedLeaseClient(() => broker.now);
      const bridge = new Bridge(leases, terminal);
      await bridge.reconcile();
      for (const { lots, next } of course) {
        broker.advance(broker.now + 1000);
        const taken = Math.min(lots / HUNDREDTHS, terminal.lots);
        if (taken > 0) terminal.stopOut(taken, broker.now);
        broker.advance(broker.now + 1000);
        if (next === 'drain') await bridge.drain();
        if (next === 'reconcile') await bridge.reconcile();
      }
      await bridge.drain();
      const told = { ticket: 42n, reason: 'BROKER_GONE', price: 80 };
      expect(leases.closes).toMatchObject(terminal.lots === 0 ? [told] : []);
      if (terminal.lots === 0) whole += 1;
      else left += 1;
    }),
  );
  expect(Math.min(whole, left)).toBeGreaterThan(5);
});

it.each([0, 1, 5000])(
  'a stop that closes what an order of DTMS left is told, %s ms after it',
  async (later) => {
    const broker = paperBroker();
    broker.adopt({
      ...{ identifier: 42n, symbol: SYMBOL, direction: 'BUY', volume: 1, entryPrice: 100, stopLoss: 95 },
      ...{ takeProfit: null, magicNumber: 0n, comment: '', openedAt: T0 - 1 },
    });
    const leases = new ScriptedLeaseClient(() => broker.now);
    const bridge = new Bridge(leases, new PaperTerminal(broker));
    await bridge.reconcile();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }));
    await bridge.drain();
    broker.quote(SYMBOL, { bid: 94, ask: 94.5 }, broker.now + later);
    await bridge.drain();
    expect(leases.closes).toMatchObject([{ ticket: 42n, reason: 'STOP_LOSS' }]);
  },
);
