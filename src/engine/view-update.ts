// Owns what one piece of market data does to its market's view, and which check of the market's trades it
// calls for.

import type { Bar, Timeframe } from '../domain/market/data.js';
import {
  ACCEPTED,
  CORRECTED,
  DUPLICATE,
  type ItemOutcome,
  type MarketDataFault,
  type MarketItem,
  rejected,
} from '../domain/market/market-item.js';
import type { MarketView } from '../domain/views/market-view.js';

/** What became of an item. */
export interface ViewUpdate {
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
const SEEN: ViewUpdate = { ...NOTHING, outcome: DUPLICATE };

/** Puts an item that has no fault into the view of its market. */
export function updateView(view: MarketView, item: MarketItem): ViewUpdate {
  switch (item.kind) {
    case 'quote': {
      const status = view.addQuote(item.quote);
      if (status === 'duplicate') return SEEN;
      if (status === 'late') return refused('LATE', 'quote.time', 'a newer quote is known');
      return { outcome: ACCEPTED, check: 'fast', at: item.quote.time, changed: true, stored: [] };
    }
    case 'orderFlow': {
      const status = view.addOrderFlow(item.flow);
      if (status === 'duplicate') return SEEN;
      if (status === 'late') return refused('LATE', 'order_flow.time', 'a newer window is known');
      return { ...NOTHING, outcome: ACCEPTED, changed: true };
    }
    case 'bar':
      return takeBar(view, item);
  }
}

function takeBar(view: MarketView, item: Extract<MarketItem, { kind: 'bar' }>): ViewUpdate {
  const { status, reason, stored, at, coarseClosed } = item.forming
    ? view.setForming(item.timeframe, item.bar)
    : view.upsertBar(item.timeframe, item.bar);
  switch (status) {
    case 'duplicate':
      return SEEN;
    case 'ignored':
      return refused('UNUSABLE', 'bar.open_time', reason ?? 'cannot be used');
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

function refused(fault: MarketDataFault, field: string, reason: string): ViewUpdate {
  return { ...NOTHING, outcome: rejected(fault, field, reason) };
}
