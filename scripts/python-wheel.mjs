// Builds the Python client's wheel into build/python-dist and installs it, with what checks its types, in a
// virtual environment beside it, whose interpreter it prints. Does nothing when nothing has changed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin, files, run as loud, root } from './tools.mjs';

const target = join(root, 'build', 'python-dist');
const source = join(target, 'source');
const venv = join(target, 'venv');
const stamp = join(target, 'stamp');
/** Has grpcio-tools: npm run generate makes it. */
const tools = join(root, 'build', 'python', 'bin', 'python');
const installed = join(venv, 'bin', 'python');

// What pip and buf say is for people: the interpreter is all that goes to standard output.
/** @param {string} command @param {readonly string[]} args */
const run = (command, args) => loud(command, args, { stdio: ['ignore', process.stderr, 'inherit'] });

/** @param {readonly string[]} paths */
function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(relative(root, path)).update('\0').update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * The messages and their types. Annotations for REST and field rules would need packages no client needs.
 *
 * @param {string} out
 */
function generateStubs(out) {
  const protoc = [tools, '-m', 'grpc_tools.protoc'];
  const template = {
    version: 'v2',
    inputs: [{ directory: 'proto', exclude_types: ['buf.validate.**', 'google.api.http'] }],
    plugins: ['python', 'pyi'].map((name) => ({ protoc_builtin: name, protoc_path: protoc, out })),
  };
  run('node', [join(root, 'scripts', 'proto-deps.mjs')]);
  run(bin('buf'), ['generate', '--template', JSON.stringify(template)]);
}

if (!existsSync(tools)) {
  console.error('build/python is not there: install Python 3 and run npm run generate');
  process.exit(1);
}
const client = join(root, 'clients', 'python');
const parts = [join(root, 'proto'), join(client, 'src')].flatMap(files);
const now = digest([
  ...parts,
  join(client, 'pyproject.toml'),
  join(client, 'setup.py'),
  fileURLToPath(import.meta.url),
]);
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== now) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(client, source, { recursive: true, filter: (path) => !/__pycache__|[\\/]tests$/.test(path) });
  generateStubs(join(source, 'src'));
  run(tools, ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', target, source]);
  const wheel = readdirSync(target).find((name) => name.endsWith('.whl'));
  run(tools, ['-m', 'venv', venv]);
  run(installed, ['-m', 'pip', 'install', '--quiet', `${join(target, String(wheel))}[types]`]);
  writeFileSync(stamp, now);
}
console.log(installed);
