// Owns exposures on the wire: amounts are decimals as text, with the places of their currency.
import type * as pb from '../../gen/ts/dtms/v1/account_service.js';
import { MoneyObstacle } from '../../gen/ts/dtms/v1/results.js';
import type { ExposureRules } from '../domain/market/exposure-rules.js';
import { decimalText } from '../domain/money/decimal.js';
import { type AccountExposure, type HeldSum, overLimits, overText } from '../domain/money/exposure.js';
import { inPlaces } from '../domain/money/trade-result.js';
import { orAbsent } from './time.js';

export function exposureToProto(exposure: AccountExposure, rules: ExposureRules): pb.GetExposureResponse {
  const { currency, equity, currencies, symbols } = exposure;
  const held = (sum: HeldSum) => heldToProto(sum, currency);
  return {
    currency: currency ?? '',
    equity: orAbsent(equity),
    currencies: currencies.map((one) => ({ currency: one.currency, held: held(one) })),
    symbols: symbols.map((one) => ({
      symbol: one.instrument,
      held: held(one),
      others: one.others.map(({ instrument, correlation, bars }) => ({
        symbol: instrument,
        correlation: orAbsent(correlation),
        bars,
      })),
      together: held(one.together),
      obstacle: MoneyObstacle[one.obstacle ?? 'UNSPECIFIED'],
    })),
    limits: { ...rules },
    beyond: overLimits(exposure, rules).map(overText),
  };
}

function heldToProto({ value, positions, unknown, share }: HeldSum, currency: string | null): pb.HeldValue {
  return {
    value: value === null || currency === null ? '' : decimalText(inPlaces(value, currency)),
    positions: BigInt(positions),
    unknown: BigInt(unknown),
    share: orAbsent(share),
  };
}
