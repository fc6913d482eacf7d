// Owns trades that have nothing to do with each other: rules under which those of one account are as alone.
import type { Rules } from '../domain/rules.js';

/** No rail counts them together. */
export function standingAlone(rules: Rules): Rules {
  const never = Number.POSITIVE_INFINITY;
  const none = { dailyLoss: never, hourlyLoss: never, stopStreak: never, dailyProfit: 0 };
  return { ...rules, rails: { ...rules.rails, ...none } };
}
