// Owns what accounts as they are were found to ask for at a moment: a bar asks it of every trade.
import { type Account, accountRulesOf } from '../domain/account/account.js';
import type { AccountRules } from '../domain/account/account-rules.js';
import type { FlagDecision } from '../domain/flags/flag.js';
import type { Rules } from '../domain/rules.js';

export class KnownRules {
  readonly #rules: Rules;
  /** Accounts never change: another state of one is another account. */
  readonly #known = new WeakMap<
    Account,
    { readonly at: number; readonly flag: FlagDecision | null; readonly rules: AccountRules }
  >();

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** @param flag - by which DTMS only observes the account */
  of(account: Account, at: number, flag: FlagDecision | null): AccountRules {
    const known = this.#known.get(account);
    if (known !== undefined && known.at === at && known.flag === flag) return known.rules;
    const rules = accountRulesOf(account, at, this.#rules, flag);
    this.#known.set(account, { at, flag, rules });
    return rules;
  }
}
