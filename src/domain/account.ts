// An account as DTMS knows it: how it holds positions, its money and rails, what a person set, and the
// bridges that work for it. Immutable plain data that JSON can hold. Money is in the account's currency;
// bridges are dated by the database's clock, everything else by the broker's, in UTC ms.
import type { AccountRules } from './plan-draft.js';
import {
  afterClose,
  afterEquity,
  type CloseReport,
  EMPTY_RAIL_BOOK,
  holding,
  lifted,
  type Rail,
  type RailBook,
  railLimit,
} from './rails.js';
import type { Rules } from './rules.js';
import type { TradingState } from './types.js';

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

export interface Money {
  readonly equity: number;
  readonly balance: number;
  readonly at: number;
  /** Database time. */
  readonly heardAt: number;
}

/** A bridge as its last heartbeat shows it. */
export interface BridgeSeen {
  /** Database time. */
  readonly seenAt: number;
  /** The account its terminal is logged in to. */
  readonly terminalAccount: string;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
}

export interface Account extends RailBook {
  readonly account: string;
  /** As told; null where the configuration speaks. */
  readonly terms: AccountTerms | null;
  readonly personState: PersonState | null;
  /** As last reported; null before. */
  readonly money: Money | null;
  /** The broker's clock against UTC. */
  readonly utcOffsetMinutes: number;
  readonly bridges: Readonly<Record<string, BridgeSeen>>;
  /** Broker time of the newest snapshot of positions, and of the newest complete one. */
  readonly snapshotAt: number | null;
  readonly reconciledAt: number | null;
}

/** A bridge's heartbeat. */
export interface Heartbeat {
  readonly bridgeId: string;
  /** The account its terminal is logged in to; empty means the same. */
  readonly terminalAccount: string;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly equity: number;
  readonly balance: number;
  readonly utcOffsetMinutes: number;
  /** Broker time. */
  readonly reportedAt: number;
}

/** A bridge that was not seen for this long is forgotten, in ms of database time. */
const BRIDGE_KEPT_MS = 24 * 3_600_000;
/** More bridges than this are not remembered: a name costs memory. */
const MOST_BRIDGES = 32;

/** The default terms: every order opens a position of its own, and a hedge is free. */
const HEDGING: AccountTerms = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false };

/** An account of which nothing is known. */
export function emptyAccount(account: string): Account {
  return {
    ...EMPTY_RAIL_BOOK,
    account,
    terms: null,
    personState: null,
    money: null,
    utcOffsetMinutes: 0,
    bridges: {},
    snapshotAt: null,
    reconciledAt: null,
  };
}

/** How the account holds positions: as told, else as configured, else hedging without the FIFO rule. */
export function termsOf(account: Account, rules: Rules): AccountTerms {
  if (account.terms !== null) return account.terms;
  const configured = Object.hasOwn(rules.accounts, account.account) ? rules.accounts[account.account] : {};
  return { ...HEDGING, ...configured };
}

/**
 * The account after a bridge's heartbeat at database time `now`. Money counts only from a terminal that is
 * connected and logged in to this very account. It counts in the order it arrives: a broker's clock that was
 * ahead for a moment must not blind the rails until time catches up.
 */
export function reportAccount(account: Account, heartbeat: Heartbeat, now: number, rules: Rules): Account {
  const { bridgeId, connected, tradeAllowed } = heartbeat;
  const terminalAccount = heartbeat.terminalAccount || account.account;
  const seen: BridgeSeen = { seenAt: now, terminalAccount, connected, tradeAllowed };
  const known = { ...account, bridges: bridgesWith(account.bridges, bridgeId, seen) };
  const { equity, balance, utcOffsetMinutes, reportedAt: at } = heartbeat;
  if (!connected || terminalAccount !== account.account) return known;
  const book = afterEquity(known, { equity, at, utcOffsetMinutes }, rules.rails);
  return { ...known, ...book, money: { equity, balance, at, heardAt: now }, utcOffsetMinutes };
}

/** The account after one of its trades closed. */
export function noteClosed(account: Account, close: CloseReport, rules: Rules): Account {
  const book = afterClose(account, close, rules.rails);
  return book === account ? account : { ...account, ...book };
}

/** The account after a person set its state. ACTIVE also lifts the rails that are tripped. */
export function setTradingState(account: Account, set: PersonState): Account {
  const after = { ...account, personState: set };
  if (set.state !== 'ACTIVE' || account.rails.length === 0) return after;
  return { ...after, ...lifted(account, account.money?.equity ?? null) };
}

/** What DTMS may do at a broker time: the stricter of what a person set and the rails, and why. */
export function tradingStateOf(
  account: Account,
  at: number,
  rules: Rules,
): { readonly state: TradingState; readonly reason: string } {
  const { personState } = account;
  const byPerson = personState === null || personState.state === 'ACTIVE' ? null : personState;
  const tripped = holding(account.rails, at)[0];
  if (byPerson !== null && (byPerson.state === 'HALTED' || tripped === undefined)) {
    const why = byPerson.reason === '' ? '' : `: ${byPerson.reason}`;
    return { state: byPerson.state, reason: `set by ${byPerson.by || 'a person'}${why}` };
  }
  if (tripped === undefined) return { state: 'ACTIVE', reason: '' };
  const until = new Date(tripped.holdsUntil).toISOString();
  const { rail, value } = tripped;
  return {
    state: 'REDUCING',
    reason: `${RAIL_TEXTS[rail](value, railLimit(rail, rules.rails))}, until ${until}`,
  };
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

const RAIL_TEXTS: Readonly<Record<Rail, (value: number, limit: number) => string>> = {
  DAILY_LOSS: (value, limit) => `${percent(value)} lost in the broker's day, of ${percent(limit)} allowed`,
  HOURLY_LOSS: (value, limit) => `${percent(value)} lost in the hour, of ${percent(limit)} allowed`,
  STOP_STREAK: (value, limit) => `${value} stops in a row, of ${limit} allowed`,
};

/** What planning asks of an account at a broker time. */
export function accountRulesOf(account: Account, at: number, rules: Rules): AccountRules {
  const { state, reason } = tradingStateOf(account, at, rules);
  return { ...termsOf(account, rules), tradingState: state, limit: reason };
}

/** Why a bridge gets no work of the account at database time `now`; empty when it does. */
export function bridgeObstacle(account: Account, bridgeId: string, now: number, rules: Rules): string {
  const bridge = Object.hasOwn(account.bridges, bridgeId) ? account.bridges[bridgeId] : undefined;
  if (bridge === undefined) return 'it has not reported the account';
  const age = now - bridge.seenAt;
  if (age > rules.actions.heartbeatMaximumAgeMs) {
    return `its last heartbeat is ${Math.round(age / 1000)} s old`;
  }
  if (bridge.terminalAccount !== account.account) return otherAccount(bridge);
  if (!bridge.connected) return NOT_CONNECTED;
  return bridge.tradeAllowed ? '' : 'trading is not allowed';
}

/** Why nothing a bridge finds open says anything of the account; empty when it does. */
export function snapshotObstacle({ account, bridges }: Account, bridgeId: string): string {
  const bridge = Object.hasOwn(bridges, bridgeId) ? bridges[bridgeId] : undefined;
  if (bridge === undefined) return '';
  if (bridge.terminalAccount !== account) return otherAccount(bridge);
  return bridge.connected ? '' : NOT_CONNECTED;
}

const NOT_CONNECTED = 'its terminal is not connected to the broker';

function otherAccount({ terminalAccount }: BridgeSeen): string {
  return `its terminal is logged in to account ${terminalAccount}`;
}

/** What the broker's clock shows at database time `now`; the database's before any report. */
export function brokerTime({ money }: Account, now: number): number {
  return money === null ? now : money.at + Math.max(0, now - money.heardAt);
}

/** The bridges with one more seen, the newest only. */
function bridgesWith(
  known: Account['bridges'],
  bridgeId: string,
  seen: BridgeSeen,
): Readonly<Record<string, BridgeSeen>> {
  const others = Object.entries(known)
    .filter(([id, bridge]) => id !== bridgeId && seen.seenAt - bridge.seenAt <= BRIDGE_KEPT_MS)
    .sort(([, a], [, b]) => b.seenAt - a.seenAt)
    .slice(0, MOST_BRIDGES - 1);
  return Object.fromEntries([[bridgeId, seen] as const, ...others]);
}
