// Owns made-up outcomes of studies whose truth is known: trades of many weeks whose results hang together, defended by
// variants that do nothing to the mean but one, which gains what is planted.
import { seededRandom } from '../../src/broker/seeded-random.js';
import type { Outcomes, VariantOutcomes } from '../../src/statistics/effects.js';

export interface SimulatedStudy {
  readonly seed: number;
  readonly weeks: number;
  readonly trades: number;
  readonly variants: number;
  /** What the first variant gains, R a trade. */
  readonly planted: number;
}

export function simulatedOutcomes({ seed, weeks, trades, variants, planted }: SimulatedStudy): Outcomes {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const places = Array.from({ length: trades }, () => ({
    stratum: 'one',
    block: Math.floor(random() * weeks),
  }));
  /** What a week does to all its trades. */
  const moods = Array.from({ length: weeks }, () => 0.3 * normal());
  // Stops at -1, targets at 1.5, and trades that end by time in between; costs take a little.
  const alone = places.map(({ block }) => {
    const drift = random() + 0.1 * (moods[block] ?? 0);
    if (drift < 0.45) return -1.03;
    return drift < 0.75 ? 1.47 : Math.max(-1, Math.min(1.5, 0.6 * normal())) - 0.03;
  });
  const results = (gain: number) => {
    const weekly = Array.from({ length: weeks }, () => 0.1 * normal());
    // Losers gain, winners lose, by as much on the whole: that is what defending by rules is like.
    return places.map(({ block }, index) => {
      const luck = random();
      const change = luck < 0.55 ? 0.4 : luck < 0.85 ? -0.4 * (0.55 / 0.3) : 0;
      return (alone[index] ?? 0) + gain + change + (weekly[block] ?? 0);
    });
  };
  const named = Array.from(
    { length: variants },
    (_, number): VariantOutcomes => ({
      name: `variant ${number}`,
      role: 'candidate',
      against: null,
      results: results(number === 0 ? planted : 0),
    }),
  );
  return { places, alone, variants: named };
}
