// Owns messages and enums as JSON Schema, by the JSON mapping of protobuf. A message that is both sent and
// received has two schemas: its rules bind what is sent, and a server may add fields to what it answers.
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  ScalarType,
} from '@bufbuild/protobuf';
import type { RuleBook } from '../../src/contract/field-rules.js';
import { commentOf } from './comments.js';
import { INT64, keywordsOf, refusesAbsence } from './rules.js';

export type Schema = Readonly<Record<string, unknown>>;
/** Which side a message is on: its rules bind requests, responses are complete. */
export type Role = 'request' | 'response';

const SCALARS: Readonly<Partial<Record<ScalarType, Schema>>> = {
  [ScalarType.DOUBLE]: { type: 'number', format: 'double' },
  [ScalarType.FLOAT]: { type: 'number', format: 'float' },
  [ScalarType.INT64]: INT64,
  [ScalarType.UINT64]: { type: 'string', format: 'uint64', pattern: '^(0|[1-9][0-9]{0,19})$' },
  [ScalarType.INT32]: { type: 'integer', format: 'int32', minimum: -2147483648, maximum: 2147483647 },
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: { type: 'string', format: 'byte' },
  [ScalarType.UINT32]: { type: 'integer', format: 'uint32', minimum: 0 },
};
// google.protobuf.FeatureSet.FieldPresence
const IMPLICIT = 2;

const WELL_KNOWN: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', format: 'duration', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$' },
  'google.protobuf.Struct': { type: 'object' },
};

export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Collects the schemas that a document's operations refer to. */
export class Schemas {
  readonly #rules: RuleBook;
  readonly #shared: ReadonlySet<string>;
  readonly #components = new Map<string, Schema>();

  /** @param shared - the full names of the messages that are both sent and received. */
  constructor(rules: RuleBook, shared: ReadonlySet<string>) {
    this.#rules = rules;
    this.#shared = shared;
  }

  /** components/schemas, by name. */
  get components(): Schema {
    return Object.fromEntries(this.#components);
  }

  /** The reference to a message's schema. */
  message(desc: DescMessage, role: Role): Schema {
    const name = role === 'request' && this.#shared.has(desc.typeName) ? `${desc.name}Input` : desc.name;
    if (!this.#components.has(name)) {
      this.#components.set(name, {});
      this.#components.set(name, this.object(desc, role));
    }
    return reference(name);
  }

  /** A message's schema, without the fields that a path names. */
  object(desc: DescMessage, role: Role, except: readonly string[] = []): Schema & { required?: string[] } {
    const fields = desc.fields
      .filter(({ name }) => !except.includes(name))
      .map((field) => ({ name: field.jsonName, ...this.field(field, role) }));
    const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
    return {
      type: 'object',
      description: commentOf(desc),
      properties: Object.fromEntries(fields.map(({ name, schema }) => [name, schema])),
      ...(required.length > 0 ? { required } : {}),
      ...(role === 'request' ? { additionalProperties: false } : {}),
      ...Object.assign({}, ...desc.oneofs.map((oneof) => this.#choice(oneof, role))),
    };
  }

  /** A field's schema with its rules and comment, and whether it must be there. */
  field(field: DescField, role: Role): { readonly schema: Schema; readonly isRequired: boolean } {
    const description = commentOf(field);
    const inner = this.#value(field, role);
    // What is answered has every field that has no presence of its own, zero or not.
    if (role === 'response')
      return { schema: { ...shaped(field, inner, {}), description }, isRequired: !hasPresence(field) };
    const rules = this.#rules.of(field);
    const items = rules.items === undefined ? {} : keywordsOf(rules.items);
    const isRequired = hasPresence(field) ? rules.required : refusesAbsence(rules);
    const [zero] = field.fieldKind === 'enum' && isRequired ? field.enum.values : [];
    const refused = zero === undefined ? {} : { not: { const: zero.name } };
    const schema = shaped(
      field,
      field.fieldKind === 'list' ? { ...inner, ...items } : inner,
      keywordsOf(rules),
    );
    return { schema: { ...schema, ...refused, description }, isRequired };
  }

  #value(field: DescField, role: Role): Schema {
    if (field.enum !== undefined) return this.#enum(field.enum);
    if (field.message !== undefined)
      return WELL_KNOWN[field.message.typeName] ?? this.message(field.message, role);
    const schema = SCALARS[field.scalar];
    if (schema === undefined) throw new TypeError(`${field}: scalar ${field.scalar} is not described`);
    return schema;
  }

  #enum(desc: DescEnum): Schema {
    const values = desc.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`);
    this.#components.set(desc.name, {
      type: 'string',
      description: `${commentOf(desc)}\n\n${values.join('\n')}`,
      enum: desc.values.map(({ name }) => name),
    });
    return reference(desc.name);
  }

  /** One of several fields: exactly one where a rule asks for it, or in what a server answers. */
  #choice(oneof: DescOneof, role: Role): Schema {
    const names = oneof.fields.map(({ jsonName }) => jsonName);
    const each = names.map((name) => ({ title: name, required: [name] }));
    const none = { title: 'none', not: { anyOf: names.map((name) => ({ required: [name] })) } };
    return { oneOf: role === 'request' && !this.#rules.requires(oneof) ? [...each, none] : each };
  }
}

/** The schema of a field whose single values have the schema `inner`. */
function shaped({ fieldKind }: DescField, inner: Schema, keywords: object): Schema {
  if (fieldKind === 'list') return { type: 'array', items: inner, ...keywords };
  if (fieldKind === 'map') return { type: 'object', additionalProperties: inner, ...keywords };
  return { ...inner, ...keywords };
}

/** Whether an absent value differs from zero. */
function hasPresence(field: DescField): boolean {
  return field.fieldKind !== 'list' && field.fieldKind !== 'map' && field.presence !== IMPLICIT;
}

/** The full names of the messages within the given ones, themselves included. */
export function reachable(roots: readonly DescMessage[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (desc: DescMessage): void => {
    if (found.has(desc.typeName) || desc.typeName in WELL_KNOWN) return;
    found.add(desc.typeName);
    for (const field of desc.fields) if (field.message !== undefined) visit(field.message);
  };
  roots.forEach(visit);
  return found;
}
