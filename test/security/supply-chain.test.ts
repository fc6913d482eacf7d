// What we install: no known hole in what runs in production, and no install script that nobody decided on.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package-files.js';
import { report } from '../support/security/rows.js';
import { FULL } from '../support/security/scale.js';

const run = promisify(execFile);

interface Package {
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly dev?: boolean;
}

interface Locked {
  readonly packages: Readonly<Record<string, Package>>;
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(packageRoot(), file), 'utf8'));
}

const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

test('the packages with install scripts are those that package.json decides on, no more and no fewer', () => {
  const { packages } = read<Locked>('package-lock.json');
  const { allowScripts } = read<{ allowScripts: Readonly<Record<string, boolean>> }>('package.json');
  const found = Object.entries(packages).filter(
    ([path, { hasInstallScript }]) => path !== '' && hasInstallScript,
  );
  const names = [...new Set(found.map(([path]) => nameOf(path)))].sort();
  report({
    name: 'install scripts',
    tried: names.length,
    crashes: 0,
    wrong: 0,
    leaks: 0,
    notes: names.join(', '),
  });
  expect(names).toEqual(Object.keys(allowScripts).sort());
});

test('every locked package that runs in production has a checksum', () => {
  const { packages } = read<Locked>('package-lock.json');
  const without = Object.entries(packages).filter(
    ([path, { integrity, dev }]) => path !== '' && dev !== true && integrity === undefined,
  );
  expect(without.map(([path]) => path)).toEqual([]);
});

// What is known of packages changes without a change of ours, so a short run does not depend on it.
test('npm audit finds nothing in what runs in production', async ({ skip }) => {
  if (!FULL) skip('npm audit: part of npm run test:security');
  const answer = await run('npm', ['audit', '--omit=dev', '--json'], {
    cwd: packageRoot(),
    timeout: 30_000,
  }).catch((failed: { readonly stdout?: string }) => ({ stdout: failed.stdout ?? '' }));
  const told = answer.stdout === '' ? {} : JSON.parse(answer.stdout);
  if (told.metadata === undefined) skip('npm audit: the registry does not answer');
  const { total, ...severities } = told.metadata.vulnerabilities;
  report({ name: 'npm audit', tried: told.metadata.dependencies.prod, crashes: 0, wrong: total, leaks: 0 });
  expect({ total, severities: Object.values(severities).some((count) => count !== 0) }).toEqual({
    total: 0,
    severities: false,
  });
});
