// Owns the decision a study comes to for a market, by a rule that is written beside it.

import { signed as withSign } from '../domain/number-text.js';
import type { Effect } from '../statistics/effects.js';

/** With fewer weeks, or days, no figure of a market says enough. */
export const LEAST_BLOCKS = 12;
const SIGNIFICANT = 0.05;

export interface MarketDecision {
  readonly kind: 'defend' | 'do not defend' | 'not enough data';
  /** The variant to defend by; null unless the kind is `defend`. */
  readonly variant: string | null;
  /** Why, for a person. */
  readonly because: string;
}

/** The rule in words; `tries` candidates were compared. */
export function ruleText(tries: number, worthwhileR: number): string {
  return [
    `Defend so: the variant with the largest mean gain among those of the ${tries} candidates that (1) gain over the same trades left alone, p at most ${SIGNIFICANT} after Holm's correction for ${tries} tries;`,
    '(2) gain over the same trades at the smaller size that deviates as little, its 95% interval above 0;',
    '(3) where they go by the score, gain over the same plan with a score a day old, its 95% interval above 0.',
    `Do not defend: none passes, and no candidate gains ${worthwhileR} R a trade or more, by intervals that hold for all of them at once (95%, Bonferroni).`,
    `Not enough data: neither, or fewer than ${LEAST_BLOCKS} blocks.`,
    `Beside it stands what limits the worst 5% more than a smaller size does, by an interval that holds for all candidates at once, and surely costs less than ${worthwhileR} R a trade: that is no gain.`,
  ].join(' ');
}

export function decide(effects: readonly Effect[], blocks: number, worthwhileR: number): MarketDecision {
  const candidates = effects.filter(({ role }) => role === 'candidate');
  if (blocks < LEAST_BLOCKS) {
    const there = blocks === 1 ? 'there is 1 block' : `there are ${blocks} blocks`;
    return undecided(`${there}, and it takes ${LEAST_BLOCKS}`);
  }
  const passing = candidates.filter(passes).sort((a, b) => b.gain.value - a.gain.value);
  const [best] = passing;
  if (best !== undefined) {
    const { value, low, high } = best.gain;
    const gained = `${signed(value)} R a trade, 95% ${signed(low)} to ${signed(high)}`;
    return { kind: 'defend', variant: best.name, because: `it gains ${gained}` };
  }
  const open = candidates.filter((effect) => reach(effect) >= worthwhileR);
  if (open.length === 0) {
    const most = Math.max(...candidates.map(reach));
    return {
      kind: 'do not defend',
      variant: null,
      because: `no variant gains more than ${signed(most)} R a trade`,
    };
  }
  const telling = open.filter(({ differing }) => differing >= LEAST_BLOCKS);
  if (telling.length === 0) {
    const { name, differing } = largest(open);
    return undecided(
      `no gain is shown, and ${name} changed trades in ${differing} of ${blocks} blocks: too few to say what it may gain`,
    );
  }
  const most = largest(telling);
  if (!Number.isFinite(reach(most)))
    return undecided(`no gain is shown, and nothing bounds that of ${most.name}`);
  return undecided(
    `no gain is shown, and one of up to ${signed(reach(most))} R a trade (${most.name}) is not excluded`,
  );
}

function passes({ gain, corrected, beyondSize, beyondControl }: Effect): boolean {
  if (gain.value <= 0 || corrected > SIGNIFICANT) return false;
  return beyondSize.low > 0 && (beyondControl === null || beyondControl.low > 0);
}

function largest(effects: readonly Effect[]): Effect {
  return effects.reduce((one, other) => (reach(other) > reach(one) ? other : one));
}

/** The most a variant may gain, by an interval that holds for all at once. */
function reach({ gain, jointHalf }: Effect): number {
  return gain.value + jointHalf;
}

function undecided(because: string): MarketDecision {
  return { kind: 'not enough data', variant: null, because };
}

/** With three decimals and a sign. */
const signed = (value: number): string => withSign(value, 3);
