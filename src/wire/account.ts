// Owns accounts and what a broker shows of them between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/account_service.js';
import { Direction as DirectionMessage } from '../../gen/ts/dtms/v1/types.js';
import {
  type Account,
  type AccountTerms,
  modeOf,
  onTripObstacle,
  railRulesOf,
  termsOf,
  tradingStateOf,
} from '../domain/account/account.js';
import type { AccountMode, TradingState } from '../domain/account/account-rules.js';
import type { BalanceOperation, BalanceOperationKind } from '../domain/account/balance-operations.js';
import { type AccountKind, bridgeObstacle } from '../domain/account/bridges.js';
import type { OrderCaps } from '../domain/account/order-caps.js';
import {
  holding,
  isWatched,
  RAIL_ACTIONS,
  RAILS,
  type RailLimits,
  railLimit,
  railValue,
} from '../domain/account/rails.js';
import type {
  BrokerDeal,
  BrokerPosition,
  BrokerSnapshot,
  UnreadablePosition,
} from '../domain/broker/snapshot.js';
import { decisionText, type FlagDecision } from '../domain/flags/flag.js';
import type { Direction } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import type { ActionStatus } from '../domain/trade/action.js';
import { fromDate, orNull, toDate } from './time.js';

export function termsFromProto(request: pb.UpsertAccountRequest): AccountTerms {
  const { fifo, hedgeAddsMargin, marginMode } = request;
  return { marginMode: marginMode === pb.MarginMode.NETTING ? 'netting' : 'hedging', fifo, hedgeAddsMargin };
}

/** What of the caps is told; 0 lifts one. */
export function capsFromProto(request: pb.SetOrderCapsRequest): Partial<OrderCaps> {
  const told = { volume: request.volume, notional: request.notional, perMinute: request.ordersPerMinute };
  const given = Object.entries(told).filter(([, cap]) => cap !== undefined);
  return Object.fromEntries(given.map(([name, cap]) => [name, cap || null]));
}

export function heartbeatFromProto(request: pb.ReportAccountRequest) {
  const { bridgeId, terminalAccount, connected, tradeAllowed, equity, balance, utcOffsetMinutes } = request;
  return {
    bridgeId,
    terminalAccount,
    connected,
    tradeAllowed,
    equity,
    balance,
    utcOffsetMinutes,
    currency: request.currency,
    kind: kindFromProto(request.kind),
    purpose: request.demo ? ('demo' as const) : ('live' as const),
    operations: request.tellsOperations ? request.operations.map(operationFromProto) : null,
    reportedAt: fromDate(request.reportedAt),
  };
}

/** SetAccountKind names one. */
export function kindFromProto(kind: pb.AccountKind): AccountKind {
  return kind === pb.AccountKind.PAPER ? 'PAPER' : 'REAL';
}

const MODES = { enforce: pb.AccountMode.ENFORCE, observe: pb.AccountMode.OBSERVE } as const;

export function modeToProto(mode: AccountMode): pb.AccountMode {
  return MODES[mode];
}

/** SetAccountMode names one. */
export function modeFromProto(mode: pb.AccountMode): AccountMode {
  return mode === pb.AccountMode.OBSERVE ? 'observe' : 'enforce';
}

function operationFromProto({ deal, kind, amount, time }: pb.BalanceOperation): BalanceOperation {
  return {
    deal,
    kind: pb.BalanceOperationKind[kind] as BalanceOperationKind,
    amount,
    time: fromDate(time) ?? 0,
  };
}

/** No broker's symbol is longer. */
const MOST_SYMBOL = 64;
const DIRECTIONS: ReadonlyMap<DirectionMessage, Direction> = new Map([
  [DirectionMessage.BUY, 'BUY'],
  [DirectionMessage.SELL, 'SELL'],
]);

/** What can be shown of a position that was refused. */
export function unreadableFromProto(
  { identifier, symbol, direction, volume }: pb.BrokerPosition,
  note: string,
): UnreadablePosition {
  return {
    identifier: identifier > 0n ? identifier : 0n,
    symbol: symbol.slice(0, MOST_SYMBOL),
    direction: DIRECTIONS.get(direction) ?? null,
    volume: Number.isFinite(volume) ? volume : 0,
    note,
  };
}

/** Without deals_since nothing is known of the deals there were; the field rules require taken_at. */
export function snapshotFromProto(request: pb.ReconcilePositionsRequest): BrokerSnapshot {
  const takenAt = fromDate(request.takenAt) ?? 0;
  return {
    takenAt,
    complete: request.complete,
    positions: request.positions.map((position) => positionFromProto(position, takenAt)),
    deals: request.deals.map(dealFromProto),
    dealsSince: fromDate(request.dealsSince) ?? Number.POSITIVE_INFINITY,
  };
}

function positionFromProto(position: pb.BrokerPosition, takenAt: number): BrokerPosition {
  const { identifier, ticket, symbol, direction, volume, entryPrice, magicNumber, comment } = position;
  return {
    identifier,
    ticket: ticket === 0n ? identifier : ticket,
    symbol,
    direction: DirectionMessage[direction] as Direction,
    volume,
    entryPrice,
    stopLoss: orNull(position.stopLoss),
    takeProfit: orNull(position.takeProfit),
    magicNumber,
    comment,
    openedAt: fromDate(position.openedAt) ?? takenAt,
    ...(position.swap === undefined ? {} : { swap: position.swap }),
  };
}

function dealFromProto(deal: pb.BrokerDeal): BrokerDeal {
  const { positionIdentifier, symbol, volume, price, magicNumber, comment } = deal;
  const reason = deal.reason === pb.DealReason.UNSPECIFIED ? pb.DealReason.CLIENT : deal.reason;
  return {
    deal: deal.deal,
    positionIdentifier,
    symbol,
    entry: pb.DealEntry[deal.entry] as BrokerDeal['entry'],
    direction: DirectionMessage[deal.direction] as Direction,
    volume,
    price,
    magicNumber,
    comment,
    reason: pb.DealReason[reason] as BrokerDeal['reason'],
    time: fromDate(deal.time) ?? 0,
    ...(deal.money === undefined ? {} : { money: deal.money }),
  };
}

/** An account and what of its trades is at risk, at database time `now`. */
interface AccountRisk {
  readonly account: Account;
  readonly observedBy: FlagDecision | null;
  readonly work: {
    readonly activeTrades: number;
    readonly openActions: Readonly<Partial<Record<ActionStatus, number>>>;
    readonly unshownActions: number;
    /** In the account's currency, of the trades of which it is known. */
    readonly openRisk: number;
    readonly openRiskUnknown: number;
  };
  readonly held: readonly {
    readonly kind: 'CLOSE' | 'HEDGE' | 'GONE';
    readonly reason: string;
    readonly since: number;
    readonly held: ReadonlyMap<string, { readonly account: string; readonly ticket: bigint }>;
  }[];
  readonly undefended: readonly {
    readonly identifier: bigint;
    readonly symbol: string;
    readonly direction: Direction | null;
    readonly volume: number;
    readonly reason: Exclude<keyof typeof pb.UndefendedReason, 'UNSPECIFIED' | 'UNRECOGNIZED'>;
    readonly note: string;
  }[];
  readonly now: number;
}

function modeReasonOf({ account: { mode }, observedBy }: AccountRisk, rules: Rules): string {
  if (rules.actions.mode === 'observe') return 'the server only observes';
  return observedBy === null ? (mode?.reason ?? '') : decisionText(observedBy);
}

/** An account may have thousands; the rest is counted. */
const MOST_UNDEFENDED = 20;

export function riskToProto(risk: AccountRisk, rules: Rules): pb.AccountRisk {
  const { account, observedBy, work, held, undefended, now } = risk;
  const { marginMode, fifo, hedgeAddsMargin } = termsOf(account, rules);
  const { personState, money } = account;
  return {
    account: account.account,
    marginMode: marginMode === 'netting' ? pb.MarginMode.NETTING : pb.MarginMode.HEDGING,
    fifo,
    hedgeAddsMargin,
    tradingState: tradingStateToProto(tradingStateOf(account, now, rules).state),
    personState: tradingStateToProto(personState?.state ?? 'ACTIVE'),
    person: personState?.by ?? '',
    personReason: personState?.reason ?? '',
    equity: money?.equity,
    balance: money?.balance,
    onTrip: pb.RailAction[RAIL_WORDS[railRulesOf(account, rules).onTrip]],
    onTripObstacle: onTripObstacle(account, rules, observedBy),
    operationsTold: account.operations !== null,
    reportedAt: toDate(money?.at ?? null),
    rails: railsToProto(account, now, rules),
    bridges: bridgesToProto(account, now, rules),
    activeTrades: work.activeTrades,
    openActions: Object.fromEntries(Object.entries(work.openActions)),
    unshownActions: work.unshownActions,
    openRisk: work.openRisk,
    openRiskUnknown: work.openRiskUnknown,
    currency: account.currency ?? '',
    kind: account.kind === null ? pb.AccountKind.UNSPECIFIED : pb.AccountKind[account.kind],
    unprovenPayments: account.unproven?.amount ?? 0,
    unprovenAt: toDate(account.unproven?.at ?? null),
    mode: modeToProto(modeOf(account, rules, observedBy)),
    modeReason: modeReasonOf(risk, rules),
    undefendedCount: undefended.length,
    undefendedPositions: undefended.slice(0, MOST_UNDEFENDED).map(({ direction, reason, ...position }) => ({
      ...position,
      direction: DirectionMessage[direction ?? 'UNSPECIFIED'],
      reason: pb.UndefendedReason[reason],
    })),
    reconciledAt: toDate(account.reconciledAt),
    // Reported together with the money.
    utcOffsetMinutes: money === null ? undefined : account.utcOffsetMinutes,
    held: held.map((effect) => ({
      effect: pb.MassEffect[effect.kind],
      reason: effect.reason,
      since: toDate(effect.since),
      tickets: [...effect.held.values()]
        .filter((trade) => trade.account === account.account)
        .map(({ ticket }) => ticket),
    })),
    orderCaps: {
      volume: account.caps.volume ?? undefined,
      notional: account.caps.notional ?? undefined,
      ordersPerMinute: account.caps.perMinute ?? undefined,
    },
  };
}

const RAIL_WORDS = { reduce: 'REDUCE', flatten: 'FLATTEN', halt: 'HALT' } as const;

/** The limits an account is to have of its own: what is absent is as configured. */
export function railLimitsFromProto(request: pb.SetRailsRequest): RailLimits {
  const { dailyLoss, hourlyLoss, stopStreak, dailyProfit } = request;
  const onTrip = RAIL_ACTIONS.find((action) => pb.RailAction[RAIL_WORDS[action]] === request.onTrip);
  const told = { dailyLoss, hourlyLoss, stopStreak, dailyProfit, onTrip };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

function railsToProto(account: Account, now: number, rules: Rules): pb.RailState[] {
  const held = holding(account.rails, now);
  const limits = railRulesOf(account, rules);
  return RAILS.filter((rail) => isWatched(rail, limits)).map((rail) => {
    const tripped = held.find((known) => known.rail === rail);
    return {
      rail: pb.Rail[rail],
      value: railValue(account, rail, account.money?.equity ?? null),
      limit: railLimit(rail, limits),
      trippedAt: toDate(tripped?.trippedAt ?? null),
      holdsUntil: toDate(tripped?.holdsUntil ?? null),
      actedAt: toDate(tripped?.actedAt ?? null),
    };
  });
}

function bridgesToProto(account: Account, now: number, rules: Rules): pb.BridgeState[] {
  return Object.entries(account.bridges).map(([bridgeId, { seenAt }]) => {
    const obstacle = bridgeObstacle(account, bridgeId, now, rules);
    return { bridgeId, seenAt: toDate(seenAt), ready: obstacle === '', obstacle };
  });
}

export function tradingStateFromProto(state: pb.TradingState): TradingState {
  return pb.TradingState[state] as TradingState;
}

export function tradingStateToProto(state: TradingState): pb.TradingState {
  return pb.TradingState[state];
}
