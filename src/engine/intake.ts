// What one piece of market data does to its market's view, and which check of the market's trades it calls
// for.
import type { MarketView } from '../domain/market-view.js';
import type { Bar, Timeframe } from '../domain/types.js';
import {
  ACCEPTED,
  CORRECTED,
  DUPLICATE,
  type ItemOutcome,
  type MarketItem,
  rejected,
} from './market-item.js';

/** What became of an item. */
export interface Taken {
  readonly outcome: ItemOutcome;
  readonly check: 'none' | 'fast' | 'deep';
  /** Market time of the check, UTC ms; 0 without one. */
  readonly at: number;
  /** Whether the view is another now, and worth a write. */
  readonly changed: boolean;
  /** Closed bars that are new or corrected. */
  readonly stored: readonly { readonly timeframe: Timeframe; readonly bar: Bar }[];
}

const NOTHING = { check: 'none', at: 0, changed: false, stored: [] } as const;
const SEEN: Taken = { ...NOTHING, outcome: DUPLICATE };

/** Puts an item that has no fault into the view of its market. */
export function takeItem(view: MarketView, item: MarketItem): Taken {
  switch (item.kind) {
    case 'quote': {
      const status = view.addQuote(item.quote);
      if (status === 'duplicate') return SEEN;
      if (status === 'late') return refused('quote.time', 'a newer quote is known');
      return { outcome: ACCEPTED, check: 'fast', at: item.quote.time, changed: true, stored: [] };
    }
    case 'orderFlow': {
      const status = view.addOrderFlow(item.flow);
      if (status === 'duplicate') return SEEN;
      if (status === 'late') return refused('order_flow.time', 'a newer window is known');
      return { ...NOTHING, outcome: ACCEPTED, changed: true };
    }
    case 'bar':
      return takeBar(view, item);
  }
}

function takeBar(view: MarketView, item: Extract<MarketItem, { kind: 'bar' }>): Taken {
  const { status, reason, stored, at, coarseClosed } = item.forming
    ? view.setForming(item.timeframe, item.bar)
    : view.upsertBar(item.timeframe, item.bar);
  switch (status) {
    case 'duplicate':
      return SEEN;
    case 'ignored':
      return refused('bar.open_time', reason ?? 'cannot be used');
    // A forming bar is shown and decides nothing; it is not worth a write.
    case 'forming':
      return { ...NOTHING, outcome: ACCEPTED };
    // A late or corrected bar rebuilds the indicators and never undoes or repeats a decision.
    case 'corrected':
      return { ...NOTHING, outcome: CORRECTED, changed: true, stored };
    case 'accepted':
      return { outcome: ACCEPTED, check: coarseClosed ? 'deep' : 'fast', at, changed: true, stored };
  }
}

function refused(field: string, reason: string): Taken {
  return { ...NOTHING, outcome: rejected(field, reason) };
}
