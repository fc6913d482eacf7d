// Owns accounts, and what was done by hand, as JSON text and back.
import Type, { type Static } from 'typebox';
import type { Account } from '../../domain/account/account.js';
import { ACCOUNT_MODES, TRADING_STATES } from '../../domain/account/account-rules.js';
import { ACCOUNT_KINDS } from '../../domain/account/bridges.js';
import { NO_CAPS } from '../../domain/account/order-caps.js';
import {
  endOfNumbered,
  numberOf,
  type Period,
  RAIL_ACTIONS,
  RAILS,
  type TrippedRail,
} from '../../domain/account/rails.js';
import { UNDEFENDED_REASONS } from '../../domain/account/undefended.js';
import { DIRECTIONS } from '../../domain/market/direction.js';
import { bodyReader, flag, format, int64, number, numberOrNull, oneOf, orNull, text } from './body.js';

// Programs that read `paidIn` write it; older ones had put it into the equity. Those that did not write `endsAt` ended a
// period where its number, `key`, was another by the newest offset.
const period = orNull(
  Type.Object({
    key: number,
    endsAt: Type.Optional(number),
    equity: number,
    paidIn: Type.Optional(number),
  }),
);
const operations = Type.Object({
  since: number,
  known: Type.Array(Type.Object({ deal: text, time: number })),
});

const railLimits = Type.Partial(
  Type.Object({
    dailyLoss: number,
    hourlyLoss: number,
    stopStreak: number,
    dailyProfit: number,
    onTrip: oneOf(RAIL_ACTIONS),
  }),
);

const undefended = Type.Object({
  identifier: int64,
  symbol: text,
  direction: orNull(oneOf(DIRECTIONS)),
  volume: number,
  reason: oneOf(UNDEFENDED_REASONS),
  note: text,
});

const account1 = Type.Object({
  account: text,
  day: period,
  hour: period,
  stopStreak: number,
  // Programs that did not write it forgot these at once.
  toldCloses: Type.Optional(
    Type.Array(Type.Object({ ticket: int64, at: number, isStop: flag, stopsSince: number })),
  ),
  rails: Type.Array(
    Type.Object({
      rail: oneOf(RAILS),
      trippedAt: number,
      holdsUntil: number,
      value: number,
      // Rails of older programs only ever reduced.
      onTrip: Type.Optional(oneOf(RAIL_ACTIONS)),
      overSince: Type.Optional(numberOrNull),
      actedAt: Type.Optional(numberOrNull),
      // How it was called at first; rails that halt did so at once then.
      flattenedAt: Type.Optional(numberOrNull),
    }),
  ),
  terms: orNull(
    Type.Object({ marginMode: oneOf(['hedging', 'netting']), fifo: flag, hedgeAddsMargin: flag }),
  ),
  personState: orNull(Type.Object({ state: oneOf(TRADING_STATES), by: text, reason: text, at: number })),
  // A program that did not write `isProven` had not asked.
  money: orNull(
    Type.Object({
      equity: number,
      balance: number,
      at: number,
      heardAt: number,
      isProven: Type.Optional(flag),
    }),
  ),
  utcOffsetMinutes: number,
  bridges: Type.Record(
    Type.String(),
    Type.Object({
      // Older programs did not keep it.
      kind: Type.Optional(oneOf(ACCOUNT_KINDS)),
      seenAt: number,
      terminalAccount: text,
      connected: flag,
      tradeAllowed: flag,
    }),
  ),
  snapshotAt: numberOrNull,
  reconciledAt: numberOrNull,
  // Older programs wrote none of these.
  caps: Type.Optional(Type.Object({ volume: numberOrNull, notional: numberOrNull, perMinute: numberOrNull })),
  feeds: Type.Optional(Type.Array(text)),
  kind: Type.Optional(orNull(oneOf(ACCOUNT_KINDS))),
  operations: Type.Optional(orNull(operations)),
  unmatched: Type.Optional(orNull(Type.Object({ moved: number, told: number, until: number }))),
  railLimits: Type.Optional(orNull(railLimits)),
  inferredUntil: Type.Optional(numberOrNull),
  unproven: Type.Optional(orNull(Type.Object({ amount: number, at: number }))),
  mode: Type.Optional(
    orNull(Type.Object({ mode: oneOf(ACCOUNT_MODES), by: text, reason: text, at: number })),
  ),
  // Programs that did not write it forgot these with the term.
  undefended: Type.Optional(Type.Array(undefended)),
  currency: Type.Optional(orNull(text)),
});

/** Accounts of programs that knew no modes were defended, and are. */
const OLDER_MODE = { mode: 'enforce', by: '', reason: '', at: 0 } as const;

type AccountBody = Static<typeof account1>;

function periodOf(name: 'day' | 'hour', body: AccountBody): Period | null {
  const { [name]: period, utcOffsetMinutes } = body;
  if (period === null) return null;
  const { key, endsAt = endOfNumbered(name, key, utcOffsetMinutes), equity, paidIn = 0 } = period;
  return { endsAt, equity, paidIn };
}

function periodBody(name: 'day' | 'hour', { [name]: period, utcOffsetMinutes }: Account): AccountBody['day'] {
  return period === null ? null : { ...period, key: numberOf(name, period.endsAt, utcOffsetMinutes) };
}

const mapValues = <From, To>(map: Readonly<Record<string, From>>, to: (value: From) => To) =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, to(value)]));

function railOf(body: Static<typeof account1>['rails'][number]): TrippedRail {
  const { onTrip = 'reduce', overSince = null, flattenedAt, actedAt, ...rail } = body;
  const before = flattenedAt ?? (flattenedAt === null && onTrip === 'halt' ? rail.trippedAt : null);
  return { ...rail, onTrip, overSince, actedAt: actedAt ?? before };
}

/** @throws UnreadableBodyError */
export const decodeAccount = bodyReader<Account>('account', [
  format(account1, (body) => ({
    ...body,
    day: periodOf('day', body),
    hour: periodOf('hour', body),
    feeds: body.feeds ?? [],
    caps: body.caps ?? NO_CAPS,
    kind: body.kind ?? null,
    bridges: mapValues(body.bridges, (bridge) => ({ ...bridge, kind: bridge.kind ?? body.kind ?? 'REAL' })),
    operations: body.operations ?? null,
    unmatched: body.unmatched ?? null,
    railLimits: body.railLimits ?? null,
    money: body.money === null ? null : { ...body.money, isProven: body.money.isProven ?? false },
    rails: body.rails.map(railOf),
    toldCloses: (body.toldCloses ?? []).map((told) => ({ ...told, ticket: BigInt(told.ticket) })),
    inferredUntil: body.inferredUntil ?? null,
    unproven: body.unproven ?? null,
    currency: body.currency ?? null,
    mode: body.mode === undefined ? OLDER_MODE : body.mode,
    undefended: (body.undefended ?? []).map((each) => ({ ...each, identifier: BigInt(each.identifier) })),
  })),
]);

export function encodeAccount(account: Account): string {
  const nobodys = account.undefended.map((each) => ({ ...each, identifier: String(each.identifier) }));
  const toldCloses = account.toldCloses.map((told) => ({ ...told, ticket: String(told.ticket) }));
  const periods = { day: periodBody('day', account), hour: periodBody('hour', account) };
  return JSON.stringify({ ...account, ...periods, toldCloses, undefended: nobodys });
}

/** What an audit tells, by its names. @throws UnreadableBodyError */
export const decodeDetail = bodyReader('audit', [
  format(Type.Record(Type.String(), Type.Unknown()), (body) => body),
]);
