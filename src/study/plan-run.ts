// Owns running the six-state plan over a set's trades: the engine, its bridge and a paper broker, as a replay runs them.
import type { Deal } from '../broker/deal-history.js';
import type { NewsEvent } from '../domain/market/data.js';
import { resolveInstrument } from '../domain/market/symbols.js';
import { changedRules } from '../domain/policy/policy-rules.js';
import type { Rules } from '../domain/rules.js';
import { standingAlone } from '../replay/accounts.js';
import { type ReplayObserver, replay } from '../replay/driver.js';
import { EngineTarget } from '../replay/engine-target.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { RunningSum } from '../statistics/running-sum.js';
import { DelayedView } from './delayed-view.js';
import { brokerTerms, type MarketSet } from './market-set.js';
import type { VariantRun } from './rule-run.js';
import { type TradeTrail, TradeTrails } from './trade-trails.js';
import type { PlanVariant } from './variants.js';

const HOUR = 3_600_000;

export interface PlanRun extends VariantRun {
  /** Of each trade, in their order. */
  readonly trails: readonly TradeTrail[];
}

/** How a plan is run. */
export type PlanSetting = Pick<PlanVariant, 'plan' | 'off' | 'scoreDelayHours' | 'policy'>;

/** What the plan made of the trades, which are in order of entry; each stands as if it had an account of its own. */
export async function runPlan(
  set: MarketSet,
  trades: readonly ReplayTrade[],
  setting: PlanSetting,
  unchanged: Rules,
  seed: number,
): Promise<PlanRun> {
  const { symbol, data, blockLength, moments } = set;
  const rules = changedRules(setting.plan, unchanged);
  const results = new Map<bigint, number>();
  const sum = new RunningSum(blockLength);
  const trails = new TradeTrails();
  let deals: readonly Deal[] = [];
  let bars = 0;
  const observer: ReplayObserver = {
    onEvent: (event) => trails.onEvent(event),
    onBar: (_, at, { withDtms }) => {
      if (moments[bars]?.closes === true) sum.add(at, withDtms);
      bars += 1;
    },
    onOutcome: (ticket, { r }) => results.set(ticket, r),
  };
  const options = { symbol, data, trades, skippedRows: 0, ...brokerTerms(set, rules, seed), observer };
  await replay(targetOf(setting, rules, set.news), {
    ...options,
    onEnd: ({ history }) => {
      deals = history;
    },
  });
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
    trails: trails.trails(trades, deals, inOrder),
  };
}

function targetOf(
  { off, scoreDelayHours, policy }: PlanSetting,
  rules: Rules,
  news: readonly NewsEvent[],
): EngineTarget {
  const delayMs = scoreDelayHours * HOUR;
  const viewOf = (name: string) =>
    delayMs === 0 ? null : new DelayedView(name, resolveInstrument(name, rules.symbols), rules, delayMs);
  const target = new EngineTarget(standingAlone(rules), viewOf);
  for (const event of news) target.upsertNews(event);
  if (policy !== undefined) target.upsertPolicy(policy);
  for (const flag of off) {
    const whole = { account: '', symbol: '', percent: 100, endsAt: null };
    target.setFlag({ flag, value: false, by: 'study', reason: 'left out', at: 0, ...whole });
  }
  return target;
}
