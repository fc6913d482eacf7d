// Owns what a command is: a use case that changes something, told in plain domain types. It prepares,
// applies and responds; the runner does these in that order and makes the change durable in between.
import type { Work } from '../engine/batch.js';
import type { Term } from '../engine/term.js';
import type { Cause } from '../observability/cause.js';
import type { Told } from '../store/bodies/journal.js';
import type { DecisionStore } from '../store/store.js';
import type { Audit, TradeKey } from '../store/types.js';

/** Whose command it is; a call's context is one. */
export interface Issuer extends Cause {
  /** The full method name, such as /dtms.v1.TradeService/CloseTrade. */
  readonly method: string;
  readonly principal: { readonly name: string; readonly id: string };
}

/** What an audit is about; by default about no account and no trade. */
type Subject = Partial<Pick<Audit, 'account' | 'ticket'>> & Pick<Audit, 'detail'>;

/** The record of a command. */
export function auditOf(
  { method, principal }: Issuer,
  { account = '', ticket = 0n, detail }: Subject,
): Audit {
  return { actor: principal.name, actorId: principal.id, method, account, ticket, detail };
}

/** What of a term there is in a turn of its engine, live or repeated from the journal. */
export type Deciding = Pick<Term, 'engine' | 'clock' | 'databaseNow' | 'revisionOf' | 'head'>;

/** What applying a command leaves to do. */
export interface Applied<Outcome> {
  /** What it changed beside the engine. */
  readonly work?: Work;
  /**
   * What is left of a command that would keep others waiting: a command of its own, for a turn of its own once this is durable. Its
   * outcome is that of the whole. Absent where nothing is left.
   */
  readonly rest?: (ImmediateCommand<Outcome> & Journalled) | undefined;
  /** Tells the outcome, given the revision the command ended at; called at once, unless there is a rest. */
  respond(revision: number): Outcome;
}

/** A command that needs nothing but what the term has in memory. */
export interface ImmediateCommand<Outcome> {
  readonly prepare?: undefined;
  /** Changes the engine, in one turn of the event loop. */
  apply(term: Deciding): Applied<Outcome>;
}

/** A command that has to look something up first. */
export interface PreparedCommand<Prepared, Outcome> {
  /** Looks up what the change needs, and changes nothing. */
  prepare(term: Term, store: DecisionStore): Promise<Prepared>;
  /** The trades that `apply` may begin because none of them was found to be over; where one ends meanwhile, it is prepared again. */
  mayBegin?(prepared: Prepared): readonly TradeKey[];
  /** Whether what was looked up is not so any more, for another reason; then it is prepared again, too. */
  isOutdated?(term: Term, prepared: Prepared): boolean;
  /** Changes the engine, in one turn of the event loop; others may have changed it since `prepare`. */
  apply(term: Deciding, prepared: Prepared): Applied<Outcome>;
}

export type Command<Prepared, Outcome> = ImmediateCommand<Outcome> | PreparedCommand<Prepared, Outcome>;

/** A command as the journal tells it: by the name and what it was made of it can be made again. */
export interface Journalled {
  readonly told: Told;
}

type Whole = string | number | bigint | boolean | null | undefined | Date | Uint8Array;
/** Deeper is nothing but what is in itself again, such as JSON. */
type Deepest = 6;
/** What a structured clone keeps whole: everything but functions and symbols. */
type Plain<T, Depth extends readonly unknown[] = []> = T extends Whole
  ? T
  : T extends symbol | ((...args: never) => unknown)
    ? never
    : Depth['length'] extends Deepest
      ? T
      : T extends ReadonlySet<infer Item>
        ? ReadonlySet<Plain<Item, [...Depth, 0]>>
        : T extends ReadonlyMap<infer Key, infer Value>
          ? ReadonlyMap<Key, Plain<Value, [...Depth, 0]>>
          : { readonly [Name in keyof T]: Plain<T[Name], [...Depth, 0]> };
/** Of an issuer, where there is one, little is told. */
type PlainArgs<Args> = {
  readonly [Place in keyof Args]: Args[Place] extends Issuer | null ? Args[Place] : Plain<Args[Place]>;
};

/**
 * Makes the commands of a name, so that the journal can tell them. What they are made of is plain data, and nobody changes
 * it any more: it is encoded later, with the transaction.
 */
export function journalled<Args extends readonly unknown[], Made extends object>(
  name: Args extends PlainArgs<Args> ? string : never,
  make: (...args: Args) => Made,
): (...args: Args) => Made & Journalled {
  return (...args) => ({ ...make(...args), told: { name, args: args.map(asTold) } });
}

/** Of an issuer, what a command looks at; a call's context holds more. */
function asTold(arg: unknown): unknown {
  if (!isIssuer(arg)) return arg;
  const { method, principal } = arg;
  const { name, id } = principal;
  const feeds = 'writer' in arg && 'right' in arg ? { writer: arg.writer, right: arg.right } : {};
  return { method, principal: { name, id }, ...feeds };
}

function isIssuer(arg: unknown): arg is Issuer {
  return typeof arg === 'object' && arg !== null && 'principal' in arg && 'method' in arg;
}
