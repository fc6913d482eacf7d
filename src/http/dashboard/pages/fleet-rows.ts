// Owns what a row of the fleet says, and how rows are ordered and filtered: pure.
import type { MarketSummaryJson, TradeJson } from '../data/json.js';
import type { PolicyStanding } from '../data/policy.js';
import type { ResultPartJson, TradeResultJson } from '../ui/money.js';
import { lookOf, NOT_DEFENDED, NOT_HEDGED, NOT_WATCHED } from '../ui/states.js';

/** A trade with what its market makes of it, at one moment. Times in ms; what is not known is undefined. */
export interface FleetRow {
  readonly key: string;
  readonly trade: TradeJson;
  /** As it is shown. */
  readonly state: string;
  readonly score: number | undefined;
  /** Per lot, where the trade would exit now, or did, in price and in units of R. */
  readonly gain: number | undefined;
  readonly resultR: number | undefined;
  /** Where it would exit now; where it did, for a closed one. */
  readonly price: number | undefined;
  readonly digits: number;
  readonly spreadRatio: number | undefined;
  /** How long it is in its state. */
  readonly age: number | undefined;
  readonly timer: Timer | undefined;
  readonly dataAge: number | undefined;
  readonly stale: boolean;
  /** How far ahead its data is dated, in ms; undefined when it is not. */
  readonly skewMs: string | undefined;
  readonly inDoubt: number;
  /** Whether its policy acts. */
  readonly standing: PolicyStanding;
  /** In money; undefined where it was not asked for, or is not told yet. */
  readonly money: TradeResultJson | undefined;
}

export interface Timer {
  readonly name: 'flat' | 'recovery';
  /** Until it ends; negative when it ended and nothing came of it yet. */
  readonly left: number;
}

/** The worst first, or the best; what is not known comes last either way. */
export type SortWay = 'usual' | 'reversed';

export interface Filter {
  readonly text: string;
  /** As in the protos; empty for any that is open. */
  readonly states: ReadonlySet<string>;
}

/** What rows are made with. */
export interface Readings extends MarketReadings {
  standing(trade: TradeJson): PolicyStanding;
  money(trade: TradeJson): TradeResultJson | undefined;
}

/** What markets say; data/markets.ts has it. */
export interface MarketReadings {
  of(trade: TradeJson): MarketSummaryJson | undefined;
  now(feed: string): number | undefined;
  digits(trade: TradeJson): number;
  exitPrice(trade: TradeJson): number | undefined;
  score(trade: TradeJson): number | undefined;
  spreadRatio(trade: TradeJson): number | undefined;
  age(market: MarketSummaryJson): number | undefined;
}

/**
 * A trade's state; of a healthy one NOT_WATCHED where it is paused, or its data is missing or stale, and NOT_DEFENDED where its
 * policy only observes, or nobody told that it acts. One that is to be hedged and is not is NOT_HEDGED.
 */
export function shownState(
  { state, monitoring, hedge, openActions }: TradeJson,
  market: Pick<MarketSummaryJson, 'stale'> | undefined,
  standing: PolicyStanding,
): string {
  const isToCome = openActions.some(({ type }) => type === 'ACTION_TYPE_OPEN_HEDGE');
  if (state === 'TRADE_STATE_HEDGED' && hedge === undefined && !isToCome) return NOT_HEDGED.state;
  if (state !== 'TRADE_STATE_HEALTHY') return state;
  const isWatched = monitoring !== 'MONITORING_PAUSED' && market !== undefined && !market.stale;
  if (!isWatched) return NOT_WATCHED.state;
  return standing === 'enforces' ? state : NOT_DEFENDED.state;
}

export function rowOf(key: string, trade: TradeJson, readings: Readings): FleetRow {
  const market = readings.of(trade);
  const now = readings.now(trade.feed);
  const open = trade.state !== 'TRADE_STATE_CLOSED';
  const money = open ? readings.money(trade) : undefined;
  // Of one moment with the amount beside it, or the two would differ in sign now and then.
  const price = open ? (money?.exitPrice ?? readings.exitPrice(trade)) : trade.closePrice;
  const { gain, resultR } = resultOf(trade, price);
  return {
    key,
    trade,
    state: shownState(trade, market, readings.standing(trade)),
    standing: readings.standing(trade),
    money,
    score: open ? readings.score(trade) : trade.evaluation?.score,
    gain,
    resultR,
    price,
    digits: readings.digits(trade),
    spreadRatio: open ? readings.spreadRatio(trade) : undefined,
    age: now === undefined ? undefined : ageOf(trade, now),
    timer: open && now !== undefined ? timerOf(trade, now) : undefined,
    dataAge: market === undefined ? undefined : readings.age(market),
    stale: market?.stale ?? false,
    skewMs: market?.skewMs,
    inDoubt: trade.openActions.filter(({ status }) => status === 'ACTION_STATUS_IN_DOUBT').length,
  };
}

/** A trade's result per lot at a price, in price and in units of R; what is not known is undefined. */
export function resultOf(
  { direction, entryPrice, riskDistance = 0 }: TradeJson,
  price: number | undefined,
): Pick<FleetRow, 'gain' | 'resultR'> {
  if (price === undefined) return { gain: undefined, resultR: undefined };
  const gain = direction === 'DIRECTION_SELL' ? entryPrice - price : price - entryPrice;
  return { gain, resultR: riskDistance === 0 ? undefined : gain / riskDistance };
}

function ageOf({ stateEnteredAt }: TradeJson, now: number): number | undefined {
  return stateEnteredAt === undefined ? undefined : Math.max(0, now - Date.parse(stateEnteredAt));
}

function timerOf({ flatTimerEndsAt, recoveryTimerEndsAt }: TradeJson, now: number): Timer | undefined {
  if (recoveryTimerEndsAt !== undefined)
    return { name: 'recovery', left: Date.parse(recoveryTimerEndsAt) - now };
  return flatTimerEndsAt === undefined
    ? undefined
    : { name: 'flat', left: Date.parse(flatTimerEndsAt) - now };
}

export function matches(
  { trade, state }: Pick<FleetRow, 'trade' | 'state'>,
  { text, states }: Filter,
): boolean {
  const admitted = states.size === 0 ? state !== 'TRADE_STATE_CLOSED' : states.has(state);
  if (!admitted) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  const { account, ticket, symbol, label, direction } = trade;
  const policy = trade.policy?.name ?? '';
  const said = { account, ticket, symbol, label, direction: direction.replace('DIRECTION_', ''), policy };
  const fields = new Map(Object.entries(said).map(([name, value]) => [name, value.toLowerCase()]));
  const all = [...fields.values()].join(' ');
  return wanted.split(/\s+/).every((word) => {
    const [, name = '', value = ''] = FIELD.exec(word) ?? [];
    return fields.get(name)?.includes(value) ?? all.includes(word);
  });
}

/** "account:demo": a word that one field alone is to have. */
const FIELD = /^([a-z]+):(.+)$/;

type Order = (a: FleetRow, b: FleetRow) => number;
type Ordering = (way: SortWay) => Order;

/** Smaller first; what is not known last. */
function by(value: (row: FleetRow) => number | undefined): Ordering {
  return (way) => (a, b) => {
    const [left, right] = [value(a), value(b)];
    if (left === right) return 0;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return way === 'usual' ? left - right : right - left;
  };
}

/** In the order of the alphabet; what has no name last. */
function byName(name: (row: FleetRow) => string): Ordering {
  return (way) => (a, b) => {
    const [left, right] = way === 'usual' ? [name(a), name(b)] : [name(b), name(a)];
    if ((left === '') !== (right === '')) return name(a) === '' ? 1 : -1;
    return left.localeCompare(right);
  };
}

/** Only the first goes the other way: what it leaves alike is in its usual order. */
function first(leading: Ordering, ...others: readonly Ordering[]): Ordering {
  return (way) => {
    const orders = [leading(way), ...others.map((other) => other('usual'))];
    return (a, b) => orders.reduce((result, order) => (result === 0 ? order(a, b) : result), 0);
  };
}

const byKey: Ordering = () => (a, b) => (a.key < b.key ? -1 : Number(a.key > b.key));
const byScore = by(({ score }) => score);
const byTimer = by(({ timer }) => timer?.left);
const byR = by(({ resultR }) => resultR);
const byAge = by(({ age }) => (age === undefined ? undefined : -age));
const byState = by(({ state }) => -lookOf(state).danger);
const byDoubt = by(({ inDoubt }) => -Math.sign(inDoubt));

/** Amounts of two currencies are not compared: those of one stand together. */
function byAmount(amount: (row: FleetRow) => number | undefined): Ordering {
  const byCurrency = byName(({ money }) => money?.currency ?? '')('usual');
  return (way) => {
    const within = first(by(amount), byDanger)(way);
    return (a, b) => byCurrency(a, b) || within(a, b);
  };
}

/** For an order alone; undefined where it is not known whole. */
function amountIn(part: ResultPartJson | undefined): number | undefined {
  const isWhole = part?.amount !== undefined && part.obstacle === 'MONEY_OBSTACLE_UNSPECIFIED';
  return isWhole ? Number(part.amount) : undefined;
}

const negative = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : -value;

/** The worst first: an order nobody knows the fate of, the state, its score, the time that is left. */
const byDanger = first(byState, byDoubt, byScore, byTimer, byR, byAge, byKey);

const ORDERS = {
  danger: byDanger,
  trade: first(
    byName(({ trade }) => trade.symbol),
    byName(({ trade }) => trade.account),
    byKey,
  ),
  account: first(
    byName(({ trade }) => trade.account),
    byDanger,
  ),
  label: first(
    byName(({ trade }) => trade.label),
    byDanger,
  ),
  policy: first(
    byName(({ trade }) => trade.policy?.name ?? ''),
    byDanger,
  ),
  volume: first(
    by(({ trade }) => -trade.volume),
    byDanger,
  ),
  score: first(byScore, byDanger),
  age: first(byAge, byDanger),
  timer: first(byTimer, byDanger),
  r: first(byR, byDanger),
  money: byAmount(({ money }) => amountIn(money?.open)),
  risk: byAmount(({ money }) => negative(amountIn(money?.risk))),
  spread: first(
    by(({ spreadRatio }) => (spreadRatio === undefined ? undefined : -spreadRatio)),
    byDanger,
  ),
  data: first(
    by(({ dataAge }) => (dataAge === undefined ? undefined : -dataAge)),
    byDanger,
  ),
} satisfies Readonly<Record<string, Ordering>>;

/** What rows can be ordered by. */
export type SortColumn = keyof typeof ORDERS;

/** Rows in an order of their own; those given stay as they are. */
export function sorted(rows: readonly FleetRow[], column: SortColumn, way: SortWay = 'usual'): FleetRow[] {
  return [...rows].sort(ORDERS[column](way));
}
