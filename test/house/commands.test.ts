// The commands of the README and of docs/guides, run in their order as they stand there against a real server: the README's
// by a shell, as they are pasted, and those of the guides in this process, which spares the start of a program for each.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/package-files.js';
import { startService, type TestService } from '../support/app.js';
import { dtmsHere } from '../support/cli-call.js';

const root = packageRoot();
const run = promisify(execFile);

/** What is not run here, and why. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm ci && npm start\b/, 'the server under test stands in its place'],
  [/^npm ci && npm run demo\b/, 'test/functional/cli/demo.test.ts plays it'],
  [/^npm ci && npm test\b/, 'this is one of the tests'],
  [/^npm install --global|^npx --package/, 'npm run check:package runs both'],
  [/^until dtms probe\b/, 'test/functional/cli/probe.test.ts runs it beside a server of its own'],
  [/^npm run build$/, 'it was built before the tests'],
  [/^dtms notify (test|retry)\b/, 'test/contract/notices runs them with receivers'],
  [/^node scripts\/python-wheel\.mjs$/, 'test/functional/examples/python-client.test.ts makes the wheel'],
  [/^node dist\/docs\/examples\//, 'test/functional/examples/examples.test.ts runs the examples'],
  [
    /^dtms calibrate\b/,
    'it ends with 4 where nothing is recommended; test/functional/cli/calibrate.test.ts runs it',
  ],
  [/^dtms (replay --journal|shadow)\b/, 'test/functional/replay/journal.test.ts runs them on a journal'],
  [
    /^dtms verify --baseline /,
    'how fast this machine is beside other tests says nothing; test/functional/cli/verify.test.ts compares',
  ],
  [/^dtms restore\b/, 'test/functional/cli/backup.test.ts restores into databases of its own'],
  [/^dtms import\b/, 'test/functional/cli/exchange.test.ts imports into databases of its own'],
  [/^dtms rollout\b/, 'test/functional/cli/rollout.test.ts runs them behind a proxy'],
  [
    /^dtms (keys|accounts|trades) .*\blive-1\b/,
    'test/functional/examples/mt5-bridge.test.ts runs the page of the bridge',
  ],
  [/\bcurl [\s\S]*\$KEY/, 'test/contract/openapi/guide.test.ts runs them with a key'],
  [/^grpcurl\b/, 'test/contract/rpc/server.test.ts asks by reflection what it does'],
  [
    /^dtms serve$|^DTMS_GRPC_PORT=\d+ .*dtms serve$/,
    'the server under test is one; test/fault starts several',
  ],
  [/^dtms accounts erase\b/, 'test/contract/store/erasure.test.ts erases, with every server stopped'],
  [/^pg_basebackup\b/, 'test/fault/point-in-time.test.ts runs it'],
  [/^alias dtms=/, 'saidBy has its like'],
  [
    /^(python3 -m venv|build\/python|example\/bin|PYTHON=)/,
    'test/functional/examples/python-client.test.ts and CI run them in an environment of theirs',
  ],
  [/^(go|cd docs\/examples\/go)\b/, 'test/functional/examples/go.test.ts runs the module'],
  [/^podman\b/, 'there is no builder; test/unit/deploy/containerfile.test.ts reads what it builds'],
  [/^(kubectl|helm)\b/, 'there is no cluster; test/unit/deploy/helm.test.ts makes the objects'],
  [
    /^(apt-get|runuser|install|echo|cp|systemctl)\b|^DTMS_DATABASE_URL_FILE=\S+ dtms doctor/,
    'they change a machine; the page says on which one they were pasted',
  ],
];

interface Documented {
  readonly page: string;
  readonly commands: readonly string[];
}

const texts = [
  'README.md',
  ...readdirSync(join(root, 'docs', 'guides'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', 'guides', name)),
].map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));

const pages: readonly Documented[] = texts.map(({ page, text }) => ({ page, commands: commandsIn(text) }));

/** The commands of a page's blocks for the shell, each on one line: what is within quotes, or goes on after a pipe, is of one. */
function commandsIn(text: string): string[] {
  const commands: string[] = [];
  for (const [, block = ''] of text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)) {
    let open = '';
    for (const line of block.replaceAll(/\\\n\s*/g, '').split('\n')) {
      open = open === '' ? line : `${open}\n${line}`;
      if ((open.split("'").length - 1) % 2 === 1 || open.trimEnd().endsWith('|')) continue;
      if (open.trim() !== '' && !open.startsWith('#')) commands.push(open);
      open = '';
    }
    if (open !== '') throw new Error(`a command does not end: ${open}`);
  }
  return commands;
}

const reasonOf = (command: string) => ELSEWHERE.find(([pattern]) => pattern.test(command))?.[1];
const isRun = (command: string) => reasonOf(command) === undefined;

const runnable = pages
  .map(({ page, commands }) => ({
    page,
    commands: commands.filter(isRun),
  }))
  .filter(({ commands }) => commands.length > 0);

/**
 * The words of a line of `dtms` alone; null where it has something that only a shell does. A study begins processes of the
 * built program, which it is itself then.
 */
function wordsOf(line: string): readonly string[] | null {
  if (!/^dtms (?!study)/.test(line) || /[|&;<>$*`'\\]/.test(line)) return null;
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1);
}

/** What a line says on its standard output. @throws Error when it does not end well */
async function saidBy(line: string, page: string, folder: string): Promise<string> {
  const words = page === 'README.md' ? null : wordsOf(line);
  if (words === null) {
    const script = `dtms() { "${process.execPath}" dist/src/cli.js "$@"; }\n${line}`;
    return (await run('bash', ['-c', script], { cwd: folder })).stdout;
  }
  const { code, out, err } = await dtmsHere(words);
  if (code !== 0) throw new Error(`${line} ended with ${code}: ${err}`);
  return out;
}

describe.each(runnable)('$page', ({ page, commands }) => {
  // Of its own: a key that one page makes is needed from then on.
  let service: TestService;
  let folder = '';
  const home = process.cwd();

  beforeAll(async () => {
    service = await startService();
    // What they write is not left in the checkout.
    folder = mkdtempSync(join(tmpdir(), 'dtms-commands-'));
    for (const name of ['dist', 'docs', 'policies']) symlinkSync(join(root, name), join(folder, name));
    process.chdir(folder);
    vi.stubEnv('DTMS_SERVER', service.address);
    vi.stubEnv('DTMS_DATABASE_URL', service.databaseUrl);
  });
  afterAll(async () => {
    process.chdir(home);
    vi.unstubAllEnvs();
    await service?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(commands)('%s', async (command) => {
    const here = command
      .replaceAll('127.0.0.1:50051', service.address)
      .replaceAll('127.0.0.1:8001', service.http)
      // Weeks of a market and many trades, in the seconds a test has.
      .replace(/^dtms sample-data$/, 'dtms sample-data --bars 700')
      .replace(/--speed \d+/, '--max')
      .replace(/--from-bar \d+/, '--from-bar 600')
      .replace(/--sample \d+/, '--sample 5');
    expect(await saidBy(here, page, folder)).not.toBe('');
  });
});

describe('what is not run here', () => {
  test('is still written somewhere', () => {
    const written = pages.flatMap(({ commands }) => commands);
    expect(ELSEWHERE.filter(([pattern]) => !written.some((command) => pattern.test(command)))).toEqual([]);
  });

  test('stands in no block that is of no language, where nobody would look', () => {
    const unmarked = texts.flatMap(({ text }) =>
      [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => language === ''),
    );
    expect(unmarked.length).toBeGreaterThan(5);
    const command = /^(dtms|npm|npx|node|curl|go|python3?|pip|pg_\w+|psql|podman|helm|kubectl|grpcurl|git) /m;
    expect(unmarked.map(([block]) => block).filter((block) => command.test(block))).toEqual([]);
  });

  test('begins with the first trade: the README has commands, and they are run', () => {
    const readme = pages[0]?.commands ?? [];
    expect(readme.filter(isRun).length).toBeGreaterThan(5);
  });
});
