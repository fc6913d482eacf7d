// Owns a market's recorded evaluation on the wire and in the store.
import { MarketEvaluation } from '../../gen/ts/dtms/v1/market_data_service.js';
import type { Evaluation } from '../domain/signals/signal.js';
import { evaluationToProto } from './evaluation.js';
import { toDate } from './time.js';

/** Both directions at one moment, as an encoded dtms.v1.MarketEvaluation. */
export function encodeMarketEvaluation(buy: Evaluation, sell: Evaluation): Uint8Array {
  return MarketEvaluation.encode({
    evaluatedAt: toDate(buy.at),
    buy: evaluationToProto(buy),
    sell: evaluationToProto(sell),
  }).finish();
}

/** What encodeMarketEvaluation() made. */
export function decodeMarketEvaluation(bytes: Uint8Array): MarketEvaluation {
  return MarketEvaluation.decode(bytes);
}
