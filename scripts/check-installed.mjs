// Checks the packed program as somebody has it who installs it: in an empty folder, away from the sources, with the scripts
// of packages off, as npm does from version 11 on, unless told. It serves, answers every kind of page, plays the demo, and stops in order.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a server shows that comes out of files of the package. */
const PAGES = ['/', '/docs', '/redoc', '/openapi.json', '/docs/swagger-ui-bundle.js', '/metrics', '/readyz'];

/**
 * Whether the packed program works where it is installed.
 *
 * @param {string} tarball
 * @param {string} folder an empty one
 * @param {string} version that it has to tell
 */
export async function installedWorks(tarball, folder, version) {
  const place = join(folder, 'global');
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  // Not what npm set for the script that runs this: an installation knows nothing of the sources.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|DTMS_|INIT_CWD)/i.test(name)),
  );
  const options = { cwd: empty, env, encoding: /** @type {const} */ ('utf8') };
  const npm = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  execFileSync('npm', ['install', '--global', '--prefix', place, ...npm, tarball], {
    ...options,
    stdio: 'inherit',
  });
  const program = join(place, 'bin', 'dtms');

  /** @type {string[]} */
  const wrong = [];
  /**
   * @param {string} what
   * @param {boolean} holds
   */
  const expect = (what, holds) => {
    if (!holds) wrong.push(what);
  };

  const told = execFileSync(program, ['--version'], options).trim();
  expect(`--version tells ${told}, not ${version}`, told === version);
  const npx = execFileSync('npx', ['--yes', ...npm, '--package', tarball, 'dtms', '--version'], options);
  expect('npx does not run it', npx.trim() === version);

  const server = spawn(program, ['serve', '--port', '0', '--http-port', '0'], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { grpc, http } = await addresses(server.stdout);
    for (const page of PAGES) {
      const answer = await fetch(`${http}${page}`);
      expect(`${page} is ${answer.status}`, answer.ok && (await answer.text()).length > 0);
    }
    const own = { ...options, env: { ...env, DTMS_SERVER: grpc } };
    const of = ['--account', 'packed', '--ticket', '1', '--symbol', 'XAUUSD', '--direction', 'BUY'];
    execFileSync(program, ['trades', 'register', ...of, '--entry-price', '2650', '--volume', '0.5'], own);
    expect(
      'no trade comes back',
      execFileSync(program, ['trades', 'get', 'packed', '1'], own).includes('XAUUSD'),
    );
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    expect(`it stops with ${code}`, code === 0);
  } finally {
    server.kill('SIGKILL');
  }
  const demo = execFileSync(program, ['demo', '--fast', '--once', '--bars', '300'], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 120_000,
  });
  expect('the demo ends without a summary', /trades/.test(demo));
  console.log(`installed: ${wrong.length === 0 ? 'well' : wrong.join('; ')}`);
  return wrong.length === 0;
}

/**
 * Where a server listens, by the lines it prints.
 *
 * @param {import('node:stream').Readable} output
 * @returns {Promise<{ grpc: string, http: string }>}
 */
function addresses(output) {
  return new Promise((resolve, reject) => {
    let text = '';
    output.on('data', (chunk) => {
      text += String(chunk);
      const grpc = /^gRPC +(\S+)$/m.exec(text)?.[1];
      const http = /^HTTP +(\S+)$/m.exec(text)?.[1];
      if (grpc !== undefined && http !== undefined) resolve({ grpc, http });
    });
    output.on('end', () => reject(new Error(`the installed server ended: ${text}`)));
  });
}
