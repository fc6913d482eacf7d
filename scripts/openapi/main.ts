// Generates the OpenAPI 3.1 document of the REST interface from the contract: routes, field rules, comments and
// scopes are in proto/ and nowhere else.
//
//   node build/generators/scripts/openapi/main.js DESCRIPTORS FILE
//
// DESCRIPTORS is a file descriptor set with source information, FILE where the document goes.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Contract } from '../../src/contract/contract.js';
import { packageRoot } from '../../src/package-files.js';
import { commentOf } from './comments.js';
import { errorResponses, errorSchemas } from './errors.js';
import { OLD_SCHEMAS, OLD_TAG, oldPaths } from './old-routes.js';
import { type Example, pathsOf, tagOf } from './operations.js';
import { DESCRIPTION, HEADERS, SECURITY_SCHEMES, TAG_ORDER } from './parts.js';
import { reachable, type Schema, Schemas } from './schemas.js';

const OURS = '/dtms.v1.';

function document(
  { registry, methods, rules }: Contract,
  examples: Readonly<Record<string, Example>>,
): Schema {
  const ours = [...methods.values()].filter(({ path }) => path.startsWith(OURS));
  const sent = reachable(ours.map(({ desc }) => desc.input));
  const received = reachable(ours.map(({ desc }) => desc.output));
  const schemas = new Schemas(rules, new Set([...sent].filter((name) => received.has(name))));
  const paths = pathsOf(ours, schemas, examples);
  const tags = new Map(ours.map((method) => [tagOf(method), commentOf(method.desc.parent)]));
  const reasons = registry.getEnum('dtms.v1.ErrorReason')?.values.filter(({ number }) => number !== 0) ?? [];
  const described = reasons.map((value) => ({
    name: value.name.slice('ERROR_REASON_'.length),
    comment: commentOf(value),
  }));
  return {
    openapi: '3.1.1',
    info: {
      title: 'DTMS',
      summary: 'Defensive trade management',
      version: 'v1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The server this document came from' }],
    tags: [...[...tags].map(([name, description]) => ({ name, description })).sort(byPlace), OLD_TAG],
    paths: { ...paths, ...oldPaths() },
    components: {
      schemas: sorted({ ...schemas.components, ...errorSchemas(described), ...OLD_SCHEMAS }),
      responses: errorResponses(),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function byPlace({ name: a }: { readonly name: string }, { name: b }: { readonly name: string }): number {
  const place = (name: string) => (TAG_ORDER.includes(name) ? TAG_ORDER.indexOf(name) : TAG_ORDER.length);
  return place(a) - place(b);
}

function sorted(object: Schema): Schema {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const [descriptors = '', file = ''] = process.argv.slice(2);
const examples: Readonly<Record<string, Example>> = JSON.parse(
  readFileSync(join(packageRoot(), 'scripts', 'openapi', 'examples.json'), 'utf8'),
);
writeFileSync(
  file,
  `${JSON.stringify(document(new Contract(readFileSync(descriptors)), examples), null, 2)}\n`,
);
