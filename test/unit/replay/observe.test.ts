// A replay that only observes: everything is decided and recorded, no trade ends by it, and each earns what it earns alone.
import { describe, expect, it } from 'vitest';
import { CloseReason } from '../../../gen/ts/dtms/v1/types.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { standingAlone } from '../../../src/replay/accounts.js';
import { replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { factsIn } from '../../../src/wire/told-event.js';

describe('a replay that only observes', () => {
  const from = Date.UTC(2025, 0, 6);
  const data = syntheticMarket({ seed: 11, timeframe: 'M15', bars: 2500, from, price: 64_000, digits: 2 });
  const trades = sampleTrades(data, 'BTCUSD', 900_000, 200);
  const run = async (mode: 'observe' | 'enforce') => {
    const closed: string[] = [];
    const pairs: (readonly [number, number])[] = [];
    const rules = standingAlone({ ...DEFAULT_RULES, actions: { ...DEFAULT_RULES.actions, mode } });
    const summary = await replay(new EngineTarget(rules), {
      symbol: 'BTCUSD',
      data,
      trades,
      skippedRows: 0,
      observer: {
        onEvent: (event) => {
          const { closed: end } = factsIn(event);
          if (end !== undefined) closed.push(CloseReason[end.reason]);
        },
        onBar: () => {},
        onOutcome: (_, withDtms, without) => pairs.push([withDtms.r, without.r]),
      },
    });
    return { summary, closed, pairs };
  };

  it('ends no trade, whatever the table says, and changes no result', async () => {
    const { summary, closed, pairs } = await run('observe');
    expect(summary.transitions['WARNING_L2>HEDGED']).toBeGreaterThan(0);
    expect(closed).not.toContain('DEFENSIVE');
    expect(summary.broker.executed).toBe(0);
    expect(pairs).toHaveLength(trades.length);
    for (const [withDtms, without] of pairs) expect(withDtms).toBe(without);
  });

  it('in the same market ends some where it may', async () => {
    const { closed, pairs } = await run('enforce');
    expect(closed).toContain('DEFENSIVE');
    expect(pairs.some(([withDtms, without]) => withDtms !== without)).toBe(true);
  });
});
