// What the scripts share: the package's folder, the programs in it, and what differs between two folders.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * A program of an installed package.
 *
 * @param {string} name
 */
export const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * Runs a program in the package's folder and shows what it says; throws when it fails.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').ExecFileSyncOptions} [options]
 */
export function run(command, args, options = {}) {
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

/**
 * Runs another script.
 *
 * @param {string} name
 * @param {readonly string[]} args
 */
export const script = (name, ...args) => run(process.execPath, [join(root, 'scripts', name), ...args]);

/**
 * The files of a folder in their order, or a file by itself; none when it is not there.
 *
 * @param {string} path
 * @returns {string[]}
 */
export function files(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .filter((name) => name !== '__pycache__')
    .flatMap((name) => files(join(path, name)));
}

/**
 * The files of which two folders differ, by their names in a part of both.
 *
 * @param {string} one
 * @param {string} other
 * @param {string} [part] a file or a folder in both
 */
export function differing(one, other, part = '') {
  const folders = [one, other];
  const names = folders.flatMap((base) => files(join(base, part)).map((path) => relative(base, path)));
  return [...new Set(names)].filter((name) => {
    const [a, b] = [join(one, name), join(other, name)];
    return !existsSync(a) || !existsSync(b) || !readFileSync(a).equals(readFileSync(b));
  });
}

/**
 * A program of a Python package of a pinned version, in a virtual environment of its own under build/; undefined
 * without Python, or when the package cannot be installed.
 *
 * @param {string} name of the environment
 * @param {string} requirement such as "schemathesis==4.32.5"
 * @param {string} program
 */
export function fromPython(name, requirement, program) {
  const venv = join(root, 'build', name);
  const stamp = join(venv, 'stamp');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== requirement) {
    if (spawnSync('python3', ['--version']).status !== 0) return undefined;
    try {
      // Whoever runs this may print a path for other programs: what Python and pip say is for people.
      const stdio = /** @type {const} */ (['ignore', process.stderr, 'inherit']);
      run('python3', ['-m', 'venv', '--clear', venv], { stdio: [...stdio] });
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement];
      run(join(venv, 'bin', 'python'), pip, { stdio: [...stdio] });
    } catch (error) {
      console.error(`${requirement} could not be installed: ${error}`);
      return undefined;
    }
    writeFileSync(stamp, requirement);
  }
  return join(venv, 'bin', program);
}

/** Python with what generates its messages. */
export const pythonTools = {
  program: join(root, 'build', 'python', 'bin', 'python'),
  make: () => fromPython('python', 'grpcio-tools==1.76.0', 'python'),
};
