// Owns how many orders of each account were begun within the last minute of the database's clock. It counts in memory:
// after a failover the count begins anew.

const MINUTE = 60_000;

export class OrderRate {
  /** By account, when each was begun, oldest first. */
  readonly #begun = new Map<string, number[]>();

  /** An order of the account was begun at database time `now`. */
  note(account: string, now: number): void {
    const times = this.#recent(account, now);
    times.push(now);
    this.#begun.set(account, times);
  }

  /** When orders of each account were begun, oldest first. */
  get memory(): readonly (readonly [string, readonly number[]])[] {
    return Array.from(this.#begun, ([account, times]) => [account, [...times]] as const);
  }

  /** Takes what another remembered, in place of what this one does. */
  recall(memory: OrderRate['memory']): void {
    this.#begun.clear();
    for (const [account, times] of memory) this.#begun.set(account, [...times]);
  }

  /** How many were begun within the minute before `now`. */
  within(account: string, now: number): number {
    return this.#recent(account, now).length;
  }

  #recent(account: string, now: number): number[] {
    const times = this.#begun.get(account);
    if (times === undefined) return [];
    const first = times.findIndex((at) => at > now - MINUTE);
    if (first < 0) {
      this.#begun.delete(account);
      return [];
    }
    if (first > 0) times.splice(0, first);
    return times;
  }
}
