// Owns reading the buf.validate annotation of a field into what the compiler needs, refusing whatever
// the validator does not enforce.
import {
  type DescEnum,
  type DescExtension,
  type DescField,
  getOption,
  hasOption,
  type Message,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { RULES, type Rule } from './rules.js';

/** The rules of one value. */
export interface Annotation {
  readonly required: boolean;
  /** True when a zero value is exempt from the other rules. */
  readonly zeroExempt: boolean;
  readonly rules: readonly Rule[];
  /** The rules of each element of a list. */
  readonly items: Annotation | null;
  /** How many elements a list may have; null without a bound. */
  readonly maxItems: number | null;
}

const NONE: Annotation = { required: false, zeroExempt: false, rules: [], items: null, maxItems: null };

/** buf.validate.Ignore.IGNORE_IF_ZERO_VALUE. */
const IGNORE_IF_ZERO_VALUE = 1;

/** Throws TypeError naming the field and the rule when a rule is not one the validator enforces. */
export function annotationOf(field: DescField, extension: DescExtension): Annotation {
  if (!hasOption(field, extension)) return NONE;
  const where = `${field.parent.typeName}.${field.name}`;
  const option = getOption(field, extension);
  if (!isMessage(option) || extension.message === undefined) {
    throw new TypeError(`${where}: its buf.validate annotation is not a message`);
  }
  return read(reflect(extension.message, option), where, enumNumbers(field.enum));
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

function enumNumbers(desc: DescEnum | undefined): ReadonlySet<number> {
  return new Set(desc?.values.map(({ number }) => number));
}

function read(annotation: ReflectMessage, where: string, numbers: ReadonlySet<number>): Annotation {
  refuseUnknown(annotation, where);
  let { required, zeroExempt, items, maxItems }: Annotation = NONE;
  const rules: Rule[] = [];
  for (const field of annotation.fields.filter((candidate) => annotation.isSet(candidate))) {
    const value: unknown = annotation.get(field);
    if (field.name === 'required') {
      required = value === true;
    } else if (field.name === 'ignore' && value === IGNORE_IF_ZERO_VALUE) {
      zeroExempt = true;
    } else if (field.fieldKind === 'message' && field.oneof?.name === 'type') {
      const typed = annotation.get(field);
      refuseUnknown(typed, where);
      for (const rule of typed.fields.filter((candidate) => typed.isSet(candidate))) {
        const name = `${field.name}.${rule.name}`;
        if (name === 'repeated.items' && rule.fieldKind === 'message') {
          items = read(typed.get(rule), `${where}[]`, numbers);
        } else {
          if (name === 'repeated.max_items') maxItems = Number(typed.get(rule));
          rules.push(ready(name, typed.get(rule), where, numbers));
        }
      }
    } else {
      throw new TypeError(`${where}: the validator does not enforce ${field.name}`);
    }
  }
  return { required, zeroExempt, rules, items, maxItems };
}

function ready(name: string, operand: unknown, where: string, numbers: ReadonlySet<number>): Rule {
  const maker = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (maker === undefined) throw new TypeError(`${where}: the validator does not enforce ${name}`);
  return maker(operand, numbers);
}

/** Predefined rules are extensions of the rule messages; here they would arrive as unknown fields. */
function refuseUnknown(message: ReflectMessage, where: string): void {
  const unknown = message.getUnknown();
  if (unknown !== undefined && unknown.length > 0) {
    throw new TypeError(`${where}: the validator does not enforce rule ${unknown[0]?.no}`);
  }
}
