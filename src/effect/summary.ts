// Owns what effects say together: means with and without DTMS, and how sure their difference is. Trades of one week share a
// market, so whole weeks are drawn again, or days where there are few weeks. What few trades say is no figure.
import { seededRandom } from '../broker/seeded-random.js';
import {
  APART_REASONS,
  type ApartReason,
  type EffectSummary,
  type TradeEffect,
} from '../domain/effect/effect.js';
import { Blocks, blockAt, blockLengthOf } from '../statistics/blocks.js';
import { type Estimate, meanTest } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';

/** With fewer trades, or fewer weeks or days that they began in, there is too little to say. */
export const LEAST_TRADES = 30;
export const LEAST_BLOCKS = 12;

const DRAWS = 1000;
const SEED = 1;

/** What of an effect counts. */
export type CountedEffect = Pick<
  TradeEffect,
  'account' | 'symbol' | 'policy' | 'openedAt' | 'status' | 'apart' | 'touched' | 'withR' | 'withoutR'
>;

/** A summary of the effects that share a name: an account, a symbol, a policy. */
export interface NamedSummary extends EffectSummary {
  readonly name: string;
}

/** All of these effects together; their order does not matter. */
export function summaryOf(effects: readonly CountedEffect[]): EffectSummary {
  const told = toldOf(effects);
  const differences = told.map(({ withR, withoutR }) => micro(withR) - micro(withoutR));
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0) / 1e6;
  return {
    trades: told.length,
    touched: told.filter(({ touched }) => touched).length,
    helped: differences.filter((difference) => difference > 0).length,
    hurt: differences.filter((difference) => difference < 0).length,
    withR: sum(told.map(({ withR }) => micro(withR))),
    withoutR: sum(told.map(({ withoutR }) => micro(withoutR))),
    difference: sum(differences),
    mean: meanOf(told.map(({ openedAt }, index) => ({ openedAt, difference: differences[index] ?? 0 }))),
    followed: effects.filter(({ status }) => status === 'FOLLOWED').length,
    apart: apartCounts(effects),
  };
}

/** Those that count in figures. */
function toldOf(effects: readonly CountedEffect[]) {
  return effects.flatMap(({ status, withR, withoutR, ...effect }) =>
    status === 'TOLD' && withR !== null && withoutR !== null ? [{ ...effect, withR, withoutR }] : [],
  );
}

/** What policies that only observed would have made of these trades, as effects of them beside the trades left alone. */
export function underObserved(effects: readonly TradeEffect[]): readonly CountedEffect[] {
  return effects.flatMap((effect) =>
    effect.observed.map((observed): CountedEffect => {
      const { withoutR, account, symbol, openedAt } = effect;
      const reason = effect.apart ?? observed.apart;
      const isFollowed = effect.status === 'FOLLOWED' || observed.status === 'FOLLOWED';
      return {
        ...{ account, symbol, openedAt, withoutR, withR: observed.r, apart: reason },
        policy: `${observed.policy} ${observed.version}`,
        status: reason !== null ? 'APART' : isFollowed ? 'FOLLOWED' : 'TOLD',
        touched: observed.r !== withoutR,
      };
    }),
  );
}

/** A summary of each name, those of most trades first, at most so many: each takes a while, so one is made when it is asked for. */
export function* summariesBy<Effect extends CountedEffect>(
  effects: readonly Effect[],
  nameOf: (effect: Effect) => string,
  most: number,
): Generator<NamedSummary> {
  const named = new Map<string, Effect[]>();
  for (const effect of effects) {
    const known = named.get(nameOf(effect));
    if (known === undefined) named.set(nameOf(effect), [effect]);
    else known.push(effect);
  }
  const groups = Array.from(named, ([name, each]) => ({ name, each, trades: toldOf(each).length }));
  groups.sort((one, other) => other.trades - one.trades || (one.name < other.name ? -1 : 1));
  for (const { name, each } of groups.slice(0, most)) yield { name, ...summaryOf(each) };
}

/** R in whole millionths: their sums are exact. */
const micro = (r: number): number => Math.round(r * 1e6);

interface Difference {
  readonly openedAt: number;
  /** In millionths of R. */
  readonly difference: number;
}

function meanOf(differences: readonly Difference[]): Estimate | null {
  if (differences.length < LEAST_TRADES) return null;
  // The draws go by the order of the blocks.
  const ordered = differences.toSorted((a, b) => a.openedAt - b.openedAt || a.difference - b.difference);
  const length = blockLengthOf(
    ordered.map(({ openedAt }) => openedAt),
    LEAST_BLOCKS,
  );
  const blocks = new Blocks(
    ordered.map(({ openedAt }) => ({ stratum: '', block: blockAt(openedAt, length) })),
  );
  if (blocks.count < LEAST_BLOCKS) return null;
  const sample = new ResultSample(
    ordered.map(({ difference }) => difference / 1e6),
    blocks,
  );
  const { value, low, high } = meanTest(sample, blocks.draws(DRAWS, seededRandom(SEED)));
  return Number.isFinite(low) && Number.isFinite(high) ? { value, low, high } : null;
}

function apartCounts(effects: readonly CountedEffect[]): Record<ApartReason, number> {
  const counts = Object.fromEntries(APART_REASONS.map((reason) => [reason, 0])) as Record<
    ApartReason,
    number
  >;
  for (const { apart } of effects) if (apart !== null) counts[apart] += 1;
  return counts;
}
