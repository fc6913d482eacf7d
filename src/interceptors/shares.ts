// Owns what the keys of one account may have under way together: however many keys an account has, others' work goes on.
import type { Principal } from '../access/principal.js';

type Limited = Pick<Principal, 'accounts'>;

const NONE: ReadonlySet<string> = new Set();

export class Shares {
  readonly #most: () => number;
  readonly #taken = new Map<string, number>();

  /** @param most - of one account at a time, as it is set now. */
  constructor(most: () => number) {
    this.#most = most;
  }

  /** An account of the caller's that has its share already; undefined when none has. Keys for every account have none. */
  full({ accounts }: Limited): string | undefined {
    for (const account of accounts ?? NONE)
      if ((this.#taken.get(account) ?? 0) >= this.#most()) return account;
    return undefined;
  }

  enter({ accounts }: Limited): void {
    for (const account of accounts ?? NONE) this.#taken.set(account, (this.#taken.get(account) ?? 0) + 1);
  }

  leave({ accounts }: Limited): void {
    for (const account of accounts ?? NONE) {
      const left = (this.#taken.get(account) ?? 1) - 1;
      if (left === 0) this.#taken.delete(account);
      else this.#taken.set(account, left);
    }
  }
}
