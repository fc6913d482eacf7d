// Owns the JSON Schema of a configuration file, for editors: made of the settings themselves, so that it never says
// anything else than the server.
import { DEFAULT_RULES } from '../domain/rules.js';
import { RULE_VARIABLES } from './rule-variables.js';
import { choicesOf, isNameList, isOpenMap, numberLimits } from './rules.js';
import { SCHEMA, SECRETS } from './schema.js';

type Json = Readonly<Record<string, unknown>>;

/** The schema of a file that DTMS_CONFIG names, draft 2020-12. */
export function configSchema(): Json {
  // What chooses the profile is no setting of a file.
  const { environment: _, ...sections } = SCHEMA;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'DTMS configuration',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...propertiesOf(sections, ''),
      rules: ruleSchema('rules', DEFAULT_RULES),
    },
  };
}

function propertiesOf(section: object, path: string): Json {
  return Object.fromEntries(
    Object.entries(section).map(([name, inner]) => {
      const at = path === '' ? name : `${path}.${name}`;
      if (Object.hasOwn(inner, 'default')) return [name, settingSchema(at, inner)];
      return [name, { type: 'object', additionalProperties: false, properties: propertiesOf(inner, at) }];
    }),
  );
}

function settingSchema(path: string, setting: Json): Json {
  const { format, min, max, doc, env } = setting;
  const secret = SECRETS.includes(path) ? ` A secret: better in a file that ${env}_FILE names.` : '';
  const told = { description: `${doc}. Variable ${env}.${secret}`, default: setting.default };
  if (Array.isArray(format)) return { ...told, enum: format };
  switch (format) {
    case 'whole':
      return { ...told, type: 'integer', minimum: min, maximum: max };
    case 'flag':
      return { ...told, type: 'boolean' };
    case 'text':
      return { ...told, type: 'string', minLength: 1 };
    default:
      return { ...told, type: 'string' };
  }
}

const ACCOUNT = {
  type: 'object',
  additionalProperties: false,
  required: ['marginMode', 'fifo'],
  properties: { marginMode: { enum: ['hedging', 'netting'] }, fifo: { type: 'boolean' } },
};

/** Maps whose entries are no numbers. */
const ENTRIES: Readonly<Record<string, Json>> = {
  'rules.accounts': ACCOUNT,
  'rules.symbols.aliases': { type: 'string', minLength: 1 },
  'rules.symbols.instruments': {
    type: 'object',
    required: ['kind', 'currencies'],
    properties: { kind: { type: 'string' }, currencies: { type: 'array', items: { type: 'string' } } },
  },
};

const VARIABLES = new Map([...RULE_VARIABLES].map(([variable, path]) => [path, variable]));

function ruleSchema(path: string, base: unknown): Json {
  const variable = VARIABLES.get(path);
  const told = { ...(variable && { description: `Variable ${variable}.` }), ...defaultOf(base) };
  const choices = choicesOf(path);
  if (choices !== undefined) return { ...told, enum: choices };
  if (isNameList(path)) return { ...told, type: 'array', items: { type: 'string', minLength: 1 } };
  if (isOpenMap(path))
    return { ...told, type: 'object', additionalProperties: ENTRIES[path] ?? numberLimits(path) };
  if (typeof base === 'boolean') return { ...told, type: 'boolean' };
  if (typeof base === 'number') return { ...told, ...numberLimits(path) };
  if (Array.isArray(base)) {
    const { length } = base;
    return { ...told, type: 'array', items: numberLimits(`${path}[0]`), minItems: length, maxItems: length };
  }
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(Object(base)).map(([name, inner]) => [name, ruleSchema(`${path}.${name}`, inner)]),
    ),
  };
}

function defaultOf(base: unknown): Json {
  return typeof base === 'object' && !Array.isArray(base) ? {} : { default: base };
}
