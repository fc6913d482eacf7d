// Owns checking requests against the rules of the protos: compiled once at the start from the contract,
// applied to ts-proto objects on every call.
import type { DescMessage } from '@bufbuild/protobuf';
import type { Contract } from '../contract/contract.js';
import type { RuleBook } from '../contract/field-rules.js';
import { MAX_VIOLATIONS, type Violation } from '../errors/errors.js';
import { type Check, Compiler } from './compile.js';
import { Shapes, type SizeCheck } from './wire-size.js';

/** What is wrong with a request; empty when nothing is. */
export type RequestCheck = (request: unknown) => readonly Violation[];

/** A list of a request whose items are judged one by one. */
export interface ItemList {
  /** Its name in the proto. */
  readonly name: string;
  /** The items of a request of the method. */
  readonly of: (request: unknown) => readonly unknown[];
  /** What is first found wrong with one, by the names of its own fields; empty when nothing is. */
  readonly check: RequestCheck;
  /** Whether a request is taken when none of its items is left. */
  readonly mayBeEmptied: boolean;
}

const NOTHING: readonly Violation[] = [];

export class Validator {
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #sizes: ReadonlyMap<string, SizeCheck>;
  readonly #lists: ReadonlyMap<string, readonly ItemList[]>;

  /** Throws TypeError when a request type has a rule that would not be enforced. */
  constructor({ methods, rules }: Contract) {
    const compiler = new Compiler(rules);
    const shapes = new Shapes(rules);
    const inputs = [...methods].map(([path, { desc }]) => [path, desc.input] as const);
    this.#checks = new Map(inputs.map(([path, input]) => [path, compiler.message(input)]));
    this.#sizes = new Map(inputs.map(([path, input]) => [path, shapes.check(input)]));
    const judged = inputs.map(([path, input]) => [path, listsOf(input, rules, compiler)] as const);
    this.#lists = new Map(judged);
    const top = new Set(inputs.map(([, { typeName }]) => typeName));
    for (const desc of compiler.compiled()) refuseHidden(desc, rules, top);
  }

  /**
   * How much a method's encoded requests may unfold into, to be asked before they are decoded. Throws
   * TypeError for a method it does not know.
   */
  sizeOf(path: string): SizeCheck {
    const size = this.#sizes.get(path);
    if (size === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return size;
  }

  /** The check of a method's requests, by its full name. Throws TypeError for a method it does not know. */
  forMethod(path: string): RequestCheck {
    const check = this.#checks.get(path);
    if (check === undefined) throw new TypeError(`the descriptor set does not describe ${path}`);
    return violationsBy(check, MAX_VIOLATIONS);
  }

  /** The lists of a method's requests that are judged item by item. */
  listsOf(path: string): readonly ItemList[] {
    return this.#lists.get(path) ?? [];
  }
}

function violationsBy(check: Check, most: number): RequestCheck {
  return (request) => {
    if (check.valid(request)) return NOTHING;
    const found: Violation[] = [];
    check.collect(request, '', found, most);
    return found;
  };
}

function listsOf(input: DescMessage, rules: RuleBook, compiler: Compiler): ItemList[] {
  return input.fields.flatMap((field) => {
    if (field.message === undefined || !rules.of(field).itemByItem) return [];
    const { name, localName } = field;
    const of = (request: unknown) =>
      (request as Readonly<Record<string, readonly unknown[]>>)[localName] ?? [];
    const { mayBeEmptied } = rules.of(field);
    return [{ name, of, check: violationsBy(compiler.message(field.message), 1), mayBeEmptied }];
  });
}

/** Only the handler of a request is asked about its items: no list further in is judged so. */
function refuseHidden(desc: DescMessage, rules: RuleBook, top: ReadonlySet<string>): void {
  const hidden = top.has(desc.typeName) ? undefined : desc.fields.find((field) => rules.of(field).itemByItem);
  if (hidden !== undefined) throw new TypeError(`${hidden} is no list of a request`);
}
