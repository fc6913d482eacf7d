// Owns what a bridge needs beside a leased action to make one order of it: the symbol as its broker spells it, and the
// volumes that are traded of it.
import type { Instrument } from '../market/data.js';
import { isSameInstrument } from '../market/symbols.js';
import type { Action } from '../trade/action.js';
import { orderKindOf } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import type { TradeContext } from './context.js';

/** An action under lease, as its bridge gets it. */
export interface LeasedWork {
  readonly trade: Trade;
  readonly action: Action;
  readonly symbol: string;
  /** In lots. */
  readonly volumes: Pick<Instrument, 'volumeMin' | 'volumeStep'>;
}

/**
 * A program may have registered XAUUSD of what its broker shows as XAUUSDm: a bridge acts on no other symbol than it is told. A
 * ticket under which the broker shows another instrument is somebody else's, also where a person or a rail closes everything.
 */
export function leasedWork(
  { trade, action }: Pick<LeasedWork, 'trade' | 'action'>,
  { reference, rules }: Pick<TradeContext, 'reference' | 'rules'>,
): LeasedWork {
  const { account, symbol } = trade.spec;
  const shown = shownOf(trade, action, reference)?.symbol ?? symbol;
  const told = isSameInstrument(shown, symbol, rules.symbols) ? shown : symbol;
  return { trade, action, symbol: told, volumes: reference.terms(account, symbol) };
}

/**
 * Whether a bridge was told a symbol as it was registered, although its snapshots show how the broker spells it: none has in this term.
 * What it refuses as being of another symbol may be the trade's all the same.
 */
export function isSpellingUnknown(
  trade: Trade,
  action: Action,
  { reference }: Pick<TradeContext, 'reference'>,
): boolean {
  return reference.showsPositions(trade.spec.account) && shownOf(trade, action, reference) === undefined;
}

/** What the broker showed last of the position that an order is about. */
function shownOf({ spec, hedge }: Trade, { type }: Action, reference: TradeContext['reference']) {
  const isLeg = orderKindOf(type) === 'close hedge';
  return reference.shown(spec.account, isLeg ? (hedge?.ticket ?? spec.ticket) : spec.ticket);
}
