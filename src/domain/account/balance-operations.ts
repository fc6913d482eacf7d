// Owns balance operations: money paid into an account or out of it. It is no result, so the rails take it out.
// Where a bridge tells them nothing is inferred, and they are believed as far as the balance moved; where none does, only
// what cannot hide a loss is. Money is in the account's currency, times are of the database's clock, UTC ms.

/** What moves a balance without a trade. Commissions, charges, interest and taxes are not among them: they are results. */
export const BALANCE_OPERATIONS = ['BALANCE', 'CREDIT', 'CORRECTION', 'BONUS'] as const;
export type BalanceOperationKind = (typeof BALANCE_OPERATIONS)[number];

/** One of them, as the broker's history has it. */
export interface BalanceOperation {
  /** The ticket of its deal. */
  readonly deal: bigint;
  readonly kind: BalanceOperationKind;
  /** Above 0 is paid in, below 0 paid out. */
  readonly amount: number;
  /** The broker's time. */
  readonly time: number;
}

/** The operations that were told, so that none counts twice. */
export interface OperationBook {
  /** What was made before is old news, even if nobody told it. */
  readonly since: number;
  /** The tickets of those since, as text, and when they were made. */
  readonly known: readonly { readonly deal: string; readonly time: number }[];
}

/** As long as a bridge may have been away and still tell what happened meanwhile. */
const COUNTED_MS = 7 * 24 * 3_600_000;
/** Twice as long: the date of a deal moves with the broker's clock, and what was forgotten would count again. */
const REMEMBERED_MS = 2 * COUNTED_MS;
/** Of more only the newest count: a ticket costs memory. As many again are remembered. */
const MOST_COUNTED = 1000;

/**
 * The book after a bridge told the operations of the last week at database time `now`, and those of them that are to
 * be counted. The first time only those after `measuredUntil` are: up to then they are in the account's money
 * already; null when no money was heard before.
 */
export function countOperations(
  book: OperationBook | null,
  told: readonly BalanceOperation[],
  measuredUntil: number | null,
  now: number,
): { readonly book: OperationBook; readonly fresh: readonly BalanceOperation[] } {
  const from = book?.since ?? measuredUntil ?? Number.POSITIVE_INFINITY;
  const known = new Map(book?.known.map((mark) => [mark.deal, mark]));
  const fresh: BalanceOperation[] = [];
  for (const operation of told) {
    const mark = { deal: String(operation.deal), time: operation.time };
    if (known.has(mark.deal)) continue;
    known.set(mark.deal, mark);
    if (operation.time >= from) fresh.push(operation);
  }
  return { book: bounded(book?.since ?? 0, [...known.values()], now), fresh };
}

/** Forgets what is too old or too much, and never counts it again. */
function bounded(before: number, known: OperationBook['known'], now: number): OperationBook {
  const newestFirst = [...known].sort((a, b) => b.time - a.time);
  const tooMany = newestFirst[MOST_COUNTED]?.time ?? Number.NEGATIVE_INFINITY;
  const since = Math.max(before, now - COUNTED_MS, tooMany + 1);
  const remembered = newestFirst.slice(0, 2 * MOST_COUNTED);
  return { since, known: remembered.filter(({ time }) => time >= now - REMEMBERED_MS) };
}

/** Money that moved and operations that were told, as far as neither has met the other. */
export interface Unmatched {
  readonly moved: number;
  readonly told: number;
  /** Until then they may: a terminal's balance and its history are two answers. */
  readonly until: number;
}

/** What moved a balance since the last heartbeat beside what was paid in or out. */
export type Besides = 'trades' | 'nothing';

/**
 * How much was paid in, or out below 0, of what operations say and a balance moved by: a payment is in the money, or it
 * does not count. Never more of a withdrawal counts than the money fell by, so that none hides a loss; a deposit counts
 * in full where trades moved the money too, because a loss may have taken it away. Credit moves no balance: it is believed.
 */
export function provenPayment(
  fresh: readonly BalanceOperation[],
  balanceMoved: number,
  besides: Besides,
  before: Unmatched | null,
): { readonly paidIn: number; readonly moved: number; readonly told: number } {
  const sumOf = (some: readonly BalanceOperation[]) => some.reduce((sum, { amount }) => sum + amount, 0);
  const credit = sumOf(fresh.filter(({ kind }) => kind === 'CREDIT'));
  const told = sumOf(fresh.filter(({ kind }) => kind !== 'CREDIT')) + (before?.told ?? 0);
  const moved = balanceMoved + (before?.moved ?? 0);
  const within = told > 0 ? Math.min(told, Math.max(0, moved)) : Math.max(told, Math.min(0, moved));
  const counted = told > 0 && besides === 'trades' ? told : within;
  return { paidIn: credit + counted, moved: cents(moved - counted), told: cents(told - counted) };
}

/** An account's money at a moment. */
export interface MoneyAt {
  readonly equity: number;
  readonly balance: number;
  /** Database time. */
  readonly heardAt: number;
}

/** Less than this is rounding. */
const CENT = 0.01;
const cents = (amount: number): number => (Math.abs(amount) < CENT / 2 ? 0 : amount);
const isSame = (a: number, b: number): boolean => Math.abs(a - b) < CENT / 2;

/**
 * What was paid in between two heartbeats of an account whose operations nobody tells; below 0 it was paid out.
 * Balance and equity move by the same amount then. A rise is always taken for a deposit: that hides no loss. A
 * fall may as well be a trade that was opened and closed in between, so it is a withdrawal only where `mayBePaidOut`
 * and nothing was open at either heartbeat.
 */
export function inferredPayment(before: MoneyAt, after: MoneyAt, mayBePaidOut: boolean): number {
  const moved = after.balance - before.balance;
  if (isSame(moved, 0) || !isSame(moved, after.equity - before.equity)) return 0;
  const isFlat = isSame(before.equity, before.balance) && isSame(after.equity, after.balance);
  return moved > 0 || (mayBePaidOut && isFlat) ? moved : 0;
}

/** No broker's clock is so far ahead of its bridge's: it is a clock that the bridge does not know. */
const MOST_AHEAD_MS = 10 * 60_000;

/** The operations a heartbeat tells; null where it tells none, or by a clock that cannot be right. Times are UTC ms. */
export function believedOperations({
  operations,
  reportedAt,
}: {
  readonly operations: readonly BalanceOperation[] | null;
  readonly reportedAt: number;
}): readonly BalanceOperation[] | null {
  return operations?.every(({ time }) => time - reportedAt <= MOST_AHEAD_MS) === true ? operations : null;
}
