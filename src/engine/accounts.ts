// Owns every account of the engine, and which of them changed since they were last written.

import {
  type Account,
  type AccountTerms,
  emptyAccount,
  type Heartbeat,
  type Payments,
  type PersonState,
  paymentsOf,
  reportAccount,
  type SetMode,
  setKind,
  setMode,
  setTradingState,
  withoutEnded,
} from '../domain/account/account.js';
import type { AccountRules } from '../domain/account/account-rules.js';
import type { BalanceOperation } from '../domain/account/balance-operations.js';
import type { AccountKind } from '../domain/account/bridges.js';
import { NO_CAPS, type OrderCaps } from '../domain/account/order-caps.js';
import type { Rail, RailLimits, TrippedRail } from '../domain/account/rails.js';
import { closeReportOf, noteClosed, noteDeals, noteTold } from '../domain/account/stop-streak.js';
import { type Undefended, undefendedAfter } from '../domain/account/undefended.js';
import type { BrokerIndex } from '../domain/broker/snapshot-index.js';
import type { FlagDecision } from '../domain/flags/flag.js';
import { DEFAULT_FEED } from '../domain/market/data.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import { BookedDeals } from './booked-deals.js';
import { ALL_ON, type Flags } from './flags.js';
import { KnownRules } from './known-rules.js';
import { OpenReconciliations } from './open-reconciliations.js';
import { type ShownMemory, type ShownPosition, ShownPositions } from './shown-positions.js';

/** What nobody ordered and an account records: a rail that tripped or holds no longer, money paid in or out. */
export type AccountStep = RailStep | PaymentStep | UnprovenStep;

interface RailStep {
  readonly account: string;
  readonly step: 'tripped' | 'flattens' | 'halts' | 'over';
  readonly rail: TrippedRail;
}

interface PaymentStep {
  readonly account: string;
  readonly step: 'paid';
  readonly amount: number;
  /** As told; null where it was inferred. */
  readonly operation: BalanceOperation | null;
}

/** Operations that were told and never moved the balance: they did not count. */
interface UnprovenStep {
  readonly account: string;
  readonly step: 'unproven';
  readonly amount: number;
}

function isSameAct(known: TrippedRail, { rail, actedAt }: TrippedRail): boolean {
  return known.rail === rail && known.actedAt === actedAt;
}

/** Everything of an account is to be closed, because of a rail. */
export interface Flattening {
  readonly account: string;
  readonly rail: Rail;
}

function railSteps({ account, rails: before }: Account, { rails: after }: Account): RailStep[] {
  if (before === after) return [];
  const isIn = (rails: readonly TrippedRail[], { rail, trippedAt }: TrippedRail) =>
    rails.some((known) => known.rail === rail && known.trippedAt === trippedAt);
  return [
    ...after
      .filter((rail) => !isIn(before, rail))
      .map((rail) => ({ account, step: 'tripped' as const, rail })),
    ...after
      .filter((rail) => rail.actedAt !== null && !before.some((known) => isSameAct(known, rail)))
      .map((rail) => ({ account, step: rail.onTrip === 'halt' ? 'halts' : 'flattens', rail }) as const),
    ...before.filter((rail) => !isIn(after, rail)).map((rail) => ({ account, step: 'over' as const, rail })),
  ];
}

function paymentSteps(account: string, { amount, told }: Payments): PaymentStep[] {
  const steps = told.map((operation) => ({ amount: operation.amount, operation }));
  const inferred = told.length === 0 && amount !== 0 ? [{ amount, operation: null }] : [];
  return [...steps, ...inferred].map((paid) => ({ account, step: 'paid' as const, ...paid }));
}

/** All of it that decides, as plain data; what it holds does not change any more. */
export interface AccountsMemory extends ShownMemory {
  readonly accounts: readonly Account[];
  readonly traded: readonly string[];
  readonly limited: readonly string[];
  readonly now: number;
  /** By account, each bridge with the number of its last snapshot. */
  readonly sequences: readonly (readonly [string, readonly (readonly [string, bigint])[]])[];
  readonly restoredAt: number;
}

export class Accounts {
  readonly booked = new BookedDeals();
  readonly shown = new ShownPositions();
  readonly reconciling = new OpenReconciliations();
  readonly #rules: Rules;
  readonly #flags: Pick<Flags, 'off'>;
  readonly #onReal: (account: string) => void;
  readonly #accounts = new Map<string, Account>();
  /** In the order of their first change. */
  readonly #changed = new Set<string>();
  /** Where a trade was opened, closed or changed its volume since the last heartbeat: what its money did then is a result. */
  readonly #traded = new Set<string>();
  /** Those with a rail that holds. */
  readonly #limited = new Set<string>();
  #steps: AccountStep[] = [];
  #flattenings: Flattening[] = [];
  readonly #knownRules: KnownRules;
  /** The account that was asked for last and of which nothing is known. */
  #unknown: Account | null = null;
  /** The database's time as it was told last. */
  #now = 0;
  /** By account and bridge. */
  readonly #sequences = new Map<string, Map<string, bigint>>();
  #unproven = 0;
  #restoredAt = Number.NEGATIVE_INFINITY;
  /** There are accounts from before modes: whoever relies on new ones being defended goes on to. */
  #isOlder = false;

  /** @param onReal - is told the name of an account that came to be a real one, or no more is */
  constructor(
    rules: Rules,
    flags: Pick<Flags, 'off'> = ALL_ON,
    onReal: (account: string) => void = () => {},
  ) {
    this.#rules = rules;
    this.#flags = flags;
    this.#onReal = onReal;
    this.#knownRules = new KnownRules(rules);
  }

  /** An account of which something is known; undefined before that. */
  get(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  /** Every account of which something is known. */
  all(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** Tells the database's time, UTC ms: rails that hold no longer are over. */
  tick(now: number): void {
    this.#now = Math.max(this.#now, now);
    for (const name of this.#limited) {
      const known = this.#of(name);
      const after = withoutEnded(known, this.#now);
      if (after !== known) this.#put(after);
    }
  }

  /** What planning asks of an account now. */
  rulesOf(name: string): AccountRules {
    return this.#knownRules.of(this.#of(name), this.#now, this.observedBy(name));
  }

  /** The flag by which DTMS only observes an account; null where none says so. */
  observedBy(name: string): FlagDecision | null {
    return this.#flags.off('enforce', name, '');
  }

  /** @param currency - of its money; empty leaves it as it is known. */
  upsert(name: string, terms: AccountTerms, feeds: readonly string[], currency = ''): Account {
    const known = this.#of(name);
    return this.#put({ ...known, terms, feeds, currency: currency || known.currency });
  }

  /** Gives the account limits of its own; null leaves all of them to the configuration. */
  setRails(name: string, railLimits: RailLimits | null): Account {
    return this.#put({ ...this.#of(name), railLimits });
  }

  /** The feed of the account's trades that name none. */
  feedOf(name: string): string {
    return this.#accounts.get(name)?.feeds[0] ?? DEFAULT_FEED;
  }

  /** Takes a bridge's heartbeat at database time `now`. @param isHolding - whether a trade of the account is active */
  report(name: string, heartbeat: Heartbeat, now: number, isHolding = false): Account {
    this.tick(now);
    const known = this.#of(name);
    const hasTraded = this.#traded.has(name);
    const payments = paymentsOf(known, heartbeat, now, this.#rules, hasTraded, isHolding);
    const firstMode = this.#isOlder ? 'enforce' : this.#rules.actions.newAccounts;
    const after = reportAccount(known, heartbeat, now, this.#rules, payments, firstMode);
    // Until its money is heard again, what was traded is still to be seen in it.
    if (after.money !== known.money) this.#traded.delete(name);
    this.#steps.push(...paymentSteps(name, payments));
    const { unproven } = payments;
    if (unproven !== 0) {
      this.#unproven += 1;
      this.#steps.push({ account: name, step: 'unproven', amount: unproven });
    }
    return this.#put(after);
  }

  /** What of the caps is told; the others stay. */
  setCaps(name: string, told: Partial<OrderCaps>): Account {
    const known = this.#of(name);
    return this.#put({ ...known, caps: { ...known.caps, ...told } });
  }

  /** Whose money the account holds, as a person says. */
  setKind(name: string, kind: AccountKind): Account {
    return this.#put(setKind(this.#of(name), kind));
  }

  /** Whether DTMS acts in the account, as a person says. */
  setMode(name: string, mode: SetMode): Account {
    return this.#put(setMode(this.#of(name), mode));
  }

  /** How often payments that were told did not count in this term, because the balance never moved by them. */
  get unproven(): number {
    return this.#unproven;
  }

  capsOf(name: string): OrderCaps {
    return this.#accounts.get(name)?.caps ?? NO_CAPS;
  }

  setTradingState(name: string, set: PersonState): Account {
    return this.#put(setTradingState(this.#of(name), set));
  }

  /** A trade of the account was opened, or changed its volume. */
  noteTraded(name: string): void {
    this.#traded.add(name);
  }

  /** Counts a trade that closed; where no snapshot showed its position, the deals of one to come correct it. */
  noteClosed(trade: Trade): void {
    const { spec } = trade;
    this.noteTraded(spec.account);
    this.reconciling.ended(spec.account, spec.ticket);
    const close = closeReportOf(trade, this.#now);
    if (close === null) return;
    const known = this.#of(spec.account);
    const isTold = known.reconciledAt !== null && this.positionOf(spec.account, spec.ticket) === undefined;
    const after = isTold
      ? noteTold(known, spec.ticket, close, this.#rules)
      : noteClosed(known, close, this.#rules);
    if (after !== known) this.#put(after);
  }

  /** Takes that the log was restored at this database time: until then nothing is known of any account's broker. */
  restoredLog(at: number): void {
    this.#restoredAt = at;
  }

  /** Whether the broker's truth is awaited: the log was restored, and no complete snapshot came since. */
  isUnseen(name: string): boolean {
    return (this.#accounts.get(name)?.reconciledAt ?? Number.NEGATIVE_INFINITY) < this.#restoredAt;
  }

  /** A position as the account's snapshots in this term showed it last. */
  positionOf(name: string, identifier: bigint): ShownPosition | undefined {
    return this.shown.of(name, identifier);
  }

  /** Identifiers of every position shown, and not missing from a complete snapshot since. */
  identifiersOf(name: string): bigint[] {
    return this.shown.identifiersOf(name);
  }

  /** The number a bridge gave its last snapshot in this term; 0 before any. */
  sequenceOf(name: string, bridgeId: string): bigint {
    return this.#sequences.get(name)?.get(bridgeId) ?? 0n;
  }

  /** Remembers the number a bridge gave its snapshot; 0 is none. */
  numbered(name: string, bridgeId: string, sequence: bigint): void {
    if (sequence === 0n) return;
    const known = this.#sequences.get(name) ?? new Map<string, bigint>();
    this.#sequences.set(name, known.set(bridgeId, sequence));
  }

  /**
   * Remembers that a snapshot arrived at database time `now`, and what it shows; of an incomplete one nothing is gone.
   *
   * @param found - positions nobody defends.
   * @param missed - identifiers of the trades' positions that it does not show.
   */
  reconciled(
    name: string,
    broker: BrokerIndex,
    now: number,
    found: readonly Undefended[] = [],
    missed: readonly bigint[] = [],
  ): void {
    const { snapshot } = broker;
    const known = noteDeals(this.#of(name), broker, now, this.#rules);
    this.shown.take(name, broker, now, missed);
    const undefended = undefendedAfter(known.undefended, snapshot, found);
    const reconciledAt = snapshot.complete ? now : known.reconciledAt;
    this.#put({ ...known, snapshotAt: now, reconciledAt, undefended });
  }

  /** Whether any changed since the last call of drain. */
  get isChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** The accounts that changed since the last call. */
  drain(): Account[] {
    const changed = [...this.#changed].map((name) => this.#of(name));
    this.#changed.clear();
    return changed;
  }

  /** The rails that close everything of their accounts, each told once. */
  drainFlattenings(): readonly Flattening[] {
    const due = this.#flattenings;
    this.#flattenings = [];
    return due;
  }

  /** What accounts have to record since the last call. */
  drainSteps(): readonly AccountStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** Takes a stored account; it does not count as changed. What its money did meanwhile is taken for a result. */
  restore(account: Account): void {
    this.noteTraded(account.account);
    if (account.mode?.at === 0) this.#isOlder = true;
    if (account.rails.length > 0) this.#limited.add(account.account);
    else this.#limited.delete(account.account);
    this.#set(account);
  }

  /** What it remembers now, after drain and its like. */
  get memory(): AccountsMemory {
    return {
      accounts: [...this.#accounts.values()],
      traded: [...this.#traded],
      limited: [...this.#limited],
      now: this.#now,
      sequences: Array.from(this.#sequences, ([name, bridges]) => [name, [...bridges]] as const),
      ...this.shown.memory,
      restoredAt: this.#restoredAt,
    };
  }

  /** Takes what another remembered, in place of what this one does. */
  recall(memory: AccountsMemory): void {
    for (const each of [this.#traded, this.#limited]) each.clear();
    // What an older program remembered lacks what accounts have had since.
    for (const account of memory.accounts) this.#set({ ...emptyAccount(account.account), ...account });
    for (const name of memory.traded) this.#traded.add(name);
    for (const name of memory.limited) this.#limited.add(name);
    this.shown.recall(memory);
    for (const [name, bridges] of memory.sequences) this.#sequences.set(name, new Map(bridges));
    this.#now = memory.now;
    this.#restoredAt = memory.restoredAt;
  }

  #of(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    if (this.#unknown?.account !== name) this.#unknown = emptyAccount(name);
    return this.#unknown;
  }

  #put(account: Account): Account {
    const known = this.#of(account.account);
    const steps = railSteps(known, account);
    this.#steps.push(...steps);
    for (const { account: name, step, rail } of steps) {
      if (step === 'flattens') this.#flattenings.push({ account: name, rail: rail.rail });
    }
    if (account.rails.length > 0) this.#limited.add(account.account);
    else this.#limited.delete(account.account);
    this.#set(account);
    this.#changed.add(account.account);
    return account;
  }

  #set(account: Account): void {
    const wasReal = this.#accounts.get(account.account)?.kind === 'REAL';
    this.#accounts.set(account.account, account);
    if ((account.kind === 'REAL') !== wasReal) this.#onReal(account.account);
  }
}
