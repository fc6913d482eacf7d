// Owns the options of buf.validate, and dtms.v1.list: the rules of fields as names with operands, the same for whoever enforces them and
// for whoever describes them. A rule that is not named here stops the start: nobody adds one that is not enforced.
import type { DescExtension, DescField, DescMessage, DescOneof, Registry } from '@bufbuild/protobuf';
import { isReflectList, isReflectMessage, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { extensionNamed, optionOf, setFields } from './options.js';

/** The rules our protos may use, by their paths in buf.validate.FieldRules. */
export const RULE_NAMES = [
  'double.gt',
  'double.gte',
  'double.lte',
  'double.finite',
  'int32.gte',
  'int32.lte',
  'int64.gt',
  'int64.gte',
  'enum.defined_only',
  'enum.not_in',
  'string.pattern',
  'string.uuid',
  'string.min_len',
  'string.max_len',
  'repeated.min_items',
  'repeated.max_items',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** Never false: a rule that is switched off would say nothing. */
export type Operand = number | bigint | string | true | readonly number[];

export interface GivenRule {
  readonly name: RuleName;
  readonly operand: Operand;
}

/** Two fields of a message, by their names in the proto, of which the first must not be after the second where both are set. */
export interface FieldOrder {
  readonly first: DescField;
  readonly second: DescField;
}

/** The rules of one value. */
export interface FieldRules {
  readonly required: boolean;
  /** True when a zero value is exempt from the other rules. */
  readonly zeroExempt: boolean;
  readonly rules: readonly GivenRule[];
  /** The rules of each element of a list. */
  readonly items: FieldRules | undefined;
  /** Whether what is wrong with an item of the list refuses that item alone. */
  readonly itemByItem: boolean;
  /** Whether a request is taken when none of these items is left. */
  readonly mayBeEmptied: boolean;
}

const NONE: FieldRules = {
  required: false,
  zeroExempt: false,
  rules: [],
  items: undefined,
  itemByItem: false,
  mayBeEmptied: false,
};

/** buf.validate.Ignore.IGNORE_IF_ZERO_VALUE. */
const IGNORE_IF_ZERO_VALUE = 1;

/** The rules of all fields, each read once. Its methods throw TypeError on a rule that would not be enforced. */
export class RuleBook {
  readonly #onField: DescExtension;
  readonly #onOneof: DescExtension;
  readonly #onMessage: DescExtension;
  readonly #onList: DescExtension;
  readonly #known = new Map<DescField, FieldRules>();

  /** @throws TypeError when the registry lacks buf.validate or dtms.v1.list. */
  constructor(registry: Registry) {
    this.#onField = extensionNamed(registry, 'buf.validate.field');
    this.#onOneof = extensionNamed(registry, 'buf.validate.oneof');
    this.#onMessage = extensionNamed(registry, 'buf.validate.message');
    this.#onList = extensionNamed(registry, 'dtms.v1.list');
  }

  of(field: DescField): FieldRules {
    const known = this.#known.get(field);
    if (known !== undefined) return known;
    const option = optionOf(field, this.#onField);
    const own = option === undefined ? NONE : read(option, `${field.parent.typeName}.${field.name}`);
    const rules = { ...own, ...this.#listRules(field) };
    this.#known.set(field, rules);
    return rules;
  }

  /** How many items a list may have; undefined where its rules set no bound. */
  mostItems(field: DescField): number | undefined {
    const bound = this.of(field).rules.find(({ name }) => name === 'repeated.max_items');
    return bound === undefined ? undefined : Number(bound.operand);
  }

  #listRules(field: DescField): Partial<Pick<FieldRules, 'itemByItem' | 'mayBeEmptied'>> {
    const option = optionOf(field, this.#onList);
    if (option === undefined) return {};
    if (field.fieldKind !== 'list' || field.message === undefined)
      throw new TypeError(`${field.parent.typeName}.${field.name}: only lists of messages are judged so`);
    const isSet = (wanted: string) =>
      setFields(option).some(([{ name }, value]) => name === wanted && value === true);
    return { itemByItem: isSet('item_by_item'), mayBeEmptied: isSet('may_be_emptied') };
  }

  /** Whether exactly one field of a oneof must be set. */
  requires(oneof: DescOneof): boolean {
    const option = optionOf(oneof, this.#onOneof);
    return (
      option !== undefined && setFields(option).some(([{ name }, value]) => name === 'required' && value)
    );
  }

  /** The rules of a whole message: which field must not be after, or above, which other one. */
  ordersOf(message: DescMessage): readonly FieldOrder[] {
    const option = optionOf(message, this.#onMessage);
    if (option === undefined) return [];
    refuseUnknown(option, message.typeName);
    return setFields(option).flatMap(([{ name }, value]) => {
      if (name !== 'cel' || !isReflectList(value)) throw unenforced(message.typeName, name);
      return Array.from(value, (rule) => orderOf(rule, message));
    });
  }
}

/** The one expression that whole messages may use. */
const IN_ORDER = /^!has\(this\.(\w+)\) \|\| !has\(this\.(\w+)\) \|\| this\.\1 <= this\.\2$/;

function orderOf(rule: unknown, message: DescMessage): FieldOrder {
  const told = isReflectMessage(rule) ? setFields(rule).find(([{ name }]) => name === 'expression')?.[1] : '';
  const names = IN_ORDER.exec(String(told))?.slice(1) ?? [];
  const [first, second] = names.map((name) => message.fields.find((field) => field.name === name));
  if (first === undefined || second === undefined)
    throw unenforced(message.typeName, `the expression ${told}`);
  return { first, second };
}

function read(option: ReflectMessage, where: string): FieldRules {
  refuseUnknown(option, where);
  let { required, zeroExempt, items } = NONE;
  const rules: GivenRule[] = [];
  for (const [field, value] of setFields(option)) {
    if (field.name === 'required') {
      required = value === true;
    } else if (field.name === 'ignore' && value === IGNORE_IF_ZERO_VALUE) {
      zeroExempt = true;
    } else if (field.oneof?.name === 'type' && isReflectMessage(value)) {
      refuseUnknown(value, where);
      for (const [{ name }, operand] of setFields(value)) {
        if (name === 'items' && isReflectMessage(operand)) items = read(operand, `${where}[]`);
        else rules.push(ruleOf(`${field.name}.${name}`, operand, where));
      }
    } else {
      throw unenforced(where, field.name);
    }
  }
  return { ...NONE, required, zeroExempt, rules, items };
}

function ruleOf(text: string, operand: unknown, where: string): GivenRule {
  const name = RULE_NAMES.find((each) => each === text);
  if (name === undefined) throw unenforced(where, text);
  if (
    typeof operand === 'number' ||
    typeof operand === 'bigint' ||
    typeof operand === 'string' ||
    operand === true
  )
    return { name, operand };
  if (isReflectList(operand)) return { name, operand: Array.from(operand, Number) };
  throw new TypeError(`${where}: ${name} says nothing as ${operand}`);
}

/** Predefined rules are extensions of the rule messages; here they would arrive as unknown fields. */
function refuseUnknown(message: ReflectMessage, where: string): void {
  const [unknown] = message.getUnknown() ?? [];
  if (unknown !== undefined) throw unenforced(where, `rule ${unknown.no}`);
}

function unenforced(where: string, what: string): TypeError {
  return new TypeError(`${where}: ${what} would not be enforced`);
}
