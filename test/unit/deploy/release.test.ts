// What a release must agree on: this tree has one version everywhere, and what differs in another one is named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { releaseOf } from '../../../scripts/release.mjs';
import { packageRoot } from '../../../src/package-files.js';

const read = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const VERSIONS: Readonly<Record<string, string>> = {
  'package.json': '{\n  "version": "0.2.0"\n}',
  'package-lock.json': '{\n  "version": "0.2.0"\n}',
  'clients/python/pyproject.toml': 'version = "0.2.0"',
  'clients/mt5-bridge/pyproject.toml': 'version = "0.2.0"',
  'deploy/helm/dtms/Chart.yaml': 'version: 0.2.0\nappVersion: 0.2.0',
};
const LOG = '## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n- New.\n\n## [0.1.0] - 2026-11-01\n\n- Old.\n';
const tree = (files: Readonly<Record<string, string>>) => (path: string) =>
  ({ ...VERSIONS, ...files })[path] ?? '';

test('this tree has one version everywhere', () => {
  expect(releaseOf(read).problems).toEqual([]);
});

test('a release has its section as notes', () => {
  expect(releaseOf(tree({ 'CHANGELOG.md': LOG }), 'v0.2.0')).toEqual({ problems: [], notes: '- New.' });
});

test.each([
  ['a client of another version', { 'clients/python/pyproject.toml': 'version = "0.1.0"' }, 'python'],
  [
    'a chart of another program',
    { 'deploy/helm/dtms/Chart.yaml': 'version: 0.2.0\nappVersion: 0.1.0' },
    'Chart',
  ],
  [
    'something unreleased',
    { 'CHANGELOG.md': LOG.replace('\n\n##', '\n\n- Late.\n\n##') },
    '[Unreleased] is not',
  ],
  ['no notes', { 'CHANGELOG.md': LOG.replace('- New.', '') }, 'says nothing under [0.2.0]'],
  ['no date', { 'CHANGELOG.md': LOG.replace(' - 2026-11-01', '') }, '[0.1.0] has no date'],
  ['releases in disorder', { 'CHANGELOG.md': LOG.replace('[0.1.0]', '[0.10.0]') }, 'is not newer'],
])('%s is named', (_what, files, problem) => {
  const { problems } = releaseOf(tree({ 'CHANGELOG.md': LOG, ...files }), 'v0.2.0');
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

test('a tag of another version is named', () => {
  expect(releaseOf(tree({ 'CHANGELOG.md': LOG }), 'v0.3.0').problems).toEqual([
    'the tag of 0.2.0 is v0.2.0, not v0.3.0',
  ]);
});
