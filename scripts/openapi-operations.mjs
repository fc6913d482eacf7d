// Owns methods as OpenAPI operations: the route's parameters and body, the answers, who may call.
import { errorResponse } from './openapi-errors.mjs';

const SSE = 'text/event-stream';
const NDJSON = 'application/x-ndjson';

/** All paths of all services, and the tags that group them. `examples` are by method name. */
export function operationsOf(protos, schemas, examples) {
  const paths = {};
  const tags = [];
  const ids = new Set();
  for (const service of protos.services) {
    const tag = words(service.name.replace(/Service$/, ''));
    tags.push({ name: tag, description: service.comment });
    for (const method of service.methods) {
      for (const [index, route] of method.routes.entries()) {
        const id = `${method.name[0].toLowerCase()}${method.name.slice(1)}${index === 0 ? '' : index + 1}`;
        const path = paths[pathOf(method, route)] ?? {};
        if (ids.has(id) || route.verb in path) throw new TypeError(`${id} or its route is there twice`);
        ids.add(id);
        paths[pathOf(method, route)] = path;
        path[route.verb] = operation(schemas, {
          id,
          tag,
          method,
          route,
          example: examples[method.name],
        });
      }
    }
  }
  const sorted = Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1));
  return { paths: Object.fromEntries(sorted), tags };
}

/** The route with the JSON names of its variables. */
function pathOf({ input }, { template }) {
  return template.replaceAll(/\{([^}]*)\}/g, (_, name) => `{${fieldNamed(input, name).jsonName}}`);
}

function fieldNamed(desc, name) {
  const field = desc.fields.find((candidate) => candidate.name === name);
  if (field === undefined) throw new TypeError(`${desc.typeName} has no field ${name}`);
  return field;
}

function operation(schemas, { id, tag, method, route, example }) {
  const { summary, rest } = headed(method.comment);
  const { scopes, methodClass } = method.access;
  const access = `Needs a key with the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`;
  const described = {
    operationId: id,
    tags: [tag],
    summary,
    description: [rest, access].filter((text) => text !== '').join('\n\n'),
    security: scopes.flatMap((scope) => [{ bearer: [scope] }, { apiKey: [scope] }]),
    'x-grpc-method': method.path,
    'x-method-class': methodClass,
  };
  const parameters = [...pathParameters(schemas, method, route), ...resuming(method)];
  if (!route.hasBody) parameters.push(...queryParameters(schemas, method, route));
  for (const parameter of parameters) {
    const value = example?.parameters?.[parameter.name];
    if (value !== undefined) parameter.example = value;
  }
  if (parameters.length > 0) described.parameters = parameters;
  if (route.hasBody) described.requestBody = requestBody(schemas, method, route, example);
  described.responses = responses(schemas, method, route, example);
  return described;
}

const MAX_SUMMARY = 60;

/** A comment's first sentence, and the rest. Of a long one only what is before its colon heads a list. */
function headed(comment) {
  const [first, ...rest] = comment.split(/(?<=\.)\s+/);
  const [head] = first.split(/[:;] /);
  if (first.length <= MAX_SUMMARY || head === first)
    return { summary: first.replace(/\.$/, ''), rest: rest.join(' ') };
  return { summary: head, rest: comment };
}

function pathParameters(schemas, { input }, { variables }) {
  return variables.map((name) => {
    const field = fieldNamed(input, name);
    const { description, ...schema } = schemas.field(field, 'request').schema;
    return { name: field.jsonName, in: 'path', required: true, description, schema };
  });
}

function queryParameters(schemas, { input }, { variables }) {
  return input.fields
    .filter(({ name }) => !variables.includes(name))
    .flatMap((field) => query(schemas, field, ''));
}

/** A field of the request, or of a message in it, as "filter.account". */
function query(schemas, field, prefix) {
  const name = `${prefix}${field.jsonName}`;
  const isNested = field.fieldKind === 'message' && !field.message.typeName.startsWith('google.');
  if (isNested) return field.message.fields.flatMap((inner) => query(schemas, inner, `${name}.`));
  const { schema, isRequired } = schemas.field(field, 'request');
  const { description, ...rest } = schema;
  const parameter = { name, in: 'query', description, schema: rest };
  if (isRequired && prefix === '') parameter.required = true;
  return [parameter];
}

/** What EventSource sends by itself, and what a program without a hand on its headers can send instead. */
function resuming(method) {
  if (method.name !== 'WatchTrades') return [];
  const description = 'The id of the last event that was read: go on after it. The same as resumeAfter.';
  const schema = { type: 'string', pattern: '^.+:[0-9]{1,19}$', maxLength: 128 };
  return [
    { name: 'Last-Event-ID', in: 'header', description, schema },
    { name: 'lastEventId', in: 'query', description, schema },
  ];
}

function requestBody(schemas, { input, kind }, { variables }, example) {
  const schema =
    variables.length === 0 ? schemas.message(input, 'request') : schemas.object(input, 'request', variables);
  const type = kind === 'bidi_streaming' ? NDJSON : 'application/json';
  const media = { schema };
  if (example?.body !== undefined) media.example = example.body;
  const required = variables.length === 0 || (schema.required ?? []).length > 0;
  const body = { required, content: { [type]: media } };
  if (type === NDJSON) body.description = 'One message per line; the schema is that of a line.';
  return body;
}

function responses(schemas, method, route, example) {
  const schema = schemas.message(method.output, 'response');
  const ok = {
    description: 'OK',
    headers: { 'X-Correlation-Id': { $ref: '#/components/headers/X-Correlation-Id' } },
  };
  if (method.kind === 'unary') {
    ok.content = { 'application/json': { schema } };
    if (example?.response !== undefined) ok.content['application/json'].example = example.response;
  } else {
    const types = method.kind === 'server_streaming' ? [SSE, NDJSON] : [NDJSON];
    ok.description = "A stream. The schema is that of one message: of an event's `data`, or of a line.";
    ok.content = Object.fromEntries(types.map((type) => [type, { schema }]));
    for (const type of types) {
      if (example?.stream?.[type] !== undefined) ok.content[type].example = example.stream[type];
    }
  }
  const errors = errorCodes(method, route).map((code) => [code, errorResponse(code)]);
  return { 200: ok, ...Object.fromEntries(errors) };
}

/** The HTTP statuses a call can be answered with, other than 200. */
function errorCodes({ access, kind }, { hasBody, variables }) {
  const codes = [400, 401, 403, 429, 500, 503, 504];
  if (variables.length > 0 || access.methodClass === 'QUERY') codes.push(404);
  if (access.methodClass === 'COMMAND' || access.methodClass === 'REGISTRATION') codes.push(409);
  if (hasBody) codes.push(413, 415);
  else codes.push(431);
  if (kind !== 'unary') codes.push(406);
  return codes.sort((a, b) => a - b);
}

function words(name) {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
