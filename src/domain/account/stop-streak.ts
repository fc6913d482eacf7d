// Owns how many trades of an account were stopped in a row. What a client tells of a position that no snapshot has shown is
// believed where it limits; the broker's deals correct it.
import type { BrokerDeal } from '../broker/snapshot.js';
import { type BrokerIndex, closingDeals, volumeOf } from '../broker/snapshot-index.js';
import { type Direction, favourable } from '../market/direction.js';
import type { Rules } from '../rules.js';
import type { CloseReason } from '../trade/state.js';
import type { Trade } from '../trade/trade.js';
import { type Account, railRulesOf } from './account.js';
import {
  newTrip,
  type RailBook,
  type RailRules,
  replaced,
  type ToldClose,
  type TrippedRail,
} from './rails.js';

/** How a trade of the account ended. */
interface Ending {
  readonly reason: CloseReason;
  /** By how much it closed at a better price than it was opened, below 0 at a worse one; null where that is not known. */
  readonly earned: number | null;
}

export interface CloseReport extends Ending {
  /** Database time. */
  readonly at: number;
}

/** How a trade closed, at database time `at`; null where it did not. */
export function closeReportOf({ spec, closeReason, closePrice }: Trade, at: number): CloseReport | null {
  if (closeReason === null) return null;
  const earned = closePrice === null ? null : earnedBetween(spec.direction, spec.entryPrice, closePrice);
  return { reason: closeReason, earned, at };
}

/** What a price earned on the way to another; averages carry the noise of doubles, and what they do not differ by is nothing. */
function earnedBetween(direction: Direction, entry: number, exit: number): number {
  const moved = favourable(direction) * (exit - entry);
  return Math.abs(moved) <= Math.abs(entry) * NO_MOVE ? 0 : moved;
}

/** A share of the price that no broker quotes. */
const NO_MOVE = 1e-10;

/** Of more closes than that, the oldest are not corrected any more: a stop stays counted. */
const MOST_TOLD = 100;

/** The account after one of its trades closed. */
export function noteClosed(account: Account, close: CloseReport, rules: Rules): Account {
  return withBook(account, afterClose(account, close, railRulesOf(account, rules)));
}

/** The same of a position that no snapshot has shown. */
export function noteTold(account: Account, ticket: bigint, close: CloseReport, rules: Rules): Account {
  return withBook(account, afterToldClose(account, ticket, close, railRulesOf(account, rules)));
}

/** The account after a snapshot's deals showed how closes that were told went, at database time `now`. */
export function noteDeals(account: Account, broker: BrokerIndex, now: number, rules: Rules): Account {
  let book: RailBook = account;
  for (const { ticket } of account.toldCloses) {
    const ending = endingOf(broker, ticket);
    if (ending !== null) book = afterProof(book, ticket, ending, now, railRulesOf(account, rules));
  }
  return withBook(account, book);
}

function withBook(account: Account, book: RailBook): Account {
  return book === account ? account : { ...account, ...book };
}

/** How a position ended by its deals; null where they do not show: the entry a client tells proves no profit. */
function endingOf(broker: BrokerIndex, ticket: bigint): Ending | null {
  const [closing, last] = [closingDeals(broker, ticket), closingDeals(broker, ticket).at(-1)];
  if (last === undefined) return null;
  if (last.reason === 'TAKE_PROFIT') return { reason: 'TAKE_PROFIT', earned: null };
  const opening = (broker.deals.get(ticket) ?? []).filter(({ entry }) => entry === 'IN');
  const [first] = opening;
  if (first === undefined || volumeOf(opening) !== volumeOf(closing)) return null;
  const earned = earnedBetween(first.direction, averageOf(opening), averageOf(closing));
  return { reason: last.reason === 'STOP_LOSS' ? 'STOP_LOSS' : 'BROKER_GONE', earned };
}

const averageOf = (deals: readonly BrokerDeal[]): number =>
  deals.reduce((sum, { price, volume }) => sum + price * volume, 0) / volumeOf(deals);

/** A stop at the entry is none: nothing was lost, and nothing earned that would end a streak. One of which no price is known is. */
const isStop = ({ reason, earned }: Ending): boolean =>
  reason === 'STOP_LOSS' && (earned === null || earned < 0);
const isProfit = ({ reason, earned }: Ending): boolean => reason === 'TAKE_PROFIT' || (earned ?? 0) > 0;

/**
 * The rails after a trade closed: losing stops in a row count until a profit is taken, by a trailed stop too. Each further
 * stop begins the cooldown anew. Clients tell closes, so this rail only ever reduces.
 */
function afterClose(book: RailBook, close: CloseReport, rules: RailRules): RailBook {
  if (isStop(close)) return afterStop(book, close.at, rules);
  const isOver = isProfit(close) && (book.stopStreak > 0 || book.toldCloses.length > 0);
  return isOver ? { ...book, stopStreak: 0, toldCloses: [] } : book;
}

/**
 * The same of a position that no snapshot has shown: what is told of it is believed where it limits, and ends no streak until
 * the broker's deals show it.
 */
function afterToldClose(book: RailBook, ticket: bigint, close: CloseReport, rules: RailRules): RailBook {
  const counted = isStop(close) ? afterStop(book, close.at, rules) : book;
  const told: ToldClose = { ticket, at: close.at, isStop: isStop(close), stopsSince: 0 };
  return { ...counted, toldCloses: [...counted.toldCloses, told].slice(-MOST_TOLD) };
}

/** The rails after the broker's deals showed, at database time `at`, how a close that was told went. */
function afterProof(book: RailBook, ticket: bigint, ending: Ending, at: number, rules: RailRules): RailBook {
  const place = book.toldCloses.findIndex((each) => each.ticket === ticket);
  const told = book.toldCloses[place];
  if (told === undefined) return book;
  const [before, after] = [book.toldCloses.slice(0, place), book.toldCloses.slice(place + 1)];
  if (isProfit(ending)) return shortened({ ...book, toldCloses: after }, told, told.stopsSince, rules);
  const rest = { ...book, toldCloses: [...before, ...after] };
  if (isStop(ending) === told.isStop) return rest;
  if (!told.isStop) {
    const counted = afterStop({ ...book, toldCloses: before }, at, rules);
    return { ...counted, toldCloses: [...counted.toldCloses, ...after] };
  }
  const fewer = before.map((each) => ({ ...each, stopsSince: each.stopsSince - 1 }));
  return shortened({ ...book, toldCloses: [...fewer, ...after] }, told, book.stopStreak - 1, rules);
}

function afterStop(book: RailBook, at: number, rules: RailRules): RailBook {
  const stopStreak = book.stopStreak + 1;
  const toldCloses = book.toldCloses.map((told) => ({ ...told, stopsSince: told.stopsSince + 1 }));
  const counted = { ...book, stopStreak, toldCloses };
  if (stopStreak < rules.stopStreak) return counted;
  const holdsUntil = at + rules.streakCooldownMs;
  const trip = newTrip('STOP_STREAK', holdsUntil, stopStreak, { at, proof: 'none' }, rules);
  return { ...counted, rails: replaced(book.rails, trip) };
}

/** A streak that was counted too long is as long as it was, and what it tripped wrongly holds no longer. */
function shortened(book: RailBook, told: ToldClose, stopStreak: number, rules: RailRules): RailBook {
  const isWrong = ({ rail, trippedAt }: TrippedRail): boolean =>
    rail === 'STOP_STREAK' && trippedAt >= told.at && stopStreak < rules.stopStreak;
  return { ...book, stopStreak, rails: book.rails.filter((each) => !isWrong(each)) };
}
