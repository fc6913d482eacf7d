// Generates gen/ from proto/: TypeScript by ts-proto, the descriptor set, the OpenAPI document, and Python
// stubs.
// With --check it generates beside gen/ and fails when anything differs.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const target = check ? join(root, 'build', 'gen-check') : join(root, 'gen');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args) =>
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
const GRPC_TOOLS = 'grpcio-tools==1.76.0';

/** A Python with grpcio-tools of the pinned version, in build/python; undefined without Python. */
function pythonWithTools() {
  const venv = join(root, 'build', 'python');
  const python = join(venv, 'bin', 'python');
  const stamp = join(venv, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === GRPC_TOOLS) return python;
  if (spawnSync('python3', ['--version']).status !== 0) return undefined;
  try {
    run('python3', ['-m', 'venv', '--clear', venv]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', GRPC_TOOLS]);
  } catch (error) {
    console.error(`Python stubs need ${GRPC_TOOLS}, which could not be installed: ${error.message}`);
    return undefined;
  }
  writeFileSync(stamp, GRPC_TOOLS);
  return python;
}

function files(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

run('node', [join(root, 'scripts', 'proto-deps.mjs')]);
run('node', [join(root, 'scripts', 'error-catalogue.mjs'), ...(check ? ['--check'] : [])]);
rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, 'ts'), { recursive: true });

const template = readFileSync(join(root, 'buf.gen.yaml'), 'utf8')
  .replaceAll('out: gen/', `out: ${relative(root, target)}/`)
  .replace('local: protoc-gen-ts_proto', `local: ${JSON.stringify(bin('protoc-gen-ts_proto'))}`)
  .replace('clean: true\n', '');
const templateFile = join(root, 'build', 'buf.gen.yaml');
writeFileSync(templateFile, template);
run(bin('buf'), ['generate', '--template', templateFile]);
// Imported for annotations only: no message of ours refers to them, so no program needs their code.
const annotationsOnly = ['buf', 'google/api'].concat(
  ['descriptor', 'duration', 'field_mask'].map((name) => `google/protobuf/${name}.ts`),
);
for (const name of annotationsOnly) rmSync(join(target, 'ts', name), { recursive: true, force: true });
run(bin('buf'), [
  'build',
  '--as-file-descriptor-set',
  '--exclude-source-info',
  '-o',
  join(target, 'descriptor.binpb'),
]);
run('node', [join(root, 'scripts', 'openapi.mjs'), join(target, 'openapi')]);

const python = pythonWithTools();
const pythonOut = join(target, 'python');
if (python) {
  mkdirSync(pythonOut, { recursive: true });
  const deps = join(root, 'build', 'proto-deps');
  // Python programs have the health service from grpcio-health-checking, and errors from googleapis-common-protos.
  const imported = ['buf', 'google/api'].flatMap((name) => files(join(deps, name)));
  const protos = [...files(join(root, 'proto')), ...imported].filter((path) => path.endsWith('.proto'));
  run(python, [
    '-m',
    'grpc_tools.protoc',
    '-I',
    join(root, 'proto'),
    '-I',
    deps,
    `--python_out=${pythonOut}`,
    `--pyi_out=${pythonOut}`,
    `--grpc_python_out=${pythonOut}`,
    ...protos,
  ]);
  for (const path of files(pythonOut)) if (/(google|buf)[\\/].*_grpc\.py$/.test(path)) rmSync(path);
} else {
  console.error(
    'Python 3 was not found: gen/python is left as it is. Install Python 3 to generate or check it.',
  );
  if (!check) run('git', ['checkout', '--', 'gen/python']);
  else cpSync(join(root, 'gen', 'python'), pythonOut, { recursive: true });
}

if (check) {
  const names = new Set(
    [
      ...files(target).map((p) => relative(target, p)),
      ...files(join(root, 'gen')).map((p) => relative(join(root, 'gen'), p)),
    ].filter((n) => !n.includes('__pycache__')),
  );
  const differing = [...names].filter((name) => {
    const [a, b] = [join(target, name), join(root, 'gen', name)];
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
  });
  if (differing.length > 0) {
    console.error(
      `gen/ is not what proto/ generates; run npm run generate. Differing:\n${differing.join('\n')}`,
    );
    process.exit(1);
  }
  console.log(`gen/ is up to date (${names.size} files)`);
}
