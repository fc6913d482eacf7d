// Owns reading proto/ for the OpenAPI document: services, messages and enums with their comments, routes,
// access and field rules. Throws where one of ours has no comment.
import { createFileRegistry, fromBinary, getOption, hasOption } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const OURS = 'dtms.v1';
const VERBS = ['get', 'put', 'post', 'delete', 'patch'];

/** What the protos say, by the encoded FileDescriptorSet with source information. */
export function readProtos(bytes) {
  const set = fromBinary(FileDescriptorSetSchema, bytes);
  const registry = createFileRegistry(set);
  const comments = commentsOf(set);
  const types = [...registry].filter(({ typeName }) => typeName.startsWith(`${OURS}.`));
  return {
    services: types
      .filter(({ kind }) => kind === 'service')
      .map((desc) => serviceOf(desc, registry, comments)),
    enumNamed: (name) => registry.getEnum(`${OURS}.${name}`),
    commentOf: (desc) => commentOf(desc, comments),
    rulesOf: (field) => optionOf(field, registry, 'buf.validate.field'),
    oneofRulesOf: (oneof) => optionOf(oneof, registry, 'buf.validate.oneof'),
  };
}

function serviceOf(desc, registry, comments) {
  const methods = desc.methods.map((method) => ({
    name: method.name,
    path: `${desc.typeName}/${method.name}`,
    kind: method.methodKind,
    input: method.input,
    output: method.output,
    comment: commentOf(method, comments),
    access: accessOf(method, registry),
    routes: routesOf(method, registry),
  }));
  return { name: desc.name, comment: commentOf(desc, comments), methods };
}

function optionOf(desc, registry, name) {
  const extension = registry.getExtension(name);
  if (extension === undefined) throw new TypeError(`${name} is not among the protos`);
  return hasOption(desc, extension) ? getOption(desc, extension) : undefined;
}

function accessOf(method, registry) {
  const access = optionOf(method, registry, `${OURS}.access`);
  if (access === undefined) throw new TypeError(`${method.name} does not say who may call it`);
  const scopes = registry.getEnum(`${OURS}.Scope`);
  const classes = registry.getEnum(`${OURS}.MethodClass`);
  return {
    scopes: access.scopes.map((number) => shortName(scopes, number)),
    methodClass: shortName(classes, access.methodClass),
  };
}

function shortName(desc, number) {
  return desc.value[number].name.slice(desc.sharedPrefix.length);
}

function routesOf(method, registry) {
  const rule = optionOf(method, registry, 'google.api.http');
  if (rule === undefined) throw new TypeError(`${method.name} has no route`);
  return [rule, ...rule.additionalBindings].map(({ pattern, body }) => {
    if (!VERBS.includes(pattern.case))
      throw new TypeError(`${method.name}: no route of the kind ${pattern.case}`);
    if (body !== '' && body !== '*') throw new TypeError(`${method.name}: the body is to be all or nothing`);
    const variables = [...pattern.value.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
    return { verb: pattern.case, template: pattern.value, variables, hasBody: body === '*' };
  });
}

/** Leading comments by file and by the path of numbers that names a declaration within it. */
function commentsOf(set) {
  const found = new Map();
  for (const file of set.file) {
    for (const { path, leadingComments } of file.sourceCodeInfo?.location ?? []) {
      if (leadingComments !== '') found.set(`${file.name}:${path.join('.')}`, leadingComments);
    }
  }
  return found;
}

function commentOf(desc, comments) {
  const { file, path } = placeOf(desc);
  const text = comments.get(`${file}:${path.join('.')}`);
  if (text === undefined) throw new TypeError(`${desc.toString()} has no comment`);
  return unwrapped(text);
}

/** Where a declaration is in its file, by the field numbers of descriptor.proto. */
function placeOf(desc) {
  if (desc.kind === 'field') return within(desc.parent, 2, desc.parent.fields.indexOf(desc));
  if (desc.kind === 'rpc') return within(desc.parent, 2, desc.parent.methods.indexOf(desc));
  if (desc.kind === 'enum_value') return within(desc.parent, 2, desc.parent.values.indexOf(desc));
  const { proto } = desc.file;
  if (desc.kind === 'service') return { file: proto.name, path: [6, desc.file.services.indexOf(desc)] };
  const nested = desc.parent;
  if (desc.kind === 'message') {
    if (nested !== undefined) return within(nested, 3, nested.nestedMessages.indexOf(desc));
    return { file: proto.name, path: [4, desc.file.messages.indexOf(desc)] };
  }
  if (nested !== undefined) return within(nested, 4, nested.nestedEnums.indexOf(desc));
  return { file: proto.name, path: [5, desc.file.enums.indexOf(desc)] };
}

function within(parent, number, index) {
  const { file, path } = placeOf(parent);
  return { file, path: [...path, number, index] };
}

/** A comment's paragraphs, each on one line. */
function unwrapped(text) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}
