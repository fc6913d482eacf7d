// Owns running the six-state plan over a set's trades: the engine, its bridge and a paper broker, as a replay runs them.
import { resolveInstrument } from '../domain/market/symbols.js';
import type { Rules } from '../domain/rules.js';
import { standingAlone } from '../replay/accounts.js';
import { type ReplayObserver, replay } from '../replay/driver.js';
import { EngineTarget } from '../replay/engine-target.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { DelayedView } from './delayed-view.js';
import { brokerTerms, type MarketSet } from './market-set.js';
import type { VariantRun } from './rule-run.js';
import { RunningSum } from './running-sum.js';

const HOUR = 3_600_000;

/** What the plan made of the trades, which are in order of entry; each stands as if it had an account of its own. */
export async function runPlan(
  set: MarketSet,
  trades: readonly ReplayTrade[],
  scoreDelayHours: number,
  rules: Rules,
  seed: number,
): Promise<VariantRun> {
  const { symbol, data, blockLength, moments } = set;
  const results = new Map<bigint, number>();
  const sum = new RunningSum(blockLength);
  let bars = 0;
  const observer: ReplayObserver = {
    onEvent: () => {},
    onBar: (_, at, { withDtms }) => {
      if (moments[bars]?.closes === true) sum.add(at, withDtms);
      bars += 1;
    },
    onOutcome: (ticket, { r }) => results.set(ticket, r),
  };
  const delayMs = scoreDelayHours * HOUR;
  const viewOf = (name: string) =>
    delayMs === 0 ? null : new DelayedView(name, resolveInstrument(name, rules.symbols), rules, delayMs);
  const target = new EngineTarget(standingAlone(rules), viewOf);
  await replay(target, { symbol, data, trades, skippedRows: 0, ...brokerTerms(set, rules, seed), observer });
  const inOrder = trades.map(({ ticket }) => results.get(ticket) ?? 0);
  // What was not settled at the last bar is by now.
  const end = (data.bars.at(-1)?.bar.time ?? 0) + set.barMs;
  sum.add(
    end,
    inOrder.reduce((all, r) => all + r, 0),
  );
  return {
    results: inOrder,
    stretches: sum.stretches(),
  };
}
