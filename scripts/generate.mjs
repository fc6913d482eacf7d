// Generates from proto/: gen/ (TypeScript by ts-proto, the descriptor set, Python stubs, the OpenAPI document), the
// schema of policy files, the methods of the Python client, docs/errors.md, and with Go on the machine the stubs of clients/go. It generates into build/fresh and then moves what differs, so that
// a program started meanwhile finds every file. With --check it moves nothing, and fails when anything differs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { policySchema } from './policy-schema.mjs';
import { bin, differing, files, pythonTools, root, run, script } from './tools.mjs';

const check = process.argv.includes('--check');
/** What is generated stands here as it stands in the package. */
const fresh = join(root, 'build', 'fresh');
const PYTHON_METHODS = join('clients', 'python', 'src', 'dtms', 'methods.py');
const OPENAPI = join('gen', 'openapi', 'dtms.v1.json');
const POLICY_SCHEMA = join('policies', 'policy.schema.json');

/**
 * The place of a file that is generated.
 *
 * @param {string} name
 */
function place(name) {
  const file = join(fresh, name);
  mkdirSync(dirname(file), { recursive: true });
  return file;
}

function generateTypeScript() {
  const out = join(fresh, 'gen', 'ts');
  mkdirSync(out, { recursive: true });
  const template = readFileSync(join(root, 'buf.gen.yaml'), 'utf8')
    .replace('out: gen/ts', `out: ${relative(root, out)}`)
    .replace('local: protoc-gen-ts_proto', `local: ${JSON.stringify(bin('protoc-gen-ts_proto'))}`)
    .replace('clean: true\n', '');
  const templateFile = join(root, 'build', 'buf.gen.yaml');
  writeFileSync(templateFile, template);
  run(bin('buf'), ['generate', '--template', templateFile]);
  // Imported for annotations only: no message of ours refers to them, so no program needs their code.
  const annotationsOnly = ['descriptor', 'duration', 'field_mask'].map(
    (name) => `google/protobuf/${name}.ts`,
  );
  for (const name of ['buf', 'google/api', ...annotationsOnly])
    rmSync(join(out, name), { recursive: true, force: true });
}

/** @param {string} file @param {readonly string[]} options */
function generateDescriptors(file, ...options) {
  run(bin('buf'), ['build', '--as-file-descriptor-set', ...options, '-o', file]);
}

/** These generators are TypeScript on top of src/contract, so they are compiled first. */
function generateFromContract() {
  const descriptors = join(root, 'build', 'commented.binpb');
  generateDescriptors(descriptors);
  run(bin('tsc'), ['-p', join(root, 'scripts', 'tsconfig.generators.json')]);
  const generators = join(root, 'build', 'generators', 'scripts');
  run('node', [join(generators, 'openapi', 'main.js'), descriptors, place(OPENAPI)]);
  writeFileSync(place(POLICY_SCHEMA), policySchema(JSON.parse(readFileSync(place(OPENAPI), 'utf8'))));
  run('node', [join(generators, 'python-methods.js'), descriptors, place(PYTHON_METHODS)]);
}

/** @param {string} python */
function generatePython(python) {
  const out = join(fresh, 'gen', 'python');
  mkdirSync(out, { recursive: true });
  const deps = join(root, 'build', 'proto-deps');
  // Python programs have the health service from grpcio-health-checking, and errors from googleapis-common-protos.
  const imported = ['buf', 'google/api'].flatMap((name) => files(join(deps, name)));
  const protos = [...files(join(root, 'proto')), ...imported].filter((path) => path.endsWith('.proto'));
  const includes = ['-I', join(root, 'proto'), '-I', deps];
  const outs = ['python', 'pyi', 'grpc_python'].map((kind) => `--${kind}_out=${out}`);
  run(python, ['-m', 'grpc_tools.protoc', ...includes, ...outs, ...protos]);
  for (const path of files(out)) if (/(google|buf)[\\/].*_grpc\.py$/.test(path)) rmSync(path);
}

/**
 * Moves what differs into the package; with --check it ends the program instead.
 *
 * @param {readonly string[]} parts files and folders
 */
function settle(...parts) {
  const names = parts.flatMap((part) => differing(fresh, root, part));
  if (check && names.length > 0) {
    console.error(`not what proto/ generates; run npm run generate:\n${names.join('\n')}`);
    process.exit(1);
  }
  for (const name of names) {
    console.log(`changed: ${name}`);
    mkdirSync(dirname(join(root, name)), { recursive: true });
    if (existsSync(join(fresh, name))) renameSync(join(fresh, name), join(root, name));
    else rmSync(join(root, name));
  }
}

script('proto-deps.mjs');
script('error-catalogue.mjs', ...(check ? ['--check'] : []));
rmSync(fresh, { recursive: true, force: true });
generateTypeScript();
generateDescriptors(place(join('gen', 'descriptor.binpb')), '--exclude-source-info');
settle(join('gen', 'ts'), join('gen', 'descriptor.binpb'));
// After them: these generators are compiled with the code that was just generated.
generateFromContract();
settle(OPENAPI, POLICY_SCHEMA, PYTHON_METHODS);
const python = pythonTools.make();
if (python === undefined) {
  console.error('Without Python 3 and grpcio-tools gen/python is left as it is.');
} else {
  generatePython(python);
  settle(join('gen', 'python'));
}
// With --check it is left to the test of the Go client.
if (!check) {
  if (spawnSync('go', ['version']).status === 0) script('go-stubs.mjs');
  else console.error('Without Go clients/go is left as it is.');
}
console.log(`gen/ is up to date (${files(join(root, 'gen')).length} files)`);
