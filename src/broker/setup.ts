// Owns setting up a paper broker that trades one symbol: what is not said is as usual.
import { PaperBroker } from './paper-broker.js';
import {
  DEFAULT_ACCOUNT,
  type Execution,
  type PaperAccount,
  PLAIN_EXECUTION,
  type SymbolTerms,
} from './terms.js';

/** The symbol it trades, and what of account and execution differs from the usual. */
export interface PaperSetup
  extends Pick<SymbolTerms, 'instrument'>,
    Partial<Omit<SymbolTerms, 'instrument'>> {
  readonly account?: Partial<PaperAccount>;
  readonly execution?: Partial<Execution>;
}

/** A paper broker that trades one symbol. */
export function paperBrokerOf({ account, execution, ...terms }: PaperSetup): PaperBroker {
  const symbol = { spread: 0, swapBuy: 0, swapSell: 0, ...terms };
  return new PaperBroker({ ...DEFAULT_ACCOUNT, ...account }, [symbol], { ...PLAIN_EXECUTION, ...execution });
}
