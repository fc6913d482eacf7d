// A hedge is no larger than what is open of its position as its order is sent: others close parts after the last snapshot.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { NO_FAULTS } from '../../../src/broker/faults.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { UTC_CLOCK } from '../../../src/broker/server-clock.js';
import { close, only, paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { runs } from '../../support/properties.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const TENTHS = 10;

it('a hedge is of what is left where a person closed a part since it was planned', async () => {
  const lots = fc.integer({ min: 1, max: 10 }).map((value) => value / TENTHS);
  const course = fc.record({ planned: lots, closed: fc.integer({ min: 0, max: 9 }) });
  let fitted = 0;
  await fc.assert(
    fc.asyncProperty(course, async ({ planned, closed }) => {
      const broker = paperBroker({});
      broker.adopt({
        ...{ identifier: 42n, symbol: SYMBOL, direction: 'BUY', volume: 1, entryPrice: 100, stopLoss: 90 },
        ...{ takeProfit: null, magicNumber: 7n, comment: 'bot', openedAt: T0 - 1 },
      });
      const leases = new ScriptedLeaseClient(() => broker.now);
      const bridge = new Bridge(leases, new PaperTerminal(broker, { faults: NO_FAULTS, clock: UTC_CLOCK }));
      if (closed > 0) broker.execute(close(only(broker), closed / TENTHS));
      const left = only(broker).volume;
      const hedge = action('OPEN_HEDGE', { volume: planned, stopLoss: 104 });
      leases.plan(hedge);
      await bridge.drain();
      const leg = broker.positions().find(({ direction }) => direction === 'SELL');
      const volume = Math.min(planned, left);
      if (volume < planned) fitted += 1;
      expect(leg?.volume).toBe(volume);
      expect(leases.entry(hedge.tag)).toMatchObject({ status: 'DONE', result: { volume } });
    }),
    { numRuns: runs(200), seed: 5 },
  );
  expect(fitted).toBeGreaterThan(20);
});
