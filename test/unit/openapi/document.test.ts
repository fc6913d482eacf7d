// The OpenAPI document against OpenAPI itself, against the protos, and against the old routes' table.
import { readFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescMethod,
  fromBinary,
  getOption,
  type JsonObject,
  toJson,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { LEGACY_ROUTES } from '../../../src/http/legacy/routes.js';
import { document, documentText, examples, faults, operations, pointerTo } from '../../support/openapi.js';

const DESCRIPTORS = readFileSync(new URL('../../../gen/descriptor.binpb', import.meta.url));
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, DESCRIPTORS));
const methods = [...registry].flatMap((desc) =>
  desc.kind === 'service' && desc.typeName.startsWith('dtms.') ? desc.methods : [],
);

const nameOf = ({ parent, name }: DescMethod) => `${parent.typeName}/${name}`;

/** An option of a method, by the JSON rules of protos. */
function optionOf(method: DescMethod, name: string): JsonObject {
  const extension = registry.getExtension(name);
  if (extension?.message === undefined) throw new Error(`${name} is no option`);
  const value = getOption(method, extension);
  if (typeof value !== 'object' || value === null || !('$typeName' in value)) throw new Error(name);
  const json = toJson(extension.message, value as Parameters<typeof toJson>[1], { registry });
  return Object(json);
}

const ours = operations.filter(({ operation }) => operation['x-grpc-method'] !== undefined);

test('it keeps the rules of OpenAPI 3.1', async () => {
  const config = await createConfig({ extends: ['recommended'], telemetry: 'off' });
  const problems = await lintFromString({ source: documentText, config });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual(
    [],
  );
});

test('that check sees a document that is wrong', async () => {
  const config = await createConfig({ extends: ['recommended'], telemetry: 'off' });
  const broken = documentText.replace('"operationId": "getTrade"', '"operationId": 7');
  expect(broken).not.toBe(documentText);
  const problems = await lintFromString({ source: broken, config });
  expect(problems.map(({ ruleId }) => ruleId)).toContain('struct');
});

test('each method is at its route, and nothing else is described', () => {
  const routes = methods.map((method) => {
    const rule = optionOf(method, 'google.api.http');
    const [verb, template] = Object.entries(rule).find(([key]) => key !== 'body') ?? [];
    const path = String(template).replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
      return `{${method.input.fields.find((field) => field.name === name)?.jsonName}}`;
    });
    return [nameOf(method), verb, path];
  });
  expect(ours.map(({ path, verb, operation }) => [operation['x-grpc-method'], verb, path]).sort()).toEqual(
    routes.sort(),
  );
});

test('each method names the scopes of its access option', () => {
  for (const method of methods) {
    const { scopes } = optionOf(method, 'dtms.v1.access') as { scopes: string[] };
    const found = ours.find(({ operation }) => operation['x-grpc-method'] === nameOf(method))?.operation;
    const wanted = scopes.map((scope) => scope.replace('SCOPE_', ''));
    const named = (found?.security ?? []).flatMap((one) => one.bearer ?? []);
    expect([nameOf(method), ...named]).toEqual([nameOf(method), ...wanted]);
  }
});

test('operation ids are unique, and path variables are parameters', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, operation } of operations) {
    const variables = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
    const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(declared.map(({ name }) => name)).toEqual(variables);
  }
});

test('the old routes are those of their table, and deprecated', () => {
  const old = operations.filter(({ operation }) => operation.deprecated === true);
  const described = old.map(({ verb, path, operation }) => [verb.toUpperCase(), path, operation.summary]);
  expect(described.sort()).toEqual(LEGACY_ROUTES.map((r) => [r.method, r.path, r.summary]).sort());
});

test('each method has an example, whose body keeps the rules', () => {
  expect(Object.keys(examples).sort()).toEqual(methods.map(({ name }) => name).sort());
  for (const located of ours) {
    const name = located.operation['x-grpc-method']?.split('/')[1] ?? '';
    const type = Object.keys(located.operation.requestBody?.content ?? {})[0];
    const body = examples[name]?.body;
    expect([name, body === undefined]).toEqual([name, type === undefined]);
    if (type === undefined) continue;
    expect([name, faults(pointerTo(located, 'requestBody', 'content', type, 'schema'), body)]).toEqual([
      name,
      [],
    ]);
  }
});

test("each error's example is an error", () => {
  for (const [name, response] of Object.entries(document.components.responses)) {
    const { example } = response.content['application/json'] ?? {};
    expect([name, faults('/components/schemas/Error', example)]).toEqual([name, []]);
  }
});
