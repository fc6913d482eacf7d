// A request that the rules of its fields in the proto refuse, made from those rules: every method has one by itself.
import type { DescField, DescMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { TimestampSchema } from '@bufbuild/protobuf/wkt';
import type { FieldRules, Operand, RuleName } from '../../src/contract/field-rules.js';
import { CONTRACT } from './grpc.js';

/** Texts of which every pattern of ours refuses one. */
const TEXTS = ['!', 'x\u0000'] as const;

/** No market has a time before 1970. */
const TOO_EARLY = '1969-12-31T23:59:59Z';

/** A value that breaks a rule; undefined where another rule of the same field is to be broken. */
const BREAKING: Readonly<Record<RuleName, (operand: Operand) => JsonValue | undefined>> = {
  'double.gt': Number,
  'double.gte': (operand) => Number(operand) - 1,
  'double.lte': (operand) => Number(operand) + 1,
  'double.finite': () => 'NaN',
  'int32.gte': (operand) => Number(operand) - 1,
  'int32.lte': (operand) => Number(operand) + 1,
  'int64.gt': String,
  'int64.gte': (operand) => String(BigInt(Number(operand)) - 1n),
  'enum.defined_only': () => 77,
  'enum.not_in': () => 0,
  'string.pattern': (operand) => TEXTS.find((text) => !new RegExp(String(operand), 'u').test(text)),
  'string.uuid': () => TEXTS[0],
  // An empty text would leave its place in the path empty.
  'string.min_len': () => undefined,
  'string.max_len': (operand) => 'x'.repeat(Number(operand) + 1),
  'repeated.min_items': () => [],
  'repeated.max_items': () => undefined,
};

/** Each field of the message that has a rule breaks one of them; undefined when no field has any. */
export function badRequest(message: DescMessage): JsonObject | undefined {
  const entries = message.fields.flatMap((field): [string, JsonValue][] => {
    // Of a oneof only one field can be there.
    if (field.oneof !== undefined && field !== field.oneof.fields[0]) return [];
    const value = broken(field);
    return value === undefined ? [] : [[field.jsonName, value]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function broken(field: DescField): JsonValue | undefined {
  const rules = CONTRACT.rules.of(field);
  const value = breaking(rules);
  if (value !== undefined) return value;
  if (field.message?.typeName === TimestampSchema.typeName) return TOO_EARLY;
  const inner = field.message?.typeName.startsWith('dtms.') ? badRequest(field.message) : undefined;
  if (field.fieldKind !== 'list') return inner;
  const item = inner ?? (rules.items === undefined ? undefined : breaking(rules.items));
  return item === undefined ? undefined : [item];
}

function breaking({ rules }: FieldRules): JsonValue | undefined {
  for (const { name, operand } of rules) {
    const value = BREAKING[name](operand);
    if (value !== undefined) return value;
  }
  return undefined;
}
