// Owns messages and enums as JSON Schema, by the JSON mapping of protobuf. A message that is both sent and
// received has two schemas: its rules bind what is sent, and a server may add fields to what it answers.
import { INT64, readRules } from './openapi-rules.mjs';

// google.protobuf.FieldDescriptorProto.Type
const SCALARS = {
  1: { type: 'number', format: 'double' },
  2: { type: 'number', format: 'float' },
  3: INT64,
  4: { type: 'string', format: 'uint64', pattern: '^(0|[1-9][0-9]{0,19})$' },
  5: { type: 'integer', format: 'int32' },
  8: { type: 'boolean' },
  9: { type: 'string' },
  12: { type: 'string', format: 'byte' },
  13: { type: 'integer', format: 'uint32', minimum: 0 },
};
// google.protobuf.FeatureSet.FieldPresence
const IMPLICIT = 2;
const BOUNDS_32 = { minimum: -2147483648, maximum: 2147483647 };

const WELL_KNOWN = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', format: 'duration', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$' },
  'google.protobuf.Struct': { type: 'object' },
};

/** Collects the schemas that a document's operations refer to. */
export class Schemas {
  #protos;
  #shared;
  #components = new Map();

  /** `shared` are the messages that are both sent and received. */
  constructor(protos, shared) {
    this.#protos = protos;
    this.#shared = shared;
  }

  /** components/schemas, by name. */
  get components() {
    return Object.fromEntries(this.#components);
  }

  /** The reference to a message's schema; `role` is request or response. */
  message(desc, role) {
    const name = role === 'request' && this.#shared.has(desc.typeName) ? `${desc.name}Input` : desc.name;
    if (!this.#components.has(name)) {
      this.#components.set(name, {});
      this.#components.set(name, this.object(desc, role));
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** A message's schema, without the fields that a path names. */
  object(desc, role, except = []) {
    const properties = {};
    const required = [];
    for (const field of desc.fields.filter(({ name }) => !except.includes(name))) {
      const { schema, isRequired } = this.field(field, role);
      properties[field.jsonName] = schema;
      if (isRequired) required.push(field.jsonName);
    }
    const schema = { type: 'object', description: this.#protos.commentOf(desc), properties };
    if (required.length > 0) schema.required = required;
    if (role === 'request') schema.additionalProperties = false;
    const choices = desc.oneofs.map((oneof) => this.#choice(oneof, role));
    return Object.assign(schema, ...choices);
  }

  /** A field's schema with its rules and comment, and whether it must be there. */
  field(field, role) {
    const description = this.#protos.commentOf(field);
    const inner = this.#value(field, role);
    const rules = role === 'request' ? this.#protos.rulesOf(field) : undefined;
    const presence = hasPresence(field);
    const facts = { field: `${field.parent.name}.${field.name}`, scalar: field.scalar, presence };
    const { keywords, items, required } = readRules(rules, facts);
    const refused =
      required && field.fieldKind === 'enum' ? { not: { const: field.enum.values[0].name } } : {};
    const shapes = {
      list: { type: 'array', items: { ...inner, ...items }, ...keywords },
      map: { type: 'object', additionalProperties: inner, ...keywords },
    };
    const schema = shapes[field.fieldKind] ?? { ...inner, ...keywords, ...refused };
    // What is answered has every field that has no presence of its own, zero or not.
    return {
      schema: { ...schema, description },
      isRequired: role === 'request' ? required : !presence,
    };
  }

  #value(field, role) {
    const kind = { list: field.listKind, map: field.mapKind }[field.fieldKind] ?? field.fieldKind;
    if (kind === 'scalar') return scalar(field);
    if (kind === 'enum') return this.#enum(field.enum);
    const known = WELL_KNOWN[field.message.typeName];
    return known === undefined ? this.message(field.message, role) : { ...known };
  }

  #enum(desc) {
    const values = desc.values.map((value) => `- \`${value.name}\`: ${this.#protos.commentOf(value)}`);
    this.#components.set(desc.name, {
      type: 'string',
      description: `${this.#protos.commentOf(desc)}\n\n${values.join('\n')}`,
      enum: desc.values.map(({ name }) => name),
    });
    return { $ref: `#/components/schemas/${desc.name}` };
  }

  /** One of several fields: exactly one where a rule asks for it, or in what a server answers. */
  #choice(oneof, role) {
    const rules = this.#protos.oneofRulesOf(oneof);
    const names = oneof.fields.map(({ jsonName }) => jsonName);
    const each = names.map((name) => ({ title: name, required: [name] }));
    const none = { title: 'none', not: { anyOf: names.map((name) => ({ required: [name] })) } };
    return { oneOf: role === 'request' && rules?.required !== true ? [...each, none] : each };
  }
}

/** Whether an absent value differs from zero. */
function hasPresence(field) {
  return field.fieldKind !== 'list' && field.fieldKind !== 'map' && field.presence !== IMPLICIT;
}

function scalar(field) {
  const schema = SCALARS[field.scalar];
  if (schema === undefined) throw new TypeError(`${field.name}: scalar ${field.scalar} is not described`);
  return field.scalar === 5 ? { ...schema, ...BOUNDS_32 } : { ...schema };
}

/** The full names of the messages within the given ones, themselves included. */
export function reachable(roots) {
  const found = new Set();
  const visit = (desc) => {
    if (found.has(desc.typeName) || desc.typeName in WELL_KNOWN) return;
    found.add(desc.typeName);
    for (const field of desc.fields) if (field.message !== undefined) visit(field.message);
  };
  for (const root of roots) visit(root);
  return found;
}
