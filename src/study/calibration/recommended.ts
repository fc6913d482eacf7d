// Owns the policy a calibration recommends: the chosen candidate for the trades it was tried on, their market and direction.
import { resolveInstrument, type SymbolRules } from '../../domain/market/symbols.js';
import { EVERY_TRADE, type PolicyTerms } from '../../domain/policy/policy.js';
import type { Study } from '../study-file.js';
import { isPlan, type Variant } from '../variants.js';

const LONGEST_NAME = 64;

/** What a market's candidate is as a policy. @param own - what its policy file says, where it is of one. */
export function recommendedPolicy(
  variant: Variant,
  market: string,
  { sets, trades }: Pick<Study, 'sets' | 'trades'>,
  symbols: SymbolRules,
  own: PolicyTerms | null,
): PolicyTerms {
  const names = sets.filter((set) => set.market === market).map(({ symbol }) => symbol);
  const instruments = [...new Set(names.map((name) => resolveInstrument(name, symbols)))];
  const directions = trades.direction === undefined ? [] : [trades.direction];
  const scope = { ...(own?.scope ?? EVERY_TRADE), symbols: instruments };
  return {
    name: `${nameOf(market)}.${nameOf(variant.name)}`.slice(0, LONGEST_NAME),
    description: `${variant.name}, for ${market}: recommended by dtms calibrate.`,
    priority: own?.priority ?? 0,
    scope: directions.length === 0 ? scope : { ...scope, directions },
    mode: 'enforce',
    plan: own?.plan ?? planOf(variant),
    rules: own?.rules ?? (isPlan(variant) ? [] : variant.rules),
    riskAtrs: own?.riskAtrs ?? null,
  };
}

function planOf(variant: Variant): PolicyTerms['plan'] {
  if (!isPlan(variant)) return { states: 'off', leftOut: [], numbers: { states: {}, actions: {} } };
  const { states = {}, actions = {} } = variant.plan;
  return { states: 'on', leftOut: [], numbers: { states, actions } };
}

/** As much of a text as a policy's name may hold. */
export function nameOf(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return /^[A-Za-z]/.test(plain) ? plain : `m${plain}`;
}
