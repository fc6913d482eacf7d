// Owns what the events of a trade make of it, as far as they tell: pure.
import type { PositionNow, TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, CloseReason, type TradeSpec } from '../../gen/ts/dtms/v1/types.js';
import { openAfter, type ToldStep } from '../domain/trade/event-fold.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';
import { factsIn, stepsIn } from '../wire/told-event.js';

/** What is told of a trade's own facts; what is not there is not known. */
export interface FoldedFacts {
  readonly risk?: number | undefined;
  readonly position?: PositionNow;
  /** Null while it is not over. */
  readonly closeReason?: string | null;
  readonly closePrice?: number | undefined;
  /** Its name and version; `dtms 1` is the documented plan. */
  readonly policy?: string;
}

/** A trade after its events. */
export interface FoldedTrade {
  readonly facts: FoldedFacts;
  /** Those that are not settled; null where events of before are compacted. */
  readonly open: readonly Action[] | null;
  /** The revision it was registered by; null where that is compacted. */
  readonly registeredRevision: string | null;
}

/** Before any event. @param isWhole - whether the first event that follows is the trade's first. */
export const unfolded = (isWhole: boolean): FoldedTrade => ({
  facts: {},
  open: isWhole ? [] : null,
  registeredRevision: null,
});

/** The trade after one more event. */
export function folded(before: FoldedTrade, event: TradeEvent, revision: string): FoldedTrade {
  const { change } = event;
  // Also where netting turned the position round: another trade begins under the ticket.
  if (change?.$case === 'registered' && !change.value.adopted && change.value.spec !== undefined) {
    const { spec, riskDistance: risk } = change.value;
    const policy = policyText(event);
    const facts = { risk, position: positionOf(spec), closeReason: null, closePrice: undefined, policy };
    // In the same row, which keeps its place among the trades.
    const isFirst = event.tradeVersion === 1n;
    return { facts, open: [], registeredRevision: isFirst ? revision : before.registeredRevision };
  }
  const steps: readonly ToldStep<Action>[] = stepsIn(event);
  return {
    ...before,
    open: before.open === null ? null : openAfter(before.open, steps),
    facts: factsAfter(before.facts, event),
  };
}

function factsAfter(before: FoldedFacts, event: TradeEvent): FoldedFacts {
  const { risk, position, closed, ...late } = factsIn(event);
  return {
    ...before,
    ...(event.change?.$case === 'reopened' && { closeReason: null, closePrice: undefined }),
    ...(risk !== undefined && { risk }),
    ...(position !== undefined && { position: { ...before.position, ...told(position) } as PositionNow }),
    ...(closed !== undefined && { closeReason: CloseReason[closed.reason], closePrice: closed.price }),
    ...late,
    policy: policyText(event),
  };
}

/** Every event names the policy its trade has after it; an older program told none, and knew none. */
function policyText({ policy }: TradeEvent): string {
  const { name, version } = policy ?? DEFAULT_POLICY;
  return `${name} ${version}`;
}

/** An older program told no entry price. */
function told({ entryPrice, ...position }: PositionNow): Partial<PositionNow> {
  return entryPrice === undefined ? position : { ...position, entryPrice };
}

function positionOf({ volume, stopLoss, takeProfit, positionTicket, entryPrice }: TradeSpec): PositionNow {
  return { volume, stopLoss, takeProfit, positionTicket, entryPrice, hedge: undefined };
}
