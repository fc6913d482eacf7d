// Runs the security tests in full and makes one table of what they found: build/security/report.md, and on
// standard output. Ends with the tests' exit code. `--short` runs the form that `npm test` runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

const scale = process.argv.includes('--short') ? 'short' : 'full';
const folder = join(root, 'build', 'security', scale);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// One file after the other: what one attack costs another caller must not be the work of another test.
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/security', '--no-file-parallelism'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, DTMS_SECURITY_SCALE: scale },
});

const rows = existsSync(folder)
  ? readdirSync(folder)
      .sort()
      .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
  : [];
const cells = rows.map(({ name, tried, crashes, wrong, leaks, notes = '' }) =>
  [name, tried.toLocaleString('en-US'), crashes, wrong, leaks, notes.replaceAll('|', '/')].join(' | '),
);
const table = [
  '| what was tried | tried | crashes | wrong answers | leaks | notes |',
  '|---|---:|---:|---:|---:|---|',
  ...cells.map((row) => `| ${row} |`),
].join('\n');
writeFileSync(join(root, 'build', 'security', 'report.md'), `${table}\n`);
console.log(`\n${table}`);
process.exitCode = status ?? 1;
