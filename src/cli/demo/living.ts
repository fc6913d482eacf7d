// Owns the living market of `dtms demo`: prices, two accounts and their bridges, turn by turn until it is told to stop, and the
// director, who sees to it that one trade is hedged, one order is in doubt, and one is a dead letter.
import { setTimeout as sleep } from 'node:timers/promises';
import { AlarmKind } from '../../../gen/ts/dtms/v1/system_service.js';
import { ActionType, Direction, type Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { declareRecording } from '../../bridge/declare-feed.js';
import type { ScriptedAnswer } from '../../broker/paper-terminal.js';
import { seededRandom } from '../../broker/seeded-random.js';
import type { DtmsClient } from '../../client/client.js';
import { RETURN_CODES } from '../../domain/actions/result-codes.js';
import { TIMEFRAME_MS } from '../../domain/market/data.js';
import type { MarketItem } from '../../domain/market/market-item.js';
import { itemToProto } from '../../replay/market-items.js';
import { CommandError } from '../exit.js';
import { knownMarket } from '../paper/feed.js';
import { DemoAccount, type DemoAccountParts, type DemoAccountTerms, type DemoSlot } from './account.js';
import { type DemoSymbol, LivingMarket, quotesIn, STEP_MS } from './market.js';

export const DEMO_FEED = 'demo';
export const DEMO_SPEED = 60;
/** Whose trades the director hedges. */
const COIN = 'BTCUSD';
const PATIENT = 'patient';

const SYMBOLS: readonly DemoSymbol[] = [
  { symbol: 'XAUUSD', price: 2_400, digits: 2, spread: 0.2 },
  { symbol: 'US500', price: 5_600, digits: 1, spread: 0.5 },
  { symbol: COIN, price: 64_000, digits: 2, spread: 8 },
];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const plain = { label: 'trend', stopAtr: 3, targetAtr: 4, heldMs: 10 * HOUR } as const;
/** So wide that the market may go against them for a while. */
const patient = { symbol: COIN, label: PATIENT, stopAtr: 16, targetAtr: 12, heldMs: 20 * HOUR } as const;
const BOTH_WAYS = ['BUY', 'SELL'] as const;
const SLOTS: readonly DemoSlot[] = BOTH_WAYS.flatMap((direction) => [
  { ...plain, symbol: 'XAUUSD', direction },
  { ...plain, symbol: 'US500', direction },
  { ...patient, direction },
]);
const ACCOUNTS: readonly [DemoAccountTerms, DemoAccountTerms] = [
  { name: 'growth', balance: 100_000, slots: SLOTS },
  { name: 'income', balance: 40_000, slots: SLOTS },
];

/** For the coin: hedged early and for long, in place of having its stop moved close. */
const POLICY = {
  name: PATIENT,
  description:
    'For wide stops: hedged early, and for up to six hours, in place of a stop that is moved close.',
  scope: { labels: [PATIENT] },
  plan: {
    leaveOut: [ActionType.MOVE_SL_BREAKEVEN, ActionType.TRAIL_SL],
    ...{ l1Score: -1, l2Score: -2, hedgeScore: -3, flatTimerSeconds: 6 * 3600, hedgeStopAtr: 6 },
  },
};

/** A Monday. */
const FROM = Date.UTC(2024, 8, 2);
/** Before the first trade, so that every signal is warm. */
const WARM_UP_MS = 60 * HOUR;
const ITEMS_AT_ONCE = 1_000;
/** Market time between two looks of the director, and between two orders that go wrong. */
const DIRECT_MS = 2 * MINUTE;
const DISTURB_MS = 30 * MINUTE;
const IN_DOUBT = [AlarmKind.ACTION_IN_DOUBT, AlarmKind.ACTION_IN_DOUBT_OVERDUE];
const { TIMEOUT, TRADE_DISABLED } = RETURN_CODES;
/** A hedge is left alone for so long, market time; then the market turns. */
const HEDGED_MS = 3 * HOUR;
const CALL = { retryMs: 60_000, deadlineMs: 20_000 };

export interface LivingOptions {
  readonly seed: number;
  /** Market time per time. */
  readonly speed: number;
}

/** Plays until the signal aborts. */
export async function live(
  client: DtmsClient,
  { seed, speed }: LivingOptions,
  signal: AbortSignal,
): Promise<void> {
  const market = await marketOf(client, seed);
  const parts = { client, feed: DEMO_FEED, market, symbols: SYMBOLS, random: seededRandom(seed + 1) };
  await client.upsertPolicy({ policy: POLICY, by: 'demo', reason: 'to show a policy' }, CALL);
  const accounts: DemoAccount[] = [];
  for (const terms of ACCOUNTS) accounts.push(await DemoAccount.open(terms, parts));
  const director = new Director(parts, accounts);
  const startedAt = performance.now();
  for (let turn = 1; !signal.aborted; turn += 1) {
    const items = market.step();
    for (const account of accounts) account.quote(quotesIn(items));
    await push(client, items);
    for (const account of accounts) {
      await account.trade();
      await account.work();
      if (market.now % TIMEFRAME_MS.M15 === 0) account.forget();
    }
    await director.look();
    const early = startedAt + (turn * STEP_MS) / speed - performance.now();
    try {
      await sleep(Math.max(0, early), undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Where the feed is, or with a history before the first trade where it has nothing. */
async function marketOf(client: DtmsClient, seed: number): Promise<LivingMarket> {
  await declareRecording(client, DEMO_FEED, ACCOUNTS[0].name, CALL);
  const found = await Promise.all(SYMBOLS.map((terms) => knownMarket(client, DEMO_FEED, terms.symbol, 'M5')));
  const until = Math.max(...found.map((known) => known?.until ?? 0));
  if (until > 0) {
    const goingOn = SYMBOLS.map((terms, index) => ({
      ...terms,
      price: found[index]?.last?.close ?? terms.price,
    }));
    return new LivingMarket(goingOn, Math.ceil(until / TIMEFRAME_MS.M15) * TIMEFRAME_MS.M15, seed + until);
  }
  const market = new LivingMarket(SYMBOLS, FROM, seed);
  let items: MarketItem[] = [];
  while (market.now < FROM + WARM_UP_MS) {
    items.push(...market.step().filter(({ kind }) => kind !== 'quote'));
    if (items.length < ITEMS_AT_ONCE) continue;
    await push(client, items);
    items = [];
  }
  await push(client, items);
  return market;
}

async function push(client: DtmsClient, items: readonly MarketItem[]): Promise<void> {
  if (items.length === 0) return;
  const request = { feed: DEMO_FEED, items: items.map(itemToProto) };
  const { rejected } = await client.pushMarketData(request, CALL);
  const [fault] = rejected;
  if (fault !== undefined)
    throw new CommandError(`market data was refused: ${fault.field}: ${fault.description}`);
}

/** Sees to what there is to be seen. */
class Director {
  readonly #parts: DemoAccountParts;
  readonly #doubtful: DemoAccount;
  readonly #refused: DemoAccount;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When each account's next order may go wrong again. */
  readonly #due = new Map<DemoAccount, number>();
  /** Whom the coin goes against until one of them is hedged; null while one is. */
  #against: 'BUY' | 'SELL' | null = null;

  constructor(parts: DemoAccountParts, [doubtful, refused]: readonly DemoAccount[]) {
    if (doubtful === undefined || refused === undefined) throw new RangeError('the demo has two accounts');
    this.#parts = parts;
    this.#doubtful = doubtful;
    this.#refused = refused;
  }

  async look(): Promise<void> {
    const { client, market } = this.#parts;
    if (market.now - this.#lookedAt < DIRECT_MS) return;
    this.#lookedAt = market.now;
    const { alarms } = await client.listAlarms({}, CALL);
    const has = (account: DemoAccount, kinds: readonly AlarmKind[]) =>
      alarms.some((alarm) => alarm.account === account.name && kinds.includes(alarm.kind));
    if (!has(this.#doubtful, IN_DOUBT)) this.#disturb(this.#doubtful, TIMEOUT);
    if (!has(this.#refused, [AlarmKind.DEAD_LETTERS])) this.#disturb(this.#refused, TRADE_DISABLED);
    const { trades } = await client.listTrades({ filter: { symbols: [COIN] }, pageSize: 1_000 }, CALL);
    this.#direct(trades.filter(({ label }) => label === PATIENT));
  }

  /** The account's next order goes wrong; once in a while, as what came of it is seen a little later. */
  #disturb(account: DemoAccount, answer: ScriptedAnswer): void {
    const { now } = this.#parts.market;
    if (now < (this.#due.get(account) ?? 0)) return;
    account.script(answer);
    this.#due.set(account, now + DISTURB_MS);
  }

  /** Where nothing is hedged the coin goes against one side; where something has been for long, with it. */
  #direct(trades: readonly Trade[]): void {
    const { market } = this.#parts;
    const hedged = trades.find(({ state }) => state === TradeState.HEDGED);
    if (hedged === undefined) {
      this.#against ??= this.#weaker(trades);
      market.lean(COIN, this.#against === 'BUY' ? 'crash' : 'squeeze');
      return;
    }
    this.#against = null;
    const isOld = market.now - (hedged.stateEnteredAt?.getTime() ?? market.now) > HEDGED_MS;
    const recovers = hedged.direction === Direction.BUY ? 'squeeze' : 'crash';
    market.lean(COIN, isOld ? recovers : 'range');
  }

  /** Whom it goes against: the side that leads the price back to where it began, where that has a trade. */
  #weaker(trades: readonly Trade[]): 'BUY' | 'SELL' {
    const begun = SYMBOLS.find(({ symbol }) => symbol === COIN)?.price ?? 0;
    const side = this.#parts.market.prices(COIN).bid > begun ? 'BUY' : 'SELL';
    const other = side === 'BUY' ? 'SELL' : 'BUY';
    return trades.some(({ direction }) => direction === Direction[side]) ? side : other;
  }
}
