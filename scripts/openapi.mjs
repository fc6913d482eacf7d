// Generates the OpenAPI 3.1 document of the REST interface from proto/: routes, field rules, comments and
// scopes are there and nowhere else.
//
//   node scripts/openapi.mjs [FOLDER]    writes FOLDER/dtms.v1.json; FOLDER is gen/openapi unless given
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProtos } from './openapi-descriptors.mjs';
import { errorResponses, errorSchemas } from './openapi-errors.mjs';
import { OLD_SCHEMAS, OLD_TAG, oldPaths } from './openapi-old-routes.mjs';
import { operationsOf } from './openapi-operations.mjs';
import { DESCRIPTION, HEADERS, SECURITY_SCHEMES, TAG_ORDER } from './openapi-parts.mjs';
import { reachable, Schemas } from './openapi-schemas.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The descriptors with the protos' comments, which the ones the server reads are without. */
function descriptors() {
  execFileSync('node', [join(root, 'scripts', 'proto-deps.mjs')], { cwd: root, stdio: 'inherit' });
  const file = join(root, 'build', 'commented.binpb');
  const buf = join(root, 'node_modules', '.bin', 'buf');
  execFileSync(buf, ['build', '--as-file-descriptor-set', '-o', file], { cwd: root, stdio: 'inherit' });
  return readFileSync(file);
}

function document(protos, examples) {
  const methods = protos.services.flatMap((service) => service.methods);
  const sent = reachable(methods.map(({ input }) => input));
  const received = reachable(methods.map(({ output }) => output));
  const schemas = new Schemas(protos, new Set([...sent].filter((name) => received.has(name))));
  const { paths, tags } = operationsOf(protos, schemas, examples);
  const reasons = protos.enumNamed('ErrorReason');
  const described = reasons.values
    .filter(({ number }) => number !== 0)
    .map((value) => ({ name: value.name.slice('ERROR_REASON_'.length), comment: protos.commentOf(value) }));
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
    tags: [...tags.sort(byPlace), OLD_TAG],
    paths: { ...paths, ...oldPaths() },
    components: {
      schemas: sorted({ ...schemas.components, ...errorSchemas(described), ...OLD_SCHEMAS }),
      responses: errorResponses(),
      headers: HEADERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function byPlace({ name: a }, { name: b }) {
  const place = (name) => (TAG_ORDER.includes(name) ? TAG_ORDER.indexOf(name) : TAG_ORDER.length);
  return place(a) - place(b);
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const folder = resolve(process.argv[2] ?? join(root, 'gen', 'openapi'));
const examples = JSON.parse(readFileSync(join(root, 'scripts', 'openapi-examples.json'), 'utf8'));
mkdirSync(folder, { recursive: true });
const text = JSON.stringify(document(readProtos(descriptors()), examples), null, 2);
writeFileSync(join(folder, 'dtms.v1.json'), `${text}\n`);
