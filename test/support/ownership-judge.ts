// The oracle of a race for one stop: what the log of a BUY says happened, and what the managers were
// answered, judged by the rules of a modification lease and by nothing else.
import { type OwnershipChanged, OwnershipStep } from '../../gen/ts/dtms/v1/event.js';
import type { TradeEvent } from '../../src/client/index.js';

/** What a manager was answered to a commit. */
export interface CommitAnswer {
  readonly manager: string;
  readonly token: bigint;
  readonly value: number;
  readonly answer: 'accepted' | 'refused' | 'unknown';
}

interface Held {
  readonly manager: string;
  readonly token: bigint;
  value: number | null;
}

/** @returns every rule that was broken; `events` are those of one trade in their order, all of them. */
export function judge(events: readonly TradeEvent[], answers: readonly CommitAnswer[]): string[] {
  const log = new LogJudge();
  for (const event of events) log.take(event);
  const faults = [...log.faults];
  for (const { manager, token, value, answer } of answers) {
    const committed = log.committed.get(token);
    const same = committed?.manager === manager && committed.value === value;
    if (answer === 'accepted' && !same)
      faults.push(`${manager} was told ${token} is committed, the log is not`);
    const alsoAccepted = answers.some((other) => other.token === token && other.answer !== 'refused');
    if (answer === 'refused' && committed !== undefined && !alsoAccepted) {
      faults.push(`${manager} was refused ${token}, and the log has its commit`);
    }
  }
  const known = new Set(answers.filter(({ answer }) => answer !== 'refused').map(({ token }) => token));
  for (const token of log.committed.keys()) {
    if (!known.has(token)) faults.push(`the log has a commit of ${token} that nobody was answered`);
  }
  return faults;
}

class LogJudge {
  readonly faults: string[] = [];
  readonly committed = new Map<bigint, { manager: string; value: number }>();
  #version = 0n;
  #lastToken = 0n;
  #held: Held | null = null;
  #stop = Number.NEGATIVE_INFINITY;
  /** What was released just now and is to be taken over. */
  #released: Held | null = null;

  take({ tradeVersion, change }: TradeEvent): void {
    if (tradeVersion !== this.#version + 1n) this.#fault(tradeVersion, 'is not the next version');
    this.#version = tradeVersion;
    const released = this.#released;
    this.#released = null;
    switch (change?.$case) {
      case 'registered':
        this.#stop = change.value.spec?.stopLoss ?? this.#stop;
        break;
      case 'ownershipChanged':
        this.#step(tradeVersion, change.value);
        break;
      case 'updated': {
        const stop = change.value.position?.stopLoss ?? Number.NEGATIVE_INFINITY;
        if (stop < this.#stop) this.#fault(tradeVersion, `loosens the stop from ${this.#stop} to ${stop}`);
        if (released?.value !== stop || released.manager !== change.value.manager) {
          this.#fault(tradeVersion, `sets ${stop} and no release says so`);
        }
        this.#stop = stop;
        break;
      }
      default:
        this.#fault(tradeVersion, `is a ${change?.$case}`);
    }
  }

  #step(version: bigint, { step, manager, token, value }: OwnershipChanged): void {
    const held = this.#held;
    if (step === OwnershipStep.GRANTED) {
      if (token !== version || token <= this.#lastToken) this.#fault(version, `has the token ${token}`);
      if (held !== null && held.value !== null)
        this.#fault(version, `takes a committed lease of ${held.manager}`);
      this.#lastToken = token;
      this.#held = { manager, token, value: null };
      return;
    }
    if (held === null || held.token !== token || held.manager !== manager) {
      this.#fault(version, `${OwnershipStep[step]} by ${manager} of ${token}, which it does not hold`);
      return;
    }
    if (step === OwnershipStep.COMMITTED) {
      if (held.value !== null) this.#fault(version, `is a second commit of ${token}`);
      if (value === undefined || value < this.#stop)
        this.#fault(version, `commits ${value} behind ${this.#stop}`);
      held.value = value ?? null;
      this.committed.set(token, { manager, value: value ?? Number.NaN });
      return;
    }
    this.#held = null;
    if (step === OwnershipStep.RELEASED) this.#released = held;
  }

  #fault(version: bigint, what: string): void {
    this.faults.push(`version ${version} ${what}`);
  }
}
