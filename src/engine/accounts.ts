// Every account of the engine, and which of them changed since they were last written.
import {
  type Account,
  type AccountTerms,
  accountRulesOf,
  noteClosed as afterClosing,
  emptyAccount,
  type Heartbeat,
  type PersonState,
  reportAccount,
  setTradingState,
} from '../domain/account.js';
import type { BrokerSnapshot } from '../domain/broker.js';
import type { AccountRules } from '../domain/plan-draft.js';
import type { Rules } from '../domain/rules.js';
import { favourable } from '../domain/trade.js';
import type { Trade } from '../domain/types.js';

export class Accounts {
  readonly #rules: Rules;
  readonly #accounts = new Map<string, Account>();
  /** In the order of their first change. */
  readonly #changed = new Set<string>();

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** An account of which something is known; undefined before that. */
  get(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  /** Every account of which something is known. */
  all(): Iterable<Account> {
    return this.#accounts.values();
  }

  /** What planning asks of an account at market time `at`. */
  rulesOf(name: string, at: number): AccountRules {
    return accountRulesOf(this.#of(name), at, this.#rules);
  }

  upsert(name: string, terms: AccountTerms): Account {
    return this.#put({ ...this.#of(name), terms });
  }

  /** Takes a bridge's heartbeat at database time `now`. */
  report(name: string, heartbeat: Heartbeat, now: number): Account {
    return this.#put(reportAccount(this.#of(name), heartbeat, now, this.#rules));
  }

  setTradingState(name: string, set: PersonState): Account {
    return this.#put(setTradingState(this.#of(name), set));
  }

  /** Counts a trade that closed at market time `at`. */
  noteClosed({ spec, closeReason, closePrice }: Trade, at: number): void {
    if (closeReason === null) return;
    const profitable = closePrice !== null && favourable(spec.direction) * (closePrice - spec.entryPrice) > 0;
    const known = this.#of(spec.account);
    const after = afterClosing(known, { reason: closeReason, profitable, at }, this.#rules);
    if (after !== known) this.#put(after);
  }

  /** Remembers that positions were reconciled. */
  reconciled(name: string, { takenAt, complete }: Pick<BrokerSnapshot, 'takenAt' | 'complete'>): Account {
    const known = this.#of(name);
    const reconciledAt = complete ? takenAt : known.reconciledAt;
    if (known.snapshotAt === takenAt && known.reconciledAt === reconciledAt) return known;
    return this.#put({ ...known, snapshotAt: takenAt, reconciledAt });
  }

  /** The accounts that changed since the last call. */
  drain(): Account[] {
    const changed = [...this.#changed].map((name) => this.#of(name));
    this.#changed.clear();
    return changed;
  }

  /** Takes a stored account; it does not count as changed. */
  restore(account: Account): void {
    this.#accounts.set(account.account, account);
  }

  #of(name: string): Account {
    return this.#accounts.get(name) ?? emptyAccount(name);
  }

  #put(account: Account): Account {
    this.#accounts.set(account.account, account);
    this.#changed.add(account.account);
    return account;
  }
}
