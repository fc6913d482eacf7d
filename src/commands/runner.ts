// Owns running commands: each is prepared, applied to the engine in one turn, and answered when it is
// durable.
import type { Authority } from '../engine/authority.js';
import type { Term } from '../engine/term.js';
import { overloaded } from '../errors/errors.js';
import type { WorkTracing } from '../observability/tracing.js';
import type { Told } from '../store/bodies/journal.js';
import type { DecisionStore } from '../store/store.js';
import type { StoredAnswer } from '../store/types.js';
import { Answers, type Remembered, type RequestIdentity } from './answers.js';
import type { Applied, Command, Issuer, Journalled, PreparedCommand } from './command.js';

/** What changes each time it was looked up is beyond any use. */
const MOST_LOOKS = 10;

/** Keeps an outcome for the repeats of its request. */
type Remember<Outcome> = (outcome: Outcome) => StoredAnswer;

export class CommandRunner {
  /** What commands look up. */
  readonly store: DecisionStore;
  readonly #authority: Authority;
  readonly #answers: Answers;
  readonly #tracing: WorkTracing | undefined;

  /** @param tracing - spans of changes; without it there are none. */
  constructor(authority: Authority, store: DecisionStore, tracing?: WorkTracing) {
    this.store = store;
    this.#authority = authority;
    this.#answers = new Answers((ids) => store.findAnswers(ids));
    this.#tracing = tracing;
  }

  /** Performs a command that may be repeated without harm, or whose caller accepts that it happens twice. */
  run<Prepared, Outcome>(command: Command<Prepared, Outcome> & Journalled, issuer: Issuer): Promise<Outcome> {
    return this.#perform(this.#authority.admit(), command, issuer);
  }

  /**
   * Performs a command unless its request was answered before.
   *
   * @param encode - what a repeat is to be answered with; called at once when the command was applied.
   */
  once<Prepared, Outcome>(
    command: Command<Prepared, Outcome> & Journalled,
    issuer: Issuer,
    identity: RequestIdentity,
    encode: (outcome: Outcome) => Uint8Array,
  ): Promise<Outcome | Remembered> {
    const term = this.#authority.admit();
    const remember = (outcome: Outcome) => ({ ...identity, response: encode(outcome) });
    return this.#answers.once(identity, () => this.#perform(term, command, issuer, remember));
  }

  /** Changes the engine, inside a span of its call where there are traces. */
  traced<T>(issuer: Issuer, change: () => T): T {
    return this.#tracing === undefined ? change() : this.#tracing.apply(issuer, change);
  }

  /** Waits for what a call changed to be durable; the same. */
  untilDurable(issuer: Issuer, durable: Promise<void>): Promise<void> {
    return this.#tracing === undefined ? durable : this.#tracing.wait(issuer, durable);
  }

  /** Throws OVERLOADED when too much waits to become durable, and what Authority.requireTerm does. */
  admit(): Term {
    return this.#authority.admit();
  }

  async #perform<Prepared, Outcome>(
    term: Term,
    command: Command<Prepared, Outcome> & Journalled,
    issuer: Issuer,
    remember?: Remember<Outcome>,
  ): Promise<Outcome> {
    let applied: Applied<Outcome>;
    const { told } = command;
    if (command.prepare === undefined) {
      if (term.over !== null) throw term.over;
      applied = this.#apply(term, told, issuer, () => command.apply(term));
    } else {
      let prepared = await command.prepare(term, this.store);
      // Nothing is awaited between this and the change.
      for (let looks = 1; isOutdated(command, prepared, term); looks += 1) {
        if (looks === MOST_LOOKS || term.over !== null) throw term.over ?? changesTooOften();
        prepared = await command.prepare(term, this.store);
      }
      if (term.over !== null) throw term.over;
      const all = prepared === undefined ? told : { ...told, prepared };
      applied = this.#apply(term, all, issuer, () => command.apply(term, prepared));
    }
    const actor = issuer.principal.name;
    for (let { rest } = applied; rest !== undefined; { rest } = applied) {
      const { durable } = term.record({ ...applied.work, actor, cause: issuer });
      await this.untilDurable(issuer, durable);
      // Whether this server still leads may be in doubt: what was begun would be left open.
      if (term.ended !== null) throw term.ended;
      const command = rest;
      applied = this.#apply(term, command.told, issuer, () => command.apply(term));
    }
    let outcome: Outcome | undefined;
    const answer =
      remember &&
      ((revision: number) => {
        outcome = applied.respond(revision);
        return remember(outcome);
      });
    const { revision, durable } = term.record({ ...applied.work, actor, cause: issuer }, answer);
    outcome ??= applied.respond(revision);
    await this.untilDurable(issuer, durable);
    return outcome;
  }

  #apply<Outcome>(term: Term, told: Told, issuer: Issuer, apply: () => Applied<Outcome>): Applied<Outcome> {
    return this.traced(issuer, () => term.take(told, issuer.principal.name, apply));
  }
}

function isOutdated<Prepared, Outcome>(
  command: PreparedCommand<Prepared, Outcome>,
  prepared: Prepared,
  term: Term,
): boolean {
  const isEnding = command.mayBegin?.(prepared).some((key) => term.isEnding(key)) ?? false;
  return isEnding || (command.isOutdated?.(term, prepared) ?? false);
}

function changesTooOften(): Error {
  return overloaded('what it is about changed again and again as it was looked up', {}, 100);
}
