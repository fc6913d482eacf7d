// Builds the wheels of the Python client and of the MetaTrader 5 bridge, which uses the client's messages, into
// build/python-dist and installs them, with what checks types, in a virtual environment beside them, whose interpreter it
// prints. Does nothing when nothing has changed; one that runs already is waited for.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin, files, run as loud, pythonTools, root } from './tools.mjs';

const target = join(root, 'build', 'python-dist');
const venv = join(target, 'venv');
const stamp = join(target, 'stamp');
/** Has grpcio-tools, once it is made. */
const tools = pythonTools.program;
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

/** In the order in which one needs the other. */
const packages = ['python', 'mt5-bridge'].map((name) => join(root, 'clients', name));
const lock = join(root, 'build', 'python-dist.lock');

/** Whether a process is running. @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Two test files may want the wheels at once. */
function waitForTurn() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch {
      const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
      // One that was killed, or has just ended or just begun.
      if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
}

/** A package's wheel. @param {string} folder */
function buildWheel(folder) {
  const source = join(target, 'source', basename(folder));
  cpSync(folder, source, { recursive: true, filter: (path) => !/__pycache__|[\\/]tests$/.test(path) });
  if (folder === packages[0]) generateStubs(join(source, 'src'));
  run(tools, ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', target, source]);
}

function build() {
  if (pythonTools.make() === undefined)
    fail('the wheels need Python 3 with venv, and grpcio-tools from PyPI');
  const parts = [join(root, 'proto'), ...packages.map((folder) => join(folder, 'src'))].flatMap(files);
  const settings = packages.flatMap((folder) =>
    ['pyproject.toml', 'setup.py', 'README.md'].flatMap((name) => files(join(folder, name))),
  );
  const now = digest([...parts, ...settings, fileURLToPath(import.meta.url)]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const folder of packages) buildWheel(folder);
  const wheels = readdirSync(target)
    .filter((name) => name.endsWith('.whl'))
    .map((name) => join(target, name) + (name.startsWith('dtms-') ? '[types]' : ''));
  run(tools, ['-m', 'venv', venv]);
  run(installed, ['-m', 'pip', 'install', '--quiet', ...wheels]);
  writeFileSync(stamp, now);
}

/** @param {string} cause @returns {never} */
function fail(cause) {
  console.error(cause);
  process.exit(1);
}

if (!existsSync(bin('buf'))) fail('node_modules is not there: run npm ci first');
mkdirSync(join(root, 'build'), { recursive: true });
waitForTurn();
process.on('exit', () => rmSync(lock, { force: true }));
build();
console.log(installed);
