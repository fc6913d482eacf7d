// Owns exposures on the wire: amounts are decimals as text, with the places of their currency.
import type * as pb from '../../gen/ts/dtms/v1/account_service.js';
import { MoneyObstacle } from '../../gen/ts/dtms/v1/results.js';
import { decimalText } from '../domain/money/decimal.js';
import {
  type Exposure,
  type ExposureRules,
  type Held,
  overLimits,
  overText,
} from '../domain/money/exposure.js';
import { inPlaces } from '../domain/money/trade-result.js';
import { orAbsent } from './time.js';

export function exposureToProto(exposure: Exposure, rules: ExposureRules): pb.GetExposureResponse {
  const { currency, equity, currencies, symbols } = exposure;
  const held = (sum: Held) => heldToProto(sum, currency);
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

function heldToProto({ value, positions, unknown, share }: Held, currency: string | null): pb.HeldValue {
  return {
    value: value === null || currency === null ? '' : decimalText(inPlaces(value, currency)),
    positions: BigInt(positions),
    unknown: BigInt(unknown),
    share: orAbsent(share),
  };
}
