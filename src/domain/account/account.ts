// Owns an account as DTMS knows it: how it holds positions, its money and rails, what a person set, and the
// bridges that work for it. Immutable plain data. Money is in the account's currency;
// bridges are dated by the database's clock, everything else by the broker's, in UTC ms.
import type { FlagDecision } from '../flags/flag.js';
import { utcText } from '../market/utc-text.js';
import type { Rules } from '../rules.js';
import type { AccountMode, AccountRules, TradingState } from './account-rules.js';
import {
  type BalanceOperation,
  believedOperations,
  countOperations,
  inferredPayment,
  type MoneyAt,
  type OperationBook,
  provenPayment,
  type Unmatched,
} from './balance-operations.js';
import { type AccountKind, type BridgeSeen, bridgesWith, isSimulation } from './bridges.js';
import { NO_CAPS, type OrderCaps } from './order-caps.js';
import {
  afterEquity,
  dayOf,
  EMPTY_RAIL_BOOK,
  endOf,
  holding,
  lifted,
  type Proof,
  type RailBook,
  type RailLimits,
  type RailRules,
  railLimit,
  railText,
} from './rails.js';
import type { Undefended } from './undefended.js';

/** How an account holds positions. */
export type AccountTerms = Pick<AccountRules, 'marginMode' | 'fifo' | 'hedgeAddsMargin'>;

/** What a person set. */
export interface PersonState {
  readonly state: TradingState;
  readonly by: string;
  readonly reason: string;
  /** Database time. */
  readonly at: number;
}

/** Whether DTMS acts in an account, and who set it. */
export interface SetMode {
  readonly mode: AccountMode;
  /** Empty where nobody did. */
  readonly by: string;
  readonly reason: string;
  /** Database time; 0 in accounts that are older than modes. */
  readonly at: number;
}

export interface Money extends MoneyAt {
  readonly at: number;
  /** Whether the balance operations in it were told. */
  readonly isProven: boolean;
}

export interface Account extends RailBook {
  readonly account: string;
  /** As told; null where the configuration speaks. */
  readonly terms: AccountTerms | null;
  /** Limits of its own; null where the configuration speaks for all of them. */
  readonly railLimits: RailLimits | null;
  /** The feeds its trades follow; the first is for those that name none. None means any. */
  readonly feeds: readonly string[];
  /** As its bridges report it; null before. A real account stays one. */
  readonly kind: AccountKind | null;
  readonly personState: PersonState | null;
  /** null: it enforces, and a real bridge's first heartbeat may make it observe. */
  readonly mode: SetMode | null;
  readonly caps: OrderCaps;
  /** As last reported; null before. */
  readonly money: Money | null;
  /** The balance operations a bridge told; null while none tells any, and they are inferred. */
  readonly operations: OperationBook | null;
  /** What of them and of the balance has not met yet; null when nothing is open. */
  readonly unmatched: Unmatched | null;
  /** The end of the broker's day in which one was inferred last, database time; null before. */
  readonly inferredUntil: number | null;
  /** What was told and never moved the balance; null while there is none. */
  readonly unproven: Unproven | null;
  /** The currency of its money, such as USD; null where nobody told it. */
  readonly currency: string | null;
  /** The broker's clock against UTC. */
  readonly utcOffsetMinutes: number;
  readonly bridges: Readonly<Record<string, BridgeSeen>>;
  /** When the newest snapshot of positions arrived, and the newest complete one (database time). */
  readonly snapshotAt: number | null;
  readonly reconciledAt: number | null;
  /** Positions that snapshots showed and that were no trade's then, by identifier. */
  readonly undefended: readonly Undefended[];
}

/** Payments that were told without the money, and so did not count. */
export interface Unproven {
  /** Their sum over the broker's day of the last of them. */
  readonly amount: number;
  /** When that did not count, database time. */
  readonly at: number;
}

/** A bridge's heartbeat. */
export interface Heartbeat {
  readonly kind: AccountKind;
  /** What the broker says the account is for; absent means live. A demo account follows live feeds like a real one. */
  readonly purpose?: 'live' | 'demo';
  readonly bridgeId: string;
  /** The account its terminal is logged in to; empty means the same. */
  readonly terminalAccount: string;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly equity: number;
  readonly balance: number;
  /** In which they are; absent or empty from a bridge that does not tell. */
  readonly currency?: string;
  /** Balance operations, all since the last heartbeat and more; null from a bridge that cannot tell them. */
  readonly operations: readonly BalanceOperation[] | null;
  readonly utcOffsetMinutes: number;
  /** Broker time. */
  readonly reportedAt: number;
}

/** Where nobody told: every order opens a position of its own, and a hedge is taken to need margin. */
const HEDGING: AccountTerms = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: true };

/** An account of which nothing is known. */
export function emptyAccount(account: string): Account {
  return {
    ...EMPTY_RAIL_BOOK,
    account,
    terms: null,
    railLimits: null,
    feeds: [],
    kind: null,
    personState: null,
    mode: null,
    caps: NO_CAPS,
    money: null,
    operations: null,
    unmatched: null,
    inferredUntil: null,
    unproven: null,
    currency: null,
    utcOffsetMinutes: 0,
    bridges: {},
    snapshotAt: null,
    reconciledAt: null,
    undefended: [],
  };
}

/** How the account holds positions: as told, else as configured, else hedging without the FIFO rule. */
export function termsOf(account: Account, rules: Rules): AccountTerms {
  if (account.terms !== null) return account.terms;
  const configured = Object.hasOwn(rules.accounts, account.account) ? rules.accounts[account.account] : {};
  return { ...HEDGING, ...configured };
}

/** The account's own limits over the configured ones. */
export function railRulesOf({ railLimits }: Account, rules: Rules): RailRules {
  return railLimits === null ? rules.rails : { ...rules.rails, ...railLimits };
}

/** The account without the rails that hold no longer at database time `now`. */
export function withoutEnded(account: Account, now: number): Account {
  const rails = holding(account.rails, now);
  return rails === account.rails ? account : { ...account, rails };
}

/** What was paid into an account, or out where it is negative, between two heartbeats. */
export interface Payments {
  readonly amount: number;
  /** As told, one by one; none where the amount is inferred. */
  readonly told: readonly BalanceOperation[];
  readonly operations: OperationBook | null;
  readonly unmatched: Unmatched | null;
  /** What was told and never moved the balance: it did not count. */
  readonly unproven: number;
  readonly inferredUntil: number | null;
}

/** Whether a heartbeat tells the money of this very account: no simulation's is a real account's. */
function tellsMoney({ account, kind }: Account, heartbeat: Heartbeat): boolean {
  const { connected, terminalAccount } = heartbeat;
  const isOfThis = terminalAccount === '' || terminalAccount === account;
  return connected && isOfThis && !isSimulation(kind, heartbeat.kind);
}

/**
 * What was paid in or out by a heartbeat that arrives at database time `now`: as told, else inferred. `hasTraded`
 * says that a trade was opened, closed or changed its volume since the heartbeat before, which moves the money too;
 * `isHolding` that a trade is active: what the money falls by then may be its loss, whatever the equity says.
 */
export function paymentsOf(
  account: Account,
  heartbeat: Heartbeat,
  now: number,
  rules: Rules,
  hasTraded: boolean,
  isHolding = false,
): Payments {
  const { operations, inferredUntil, money } = account;
  const unmatched = account.unmatched !== null && now <= account.unmatched.until ? account.unmatched : null;
  const unproven = unmatched === null ? (account.unmatched?.told ?? 0) : 0;
  const none = { amount: 0, told: [], operations, unmatched: account.unmatched, unproven: 0, inferredUntil };
  if (!tellsMoney(account, heartbeat)) return none;
  const told = believedOperations(heartbeat);
  if (told !== null || operations !== null) {
    // How long ago is told by the broker's own clock; nothing is of the future.
    const age = ({ time }: BalanceOperation) => Math.max(0, heartbeat.reportedAt - time);
    const dated = (told ?? []).map((operation) => ({ ...operation, time: now - age(operation) }));
    const patience = rules.actions.heartbeatMaximumAgeMs;
    // One heartbeat's time before the last one was heard may still be missing in what it told.
    const measuredUntil = money === null ? null : money.heardAt - patience;
    const { book, fresh } = countOperations(operations, dated, measuredUntil, now);
    const balanceMoved = money === null ? 0 : heartbeat.balance - money.balance;
    const proven = provenPayment(fresh, balanceMoved, hasTraded ? 'trades' : 'nothing', unmatched);
    // While nobody tells, nobody is late.
    const begins = unmatched === null || fresh.length > 0 || told === null;
    const until = begins ? now + patience : unmatched.until;
    const isOpen = proven.moved !== 0 || proven.told !== 0;
    const open = isOpen ? { moved: proven.moved, told: proven.told, until } : null;
    return { ...none, amount: proven.paidIn, told: fresh, operations: book, unmatched: open, unproven };
  }
  if (heartbeat.operations !== null || money === null || hasTraded) return none;
  const { utcOffsetMinutes } = heartbeat;
  const dayEnds = endOf('day', account.day, { at: now, utcOffsetMinutes });
  // Nobody pays in and out every day: what moves the money again is more likely a trade nobody told of.
  const isFresh = (inferredUntil ?? now) <= now && now - money.heardAt <= rules.actions.heartbeatMaximumAgeMs;
  const mayBePaidOut = isFresh && !isHolding && heartbeat.balance >= 0;
  const amount = inferredPayment(money, { ...heartbeat, heardAt: now }, mayBePaidOut);
  return amount === 0 ? none : { ...none, amount, inferredUntil: dayEnds };
}

/**
 * The account after a bridge's heartbeat at database time `now`. Money counts only from a terminal that is
 * connected and logged in to this very account. It counts in the order it arrives: a broker's clock that was
 * ahead for a moment must not blind the rails until time catches up.
 */
export function reportAccount(
  account: Account,
  heartbeat: Heartbeat,
  now: number,
  rules: Rules,
  payments = paymentsOf(account, heartbeat, now, rules, true),
  firstMode: AccountMode = 'enforce',
): Account {
  const { amount: paidIn, operations, unmatched, inferredUntil } = payments;
  const { bridgeId, connected, tradeAllowed } = heartbeat;
  const terminalAccount = heartbeat.terminalAccount || account.account;
  const { kind } = heartbeat;
  const seen: BridgeSeen = { kind, seenAt: now, terminalAccount, connected, tradeAllowed };
  const heard = { ...account, bridges: bridgesWith(account.bridges, bridgeId, seen) };
  if (!tellsMoney(account, heartbeat)) return heard;
  const known = { ...heard, kind, mode: account.mode ?? modeAtFirst(heartbeat, firstMode, now) };
  const { equity, balance, utcOffsetMinutes, reportedAt: at } = heartbeat;
  const proof = proofOf(account, heartbeat, now, rules);
  const report = { equity, paidIn, at: now, utcOffsetMinutes, proof };
  const book = afterEquity(known, report, railRulesOf(account, rules));
  const money = { equity, balance, at, heardAt: now, isProven: proof !== 'none' };
  const unproven = unprovenAfter(account, payments, now, utcOffsetMinutes);
  const currency = heartbeat.currency || account.currency;
  return {
    ...known,
    ...book,
    money,
    operations,
    unmatched,
    inferredUntil,
    unproven,
    currency,
    utcOffsetMinutes,
  };
}

/** Money that DTMS has not been told to defend is only watched; null leaves an account as it is, enforcing. */
function modeAtFirst({ kind, purpose }: Heartbeat, firstMode: AccountMode, now: number): SetMode | null {
  if (firstMode === 'enforce' || kind === 'PAPER' || purpose === 'demo') return null;
  return {
    mode: 'observe',
    by: '',
    reason: 'a new account is only observed until a person says more',
    at: now,
  };
}

/**
 * What DTMS does in an account: the least of what is set of it, of the whole server, and by the flag `enforce`.
 *
 * @param flag - the flag's decision where it is off for the account; null where it is on.
 */
export function modeOf({ mode }: Account, { actions }: Rules, flag: FlagDecision | null): AccountMode {
  return actions.mode === 'observe' || flag !== null ? 'observe' : (mode?.mode ?? 'enforce');
}

function unprovenAfter(
  { unproven: before }: Account,
  { unproven }: Payments,
  now: number,
  utcOffsetMinutes: number,
): Unproven | null {
  if (unproven === 0) return before;
  const day = dayOf(now, utcOffsetMinutes);
  const earlier = before !== null && dayOf(before.at, utcOffsetMinutes) === day ? before.amount : 0;
  return { amount: earlier + unproven, at: now };
}

/** How far the money of a heartbeat proves a loss. */
function proofOf({ money }: Account, heartbeat: Heartbeat, now: number, { actions }: Rules): Proof {
  if (believedOperations(heartbeat) === null) return 'none';
  return money !== null && now - money.heardAt <= actions.heartbeatMaximumAgeMs ? 'next' : 'first';
}

/** Why a loss beyond its limit only reduces, whatever it is to do; empty when nothing is in its way. */
export function onTripObstacle(account: Account, rules: Rules, flag: FlagDecision | null = null): string {
  const { onTrip } = railRulesOf(account, rules);
  if (onTrip === 'reduce') return '';
  if (account.money?.isProven !== true)
    return "no bridge tells the account's balance operations, so a loss may be a withdrawal";
  return onTrip === 'flatten' && modeOf(account, rules, flag) === 'observe' ? 'DTMS only observes' : '';
}

/** The account after a person set its state. ACTIVE also lifts the rails that are tripped. */
export function setTradingState(account: Account, set: PersonState): Account {
  const after = { ...account, personState: set };
  if (set.state !== 'ACTIVE' || account.rails.length === 0) return after;
  return { ...after, ...lifted(account, account.money?.equity ?? null) };
}

/**
 * The account after a person said whose money it holds. Another account's money is measured anew; what its rails hold, and
 * what a person set, goes on.
 */
export function setKind(account: Account, kind: AccountKind): Account {
  if (account.kind === kind) return account;
  const unmeasured = {
    day: null,
    hour: null,
    money: null,
    operations: null,
    unmatched: null,
    inferredUntil: null,
  };
  return { ...account, ...unmeasured, kind, unproven: null };
}

/** What DTMS may do at database time `at`: the stricter of what a person set and the rails, and why. */
export function tradingStateOf(
  account: Account,
  at: number,
  rules: Rules,
): { readonly state: TradingState; readonly reason: string } {
  const { personState } = account;
  const byPerson = personState === null || personState.state === 'ACTIVE' ? null : personState;
  const held = holding(account.rails, at);
  const halting = held.find(({ onTrip, actedAt }) => onTrip === 'halt' && actedAt !== null);
  const tripped = halting ?? held[0];
  if (byPerson !== null && (byPerson.state === 'HALTED' || tripped === undefined)) {
    const why = byPerson.reason === '' ? '' : `: ${byPerson.reason}`;
    return { state: byPerson.state, reason: `set by ${byPerson.by || 'a person'}${why}` };
  }
  if (tripped === undefined) return { state: 'ACTIVE', reason: '' };
  const until = utcText(tripped.holdsUntil);
  const { rail, value } = tripped;
  const reason = `${railText(rail, value, railLimit(rail, railRulesOf(account, rules)))}, until ${until}`;
  return { state: halting === undefined ? 'REDUCING' : 'HALTED', reason };
}

/** The account after a person said whether DTMS acts in it. */
export function setMode(account: Account, mode: SetMode): Account {
  return { ...account, mode };
}

/** What planning asks of an account at database time `at`. */
export function accountRulesOf(
  account: Account,
  at: number,
  rules: Rules,
  flag: FlagDecision | null = null,
): AccountRules {
  const { state, reason } = tradingStateOf(account, at, rules);
  return {
    ...termsOf(account, rules),
    mode: modeOf(account, rules, flag),
    tradingState: state,
    limit: reason,
  };
}
