// The OpenAPI document for tests: as generated, with its schemas compiled, and the examples it is made with.
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** JSON of which only objects, lists and leaves are told apart. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

interface Content {
  readonly schema: object;
  readonly example?: Json;
}

export interface Operation {
  readonly operationId: string;
  readonly deprecated?: boolean;
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-grpc-method'?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, Content>> }>
  >;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Content>> }>>;
  };
}

/** An operation with its place. */
export interface Located {
  readonly verb: string;
  readonly path: string;
  readonly operation: Operation;
}

/** One example of scripts/openapi/examples.json; a method without `status` answers 200. */
export interface Example {
  readonly status?: number;
  readonly parameters?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  readonly body?: Json;
  readonly response?: Json;
}

export const documentText = readFileSync(new URL('../../gen/openapi/dtms.v1.json', import.meta.url), 'utf8');
export const document: OpenApiDocument = JSON.parse(documentText);
export const examplesFile = new URL('../../scripts/openapi/examples.json', import.meta.url);
export const examples: Readonly<Record<string, Example>> = JSON.parse(readFileSync(examplesFile, 'utf8'));

/** Every operation, those of the old routes too. */
export const operations: readonly Located[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([verb, operation]) => ({ verb, path, operation })),
);

/** The operation of a method by its short name, such as GetTrade. Throws when there is none. */
export function operationOf(method: string): Located {
  const found = operations.find(({ operation }) => operation['x-grpc-method']?.endsWith(`/${method}`));
  if (found === undefined) throw new Error(`${method} is not in the document`);
  return found;
}

const DOCUMENT = 'openapi.json';
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
ajv.addSchema({ $id: DOCUMENT, ...JSON.parse(documentText) });

/** What is wrong with JSON by the schema at a pointer of the document; empty when nothing is. */
export function faults(pointer: string, json: unknown): readonly string[] {
  const validate = ajv.getSchema(`${DOCUMENT}#${pointer}`);
  if (validate === undefined) throw new Error(`there is no schema at ${pointer}`);
  validate(json);
  return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${instancePath} ${message}`);
}

/** The pointer to a schema within an operation, by the keys that lead to it. */
export function pointerTo({ path, verb }: Located, ...keys: readonly string[]): string {
  const escaped = [path, verb, ...keys].map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'));
  return `/paths/${escaped.map(encodeURIComponent).join('/')}`;
}

/** The path and query of an operation with an example's parameters filled in. */
export function urlOf({ path, operation }: Located, { parameters = {} }: Example): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place } of operation.parameters ?? []) {
    const value = parameters[name];
    if (value === undefined) continue;
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(value)));
    else for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item));
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}
