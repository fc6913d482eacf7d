// Owns what is owed to a trade: a warning that old data led to plans nothing, and fresh data plan what the warning is for. What
// the first warning left out waits beside what the second is for, and is planned where the trade comes back.
import type { ReferenceFacts } from '../actions/context.js';
import { areBarsOld } from '../actions/old-data.js';
import { planActions } from '../actions/planning.js';
import type { Rules } from '../rules.js';
import type { TradeEvent } from '../trade/event.js';
import { type DirectionContext, plansInto } from '../trade/state-machine.js';
import type { Trade } from '../trade/trade.js';
import { plannedOutside } from './commands.js';

/** The plan that old data left out, by the market as it is now; null where nothing is owed, or the data are old still. */
export function planOwed(
  trade: Trade,
  { facts, moment }: DirectionContext,
  rules: Rules,
  reference: ReferenceFacts,
): TradeEvent | null {
  const { owed, state } = trade;
  if (owed.length === 0 || areBarsOld(trade, facts, moment.clock, reference)) return null;
  const due = owed.filter((type) => plansInto(state).includes(type));
  const plan = planActions(due, trade, state, facts, moment.at, rules, reference);
  return plannedOutside(trade, `${state} of data that were too old to act on`, plan, moment.at, { owed: [] });
}
