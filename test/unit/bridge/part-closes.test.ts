// However people close and add while a bridge begins a partial close: it leaves what it was decided to leave, closes no more than
// was decided, and where nothing is left to close it says so and asks for a look at what is open.
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import type { LeasedAction } from '../../../src/bridge/lease-client.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { close, market, only, paperBroker, SYMBOL, T0 } from '../../support/paper.js';
import { runs } from '../../support/properties.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const TENTHS = 10;
const lots = (value: number): number => Math.round(value * TENTHS) / TENTHS;

/** Calls back as an action is begun: what others do at the broker while DTMS is asked. */
class Meddled extends ScriptedLeaseClient {
  meddle: () => void = () => undefined;

  override async begin(one: LeasedAction): Promise<boolean> {
    const begun = await super.begin(one);
    this.meddle();
    return begun;
  }
}

function stage(marginMode: 'hedging' | 'netting') {
  const broker = paperBroker({ account: { marginMode } });
  broker.adopt({
    ...{ identifier: 42n, symbol: SYMBOL, direction: 'BUY', volume: 2, entryPrice: 100, stopLoss: 90 },
    ...{ takeProfit: null, magicNumber: 7n, comment: 'bot', openedAt: T0 - 1 },
  });
  const leases = new Meddled(() => broker.now);
  /** Lots above 0 are added where the account nets, lots below it closed, of which a step is left. */
  const trade = (by: number): void => {
    const position = only(broker);
    if (by > 0 && marginMode === 'netting') broker.execute(market('BUY', by, { stopLoss: 90 }));
    const most = lots(Math.min(-by, position.volume - 0.1));
    if (most > 0) broker.execute(close(position, most));
  };
  const terminal = new PaperTerminal(broker);
  return { broker, leases, trade, terminal, bridge: new Bridge(leases, terminal) };
}

const change = fc.integer({ min: -19, max: 9 }).map((tenths) => tenths / TENTHS);
const course = fc.record({
  marginMode: fc.constantFrom('hedging' as const, 'netting' as const),
  volume: fc.integer({ min: 1, max: 19 }).map((tenths) => tenths / TENTHS),
  rest: fc.integer({ min: 1, max: 19 }).map((tenths) => tenths / TENTHS),
  earlier: change,
  meanwhile: fc.array(change, { maxLength: 3 }),
});

test('a partial close leaves what it is to leave, and is no larger than decided', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(course, async ({ marginMode, volume, rest, earlier, meanwhile }) => {
      const { broker, leases, trade, terminal, bridge } = stage(marginMode);
      const leaves = lots(rest);
      const planned = action('PARTIAL_CLOSE', { volume, leaves, volumeMin: 0.1, volumeStep: 0.1 });
      trade(earlier);
      leases.plan(planned);
      leases.meddle = () => {
        for (const by of meanwhile) trade(by);
        leases.meddle = () => undefined;
      };
      await bridge.drain();
      const { status, result } = leases.entry(planned.tag);
      const closed = result?.volume ?? 0;
      const before = lots(only(broker).volume + closed);
      expect(status).toBe('DONE');
      expect(closed).toBe(Math.max(0, lots(Math.min(volume, before - leaves))));
      expect(terminal.orders).toHaveLength(closed > 0 ? 1 : 0);
      expect(bridge.looksAgain).toBe(closed !== volume);
      const kind = closed === 0 ? 'nothing' : closed < volume ? 'less' : 'all';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns: runs(300) },
  );
  for (const kind of ['nothing', 'less', 'all']) expect(seen.get(kind), kind).toBeGreaterThan(20);
});

/** What is open, what is to be left, the terms, and what is sent; null where it is nothing. */
const BOUNDS: readonly (readonly [number, number, number, number, number | null])[] = [
  [1, 0.5, 0.1, 0.1, 0.5],
  [0.95, 0.5, 0.1, 0.1, 0.4],
  [0.6, 0.5, 0.1, 0.1, 0.1],
  [0.55, 0.5, 0.1, 0.05, null],
  [0.55, 0.5, 0.05, 0.05, 0.05],
  [0.5, 0.5, 0.01, 0.01, null],
  [0.3, 0.5, 0.01, 0.01, null],
  [0.8, 0.7, 0.01, 0.01, 0.1],
  [3, 0.5, 0.01, 0.01, 0.5],
];

it.each(BOUNDS)(
  'of %s lots with %s to leave, by a least volume of %s and a step of %s, %s are closed',
  async (volume, leaves, volumeMin, volumeStep, sent) => {
    const broker = paperBroker({ instrument: { volumeMin: 0.01, volumeStep: 0.01 } });
    broker.adopt({
      ...{ identifier: 42n, symbol: SYMBOL, direction: 'BUY', volume, entryPrice: 100, stopLoss: null },
      ...{ takeProfit: null, magicNumber: 7n, comment: 'bot', openedAt: T0 - 1 },
    });
    const leases = new ScriptedLeaseClient(() => broker.now);
    const planned = action('PARTIAL_CLOSE', { volume: 0.5, leaves, volumeMin, volumeStep });
    leases.plan(planned);
    await new Bridge(leases, new PaperTerminal(broker)).drain();
    expect(leases.entry(planned.tag).result).toMatchObject({
      code: sent === null ? 10025 : 10009,
      volume: sent,
    });
  },
);

it('a server that does not tell what is to be left is served as before', async () => {
  const { broker, leases, trade, bridge } = stage('hedging');
  trade(-1.8);
  leases.plan(action('PARTIAL_CLOSE', { volume: 0.1 }));
  await bridge.drain();
  expect(only(broker).volume).toBe(0.1);
});

it('sends nothing where the terminal does not show its positions once it was begun, and says that it may be tried again', async () => {
  const { broker, leases, terminal, bridge } = stage('hedging');
  leases.plan(action('PARTIAL_CLOSE', { volume: 0.1, leaves: 1.9 }));
  leases.meddle = () => terminal.disconnect();
  await bridge.drain();
  expect([terminal.orders, only(broker).volume]).toEqual([[], 2]);
  expect(leases.journal.at(-1)).toContain('nothing was sent');
});
