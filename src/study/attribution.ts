// Owns where a variant's gain comes from: the groups of trades it was made in, and under the plan the actions it was made by,
// each with its part of the whole gain.
import { sessionAt } from '../domain/market/sessions.js';
import { ACTION_TYPES } from '../domain/trade/action-specs.js';
import type { Drawing, Outcomes } from '../statistics/effects.js';
import { type MeanTest, meanTest } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';
import { DEPTHS, type TradeTrail } from './trade-trails.js';

/** Left alone, a trade within this of its stop has lost, in R. */
const LOST = -0.9;
/** Lower ends of the groups by the furthest the price went, in R. */
const REACHES = [0, 0.25, 0.5, 0.75, 1, 1.5] as const;

export interface GroupGain {
  readonly grouping: string;
  readonly group: string;
  /** Of an action: trades a part of which ended by it. */
  readonly trades: number;
  /** What the group adds to the gain of the mean over all trades; the parts of a grouping add up to it. R a trade. */
  readonly part: MeanTest;
}

/** What is known of the trades, whoever defends them; all in their order. */
export interface TradeFacts {
  /** When each was entered, UTC ms. */
  readonly entries: readonly number[];
  /** The regime each was entered in, in words. */
  readonly regimes: readonly string[];
  /** How far the price went against each and for it while it was left alone, in R. */
  readonly adverse: readonly number[];
  readonly favourable: readonly number[];
  /** By variant; only plans have them. */
  readonly trails: Readonly<Record<string, readonly TradeTrail[]>>;
}

interface Grouping {
  readonly name: string;
  readonly groups: readonly string[];
  readonly groupOf: (place: number) => string;
}

/** Of each variant, in their order, the parts of its gain. */
export function attributed(
  { alone, variants }: Outcomes,
  facts: TradeFacts,
  drawing: Drawing,
): readonly (readonly GroupGain[])[] {
  const common = groupingsOf(alone, facts);
  return variants.map(({ name, results }) => {
    const gains = results.map((result, place) => result - (alone[place] ?? 0));
    const trails = facts.trails[name];
    const parts = common.flatMap((grouping) => partsOf(grouping, gains, drawing));
    if (trails === undefined) return parts;
    return [...parts, ...partsOf(byDepth(trails), gains, drawing), ...byAction(trails, alone, drawing)];
  });
}

function groupingsOf(alone: readonly number[], facts: TradeFacts): readonly Grouping[] {
  const { entries, regimes, adverse, favourable } = facts;
  return [
    grouping('left alone', alone.map(endOf)),
    grouping('entered in session', entries.map(sessionAt)),
    grouping('entered in regime', regimes),
    grouping('went against it (MAE)', adverse.map(reachOf)),
    grouping('went for it (MFE)', favourable.map(reachOf)),
  ];
}

function grouping(name: string, groups: readonly string[]): Grouping {
  return { name, groups: [...new Set(groups)].sort(), groupOf: (place) => groups[place] ?? '' };
}

function byDepth(trails: readonly TradeTrail[]): Grouping {
  const depths = trails.map(({ depth }) => depth);
  const groups = DEPTHS.filter((depth) => depths.includes(depth));
  return { name: 'worst state', groups, groupOf: (place) => depths[place] ?? 'HEALTHY' };
}

function partsOf({ name, groups, groupOf }: Grouping, gains: readonly number[], drawing: Drawing) {
  return groups.map((group): GroupGain => {
    const isIn = gains.map((_, place) => groupOf(place) === group);
    const own = gains.map((gain, place) => (isIn[place] === true ? gain : 0));
    return { grouping: name, group, trades: isIn.filter(Boolean).length, part: partOf(own, drawing) };
  });
}

/** What each action's parts of the trades earned over what the same parts would have, left alone. */
function byAction(trails: readonly TradeTrail[], alone: readonly number[], drawing: Drawing): GroupGain[] {
  return [...ACTION_TYPES, 'NONE' as const].flatMap((action) => {
    const ends = trails.map((trail) => trail.ends.find((end) => end.action === action));
    const trades = ends.filter((end) => end !== undefined).length;
    if (trades === 0) return [];
    const own = ends.map((end, place) => (end === undefined ? 0 : end.r - end.share * (alone[place] ?? 0)));
    return [{ grouping: 'ended by', group: action, trades, part: partOf(own, drawing) }];
  });
}

function partOf(gains: readonly number[], { blocks, draws }: Drawing): MeanTest {
  return meanTest(new ResultSample(gains, blocks), draws);
}

/** How a trade ended that nobody defended. */
function endOf(r: number): string {
  if (r <= LOST) return 'stopped';
  return r < 0 ? 'lost less' : 'won';
}

/** How far a price went, as a group. */
function reachOf(r: number): string {
  const rank = REACHES.findLastIndex((from) => r >= from);
  const [from, to] = [REACHES[rank] ?? 0, REACHES[rank + 1]];
  return to === undefined ? `${from} R and more` : `${from} to ${to} R`;
}
