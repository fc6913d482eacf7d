// Owns what a watch asks for, and what it is shown first.
import {
  TradeFilter as TradeFilterCodec,
  type TradeFilter as TradeFilterMessage,
  type WatchTradesRequest,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { Trade as TradeMessage, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { ShownTrade } from '../domain/trade/reading.js';
import type { State } from '../domain/trade/state.js';
import { invalidField } from '../errors/errors.js';
import type { Sources } from '../queries/sources.js';
import { snapshotTrades } from '../queries/trades.js';
import type { TradeFilter } from '../store/types.js';
import type { SnapshotSource, WatchStart } from '../watch/source.js';
import { encodeMessage } from '../wire/encode.js';
import { tradeToProto } from '../wire/trade.js';

export function filterFromProto(message: TradeFilterMessage | undefined): TradeFilter {
  const filter = message ?? TradeFilterCodec.create();
  return {
    account: filter.account === '' ? null : filter.account,
    symbols: filter.symbols,
    states: filter.states.map((state) => TradeState[state] as State),
    tickets: filter.tickets,
  };
}

export function startOf({ resumeAfter, sendInitialState }: WatchTradesRequest): WatchStart {
  if (resumeAfter === undefined) return { from: sendInitialState ? 'initial-state' : 'now' };
  if (sendInitialState) throw invalidField('send_initial_state', 'cannot be combined with resume_after');
  const { revision, logEpoch: epoch, recordedAt } = resumeAfter;
  return { from: 'revision', revision, epoch, recordedAt: recordedAt?.getTime() ?? null };
}

/** The initial states of watches, encoded as they are read. */
export function tradeSnapshots(sources: Sources): SnapshotSource {
  return {
    snapshot: (filter) => {
      const { revision, trades } = snapshotTrades(sources, filter);
      return { revision, items: encoded(trades) };
    },
  };
}

function* encoded(trades: Iterable<ShownTrade>): Iterable<Uint8Array> {
  for (const shown of trades) yield encodeMessage(TradeMessage, tradeToProto(shown));
}
