// Owns methods as OpenAPI operations: the route's parameters and body, the answers, who may call.
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { MethodClass, methodClassToJSON, scopeToJSON } from '../../gen/ts/dtms/v1/access.js';
import type { MethodAccess } from '../../src/contract/access.js';
import type { ContractMethod } from '../../src/contract/contract.js';
import type { HttpBinding } from '../../src/contract/http.js';
import { commentOf } from './comments.js';
import { errorResponse } from './errors.js';
import { headerReference } from './parts.js';
import type { Schema, Schemas } from './schemas.js';

const SSE = 'text/event-stream';
const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

/** What a method is shown with. */
export interface Example {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly response?: unknown;
  readonly stream?: Readonly<Record<string, unknown>>;
}

/** A method at one of its routes. */
interface Operation {
  readonly method: ContractMethod;
  readonly access: MethodAccess;
  readonly binding: HttpBinding;
  /** The fields that the path names. */
  readonly variables: readonly DescField[];
  readonly example: Example;
}

/** All paths of the methods. @param examples - by the names of methods */
export function pathsOf(
  methods: Iterable<ContractMethod>,
  schemas: Schemas,
  examples: Readonly<Record<string, Example>>,
): Schema {
  const paths = new Map<string, Record<string, Schema>>();
  for (const method of methods) {
    const { access, bindings, desc } = method;
    if (access === undefined) throw new TypeError(`${desc} does not say who may call it`);
    if (bindings.length === 0) throw new TypeError(`${desc} has no route`);
    for (const [index, binding] of bindings.entries()) {
      const variables: DescField[] = [];
      const path = binding.template.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
        const field = fieldNamed(desc.input, name);
        variables.push(field);
        return `{${field.jsonName}}`;
      });
      const id = `${desc.localName}${index === 0 ? '' : index + 1}`;
      const verbs = paths.get(path) ?? {};
      const verb = binding.http.toLowerCase();
      if (verb in verbs) throw new TypeError(`${verb} ${path} is there twice`);
      const parts = { method, access, binding, variables, example: examples[desc.name] ?? {} };
      verbs[verb] = operation(id, schemas, parts);
      paths.set(path, verbs);
    }
  }
  return Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fieldNamed(desc: DescMessage, name: string): DescField {
  const field = desc.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new TypeError(`${desc.typeName} has no field ${name}`);
  return field;
}

/** What a service is called, such as "Market Data". */
export function tagOf({ desc }: ContractMethod): string {
  return desc.parent.name.replace(/Service$/, '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

function operation(id: string, schemas: Schemas, parts: Operation): Schema {
  const { method, access, binding, example } = parts;
  const { summary, rest } = headed(commentOf(method.desc));
  const scopes = access.scopes.map((scope) => scopeToJSON(scope).replace('SCOPE_', ''));
  const extent = access.everyAccount ? ', of every account' : '';
  const needs = `Needs a key with the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}${extent}.`;
  const parameters = parametersOf(schemas, parts).map((parameter) => {
    const value = example.parameters?.[parameter.name];
    return value === undefined ? parameter : { ...parameter, example: value };
  });
  return {
    operationId: id,
    tags: [tagOf(method)],
    summary,
    description: [rest, needs].filter((text) => text !== '').join('\n\n'),
    security: scopes.flatMap((scope) => [{ bearer: [scope] }, { apiKey: [scope] }]),
    'x-grpc-method': method.path.slice(1),
    'x-method-class': methodClassToJSON(access.methodClass).replace('METHOD_CLASS_', ''),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(binding.hasBody ? { requestBody: requestBody(schemas, parts) } : {}),
    responses: responses(schemas, parts),
  };
}

const MAX_SUMMARY = 60;

/** A comment's first sentence, and the rest. Of a long one only what is before its colon heads a list. */
function headed(comment: string): { readonly summary: string; readonly rest: string } {
  const [first = '', ...rest] = comment.split(/(?<=\.)\s+/);
  const [head = ''] = first.split(/[:;] /);
  if (first.length <= MAX_SUMMARY || head === first)
    return { summary: first.replace(/\.$/, ''), rest: rest.join(' ') };
  return { summary: head, rest: comment };
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: true;
  readonly description?: unknown;
  readonly schema: Schema;
}

function parametersOf(schemas: Schemas, { method, binding, variables }: Operation): readonly Parameter[] {
  const inPath = variables.map((field): Parameter => {
    const { description, ...schema } = schemas.field(field, 'request').schema;
    return { name: field.jsonName, in: 'path', required: true, description, schema };
  });
  const others = method.desc.input.fields.filter((field) => !variables.includes(field));
  const inQuery = binding.hasBody ? [] : others.flatMap((field) => query(schemas, field, ''));
  return [...inPath, ...resuming(method), ...inQuery];
}

/** A field of the request, or of a message in it, as "filter.account". */
function query(schemas: Schemas, field: DescField, prefix: string): readonly Parameter[] {
  const name = `${prefix}${field.jsonName}`;
  if (field.fieldKind === 'message' && !field.message.typeName.startsWith('google.'))
    return field.message.fields.flatMap((inner) => query(schemas, inner, `${name}.`));
  const { schema, isRequired } = schemas.field(field, 'request');
  const { description, ...rest } = schema;
  const required = isRequired && prefix === '' ? ({ required: true } as const) : {};
  return [{ name, in: 'query', description, schema: rest, ...required }];
}

/** What EventSource sends by itself, and what a program without a hand on its headers can send instead. */
function resuming({ desc }: ContractMethod): readonly Parameter[] {
  if (desc.name !== 'WatchTrades') return [];
  const description = 'The id of the last event that was read: go on after it. The same as resumeAfter.';
  const schema = { type: 'string', pattern: '^.+:[0-9]{1,19}$', maxLength: 128 };
  return [
    { name: 'Last-Event-ID', in: 'header', description, schema },
    { name: 'lastEventId', in: 'query', description, schema },
  ];
}

function requestBody(schemas: Schemas, { method, variables, example }: Operation): Schema {
  const { input } = method.desc;
  const inPath = variables.map(({ name }) => name);
  const schema =
    inPath.length === 0 ? schemas.message(input, 'request') : schemas.object(input, 'request', inPath);
  const type = method.kind === 'bidi' ? NDJSON : JSON_TYPE;
  const media = example.body === undefined ? { schema } : { schema, example: example.body };
  return {
    required: inPath.length === 0 || 'required' in schema,
    content: { [type]: media },
    ...(type === NDJSON ? { description: 'One message per line; the schema is that of a line.' } : {}),
  };
}

const STREAM_TYPES = { unary: [], serverStream: [SSE, NDJSON], bidi: [NDJSON] } as const;

function responses(schemas: Schemas, parts: Operation): Schema {
  const { method, example } = parts;
  const schema = schemas.message(method.desc.output, 'response');
  const shown = (type: string, value: unknown) =>
    [type, value === undefined ? { schema } : { schema, example: value }] as const;
  const content =
    method.kind === 'unary'
      ? [shown(JSON_TYPE, example.response)]
      : STREAM_TYPES[method.kind].map((type) => shown(type, example.stream?.[type]));
  const ok = {
    description:
      method.kind === 'unary'
        ? 'OK'
        : "A stream. The schema is that of one message: of an event's `data`, or of a line.",
    headers: { 'X-Correlation-Id': headerReference('X-Correlation-Id') },
    content: Object.fromEntries(content),
  };
  const errors = errorCodes(parts).map((code) => [code, errorResponse(code)]);
  return { 200: ok, ...Object.fromEntries(errors) };
}

/** The HTTP statuses a call can be answered with, other than 200. */
function errorCodes({ method, access, binding, variables }: Operation): readonly number[] {
  const codes = [400, 401, 403, 429, 500, 503, 504];
  const { methodClass } = access;
  if (variables.length > 0 || methodClass === MethodClass.QUERY) codes.push(404);
  if (methodClass === MethodClass.COMMAND || methodClass === MethodClass.REGISTRATION) codes.push(409);
  if (binding.hasBody) codes.push(413, 415);
  else codes.push(431);
  if (method.kind !== 'unary') codes.push(406);
  return codes.sort((a, b) => a - b);
}
