// Owns results on the wire: amounts are decimals as text, with the places of their currency.

import * as pb from '../../gen/ts/dtms/v1/results.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { type Conversion, ratedAt, rateText } from '../domain/money/conversion.js';
import { decimalText } from '../domain/money/decimal.js';
import { type Amounts, inPlaces, netOf, type ResultPart } from '../domain/money/trade-result.js';
import type { Worth } from '../domain/money/worth.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';
import type { Trade } from '../domain/trade/trade.js';
import { orAbsent, toDate } from './time.js';

interface TradeResult {
  readonly trade: Trade;
  readonly worth: Worth;
  readonly open: ResultPart | null;
  readonly realised: ResultPart;
  readonly risk: ResultPart | null;
  readonly exit: number | null;
}

interface ResultSum {
  readonly amounts: Amounts | null;
  readonly trades: number;
  readonly unknown: number;
  readonly since: number | null;
  readonly closes: number;
  readonly booked: number;
}

interface Periods {
  readonly open: ResultSum;
  readonly day: ResultSum;
  readonly week: ResultSum;
  readonly month: ResultSum;
}

interface AccountResult extends Periods {
  readonly account: string;
  readonly currency: string | null;
  readonly balance: number | null;
  readonly equity: number | null;
  readonly risk: ResultSum;
  readonly symbols: readonly (Periods & { readonly symbol: string })[];
}

interface DailyResult {
  readonly date: string;
  readonly symbol: string;
  readonly currency: string;
  readonly result: ResultSum;
}

interface GroupResult {
  readonly account: string;
  readonly symbol: string;
  readonly policy: string;
  readonly date: string;
  readonly currency: string;
  readonly result: ResultSum;
}

/** By what results are to be summed; what is not given is left out. */
export function groupingsFromProto(by: readonly pb.ResultGrouping[]) {
  return GROUPINGS.filter((name) => by.includes(pb.ResultGrouping[name]));
}

const GROUPINGS = ['ACCOUNT', 'SYMBOL', 'POLICY', 'DAY', 'WEEK', 'MONTH'] as const;

/** No amount is told without its currency. */
function amountsToProto(amounts: Amounts | null, currency: string) {
  if (amounts === null || currency === '') return {};
  const written = (amount: Amounts['profit']): string => decimalText(inPlaces(amount, currency));
  return {
    amount: written(netOf(amounts)),
    profit: written(amounts.profit),
    commission: written(amounts.commission),
    swap: written(amounts.swap),
  };
}

function partToProto(part: ResultPart | null, currency: string): pb.ResultPart | undefined {
  if (part === null) return undefined;
  const { r, amounts, obstacle, booked = false } = part;
  return {
    r: orAbsent(r),
    ...amountsToProto(amounts, currency),
    obstacle: pb.MoneyObstacle[obstacle ?? 'UNSPECIFIED'],
    booked,
  };
}

const rateOf = (conversion: Conversion | null) => (conversion === null ? '' : rateText(conversion));
const ageOf = (conversion: Conversion | null) => toDate(conversion === null ? null : ratedAt(conversion));

export function tradeResultToProto({
  trade,
  worth,
  open,
  realised,
  risk,
  exit,
}: TradeResult): pb.TradeResult {
  const { account, ticket, symbol } = trade.spec;
  const { contract, conversion } = worth;
  const currency = worth.currency ?? '';
  return {
    account,
    ticket,
    symbol,
    state: TradeState[trade.state],
    currency,
    contractSource: pb.ContractSource[contract.source],
    contractSize: orAbsent(contract.size),
    profitCurrency: contract.currency ?? '',
    rate: rateOf(conversion),
    ratedAt: ageOf(conversion),
    open: partToProto(open, currency),
    realised: partToProto(realised, currency),
    risk: partToProto(risk, currency),
    policy: (trade.policy ?? DEFAULT_POLICY).name,
    exitPrice: orAbsent(exit),
  };
}

function sumToProto({ amounts, since, ...counts }: ResultSum, currency: string): pb.ResultSum {
  const { trades, unknown, closes, booked } = counts;
  return { ...amountsToProto(amounts, currency), trades, unknown, closes, booked, since: toDate(since) };
}

function periodsToProto({ open, day, week, month }: Periods, currency: string) {
  return {
    open: sumToProto(open, currency),
    day: sumToProto(day, currency),
    week: sumToProto(week, currency),
    month: sumToProto(month, currency),
  };
}

export function accountResultToProto(result: AccountResult): pb.AccountResult {
  const currency = result.currency ?? '';
  return {
    account: result.account,
    currency,
    balance: orAbsent(result.balance),
    equity: orAbsent(result.equity),
    risk: sumToProto(result.risk, currency),
    ...periodsToProto(result, currency),
    symbols: result.symbols.map(({ symbol, ...periods }) => ({
      symbol,
      ...periodsToProto(periods, currency),
    })),
  };
}

export function dailyResultToProto({ date, symbol, currency, result }: DailyResult): pb.DailyResult {
  return { date, symbol, currency, result: sumToProto(result, currency) };
}

export function groupResultToProto({
  account,
  symbol,
  policy,
  date,
  currency,
  result,
}: GroupResult): pb.ResultGroup {
  return { account, symbol, policy, date, currency, result: sumToProto(result, currency) };
}
