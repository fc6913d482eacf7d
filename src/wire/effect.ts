// Owns the effect of DTMS on trades between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/effect.js';
import {
  APART_REASONS,
  type EffectSummary,
  type ObservedEffect,
  type TradeEffect,
} from '../domain/effect/effect.js';
import type { EffectFilter } from '../store/effects.js';
import { fromDate, orAbsent, toDate } from './time.js';

/** No filter admits all. */
export function effectFilterFromProto(filter: pb.EffectFilter | undefined): EffectFilter {
  const { account, symbols, policies, tickets, startTime, endTime } = filter ?? pb.EffectFilter.create();
  return {
    ...{ account: account || null, symbols, policies, tickets },
    from: fromDate(startTime),
    until: fromDate(endTime),
  };
}

export function figuresToProto({ difference, mean, apart, ...counts }: EffectSummary): pb.EffectFigures {
  return {
    ...counts,
    differenceR: difference,
    meanDifferenceR: mean?.value,
    meanLowR: mean?.low,
    meanHighR: mean?.high,
    tooFew: mean === null,
    apart: APART_REASONS.filter((reason) => apart[reason] > 0).map((reason) => ({
      reason: pb.ApartReason[reason],
      trades: apart[reason],
    })),
  };
}

export function effectToProto(effect: TradeEffect): pb.TradeEffect {
  const { account, ticket, symbol, policy, status, apart, touched, withR, withoutR, aloneEnd, pursuit } =
    effect;
  return {
    ...{ account, ticket, symbol, policy, touched },
    openedAt: toDate(effect.openedAt),
    closedAt: toDate(effect.closedAt),
    status: pb.EffectStatus[status],
    apart: apart === null ? pb.ApartReason.UNSPECIFIED : pb.ApartReason[apart],
    withR: orAbsent(withR),
    withoutR: orAbsent(withoutR),
    differenceR: withR === null || withoutR === null ? undefined : differenceOf(withR, withoutR),
    aloneEnd: aloneEnd === null ? pb.AloneEnd.UNSPECIFIED : pb.AloneEnd[aloneEnd],
    aloneEndedAt: toDate(effect.aloneEndedAt),
    seenUntil: toDate(pursuit?.followed.seenUntil ?? null),
    horizonAt: toDate(pursuit?.alone.until ?? null),
    observed: effect.observed.map((each) => observedToProto(each, withoutR)),
  };
}

function observedToProto(observed: ObservedEffect, withoutR: number | null): pb.ObservedEffect {
  const { policy, version, status, apart, r, end, endedAt } = observed;
  return {
    policy: { name: policy, version: BigInt(version) },
    status: pb.EffectStatus[status],
    apart: apart === null ? pb.ApartReason.UNSPECIFIED : pb.ApartReason[apart],
    r: orAbsent(r),
    differenceR: r === null || withoutR === null ? undefined : differenceOf(r, withoutR),
    end: end === null ? pb.AloneEnd.UNSPECIFIED : pb.AloneEnd[end],
    endedAt: toDate(endedAt),
  };
}

/** To the six places both have. */
function differenceOf(withR: number, withoutR: number): number {
  return Math.round((withR - withoutR) * 1e6) / 1e6;
}
