// Checks that one version is written everywhere, and that the changelog knows it. With a tag (`npm run release:check -- v0.2.0`) it
// checks that this tree is that release, and prints its notes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

/** Where the version stands, and how. */
const PLACES = /** @type {const} */ ([
  ['package.json', /^ {2}"version": "(.+)"/m],
  ['package-lock.json', /^ {2}"version": "(.+)"/m],
  ['clients/python/pyproject.toml', /^version = "(.+)"/m],
  ['clients/mt5-bridge/pyproject.toml', /^version = "(.+)"/m],
  ['deploy/helm/dtms/Chart.yaml', /^version: (\S+)/m],
  ['deploy/helm/dtms/Chart.yaml', /^appVersion: (\S+)/m],
]);
const SECTION = /^## \[(.+?)\](?: - (\S+))?$/;

/**
 * What is wrong with the versions of a tree.
 *
 * @param {(path: string) => string} read a file of the tree
 * @param {string} [tag] of the release that the tree has to be
 * @returns {{ problems: string[], notes: string }}
 */
export function releaseOf(read, tag) {
  const problems = [];
  const version = PLACES[0][1].exec(read(PLACES[0][0]))?.[1] ?? '';
  if (!/^\d+\.\d+\.\d+$/.test(version)) problems.push(`package.json: ${version} is no version`);
  for (const [path, pattern] of PLACES) {
    const found = pattern.exec(read(path))?.[1];
    if (found !== version) problems.push(`${path}: ${found}, and package.json has ${version}`);
  }

  const lines = read('CHANGELOG.md').split('\n');
  const heads = lines.flatMap((line, at) => {
    const [, name = '', date] = SECTION.exec(line) ?? [];
    return name === '' ? [] : [{ name, date, at }];
  });
  const [first, ...releases] = heads;
  if (first?.name !== 'Unreleased') problems.push('CHANGELOG.md: does not begin with [Unreleased]');
  for (const [index, { name, date = '' }] of releases.entries()) {
    if (!/^\d{4}-\d\d-\d\d$/.test(date)) problems.push(`CHANGELOG.md: [${name}] has no date`);
    const before = releases[index + 1];
    if (before !== undefined && !isNewer(name, before.name)) {
      problems.push(`CHANGELOG.md: [${name}] stands above [${before.name}] and is not newer`);
    }
  }
  const [newest] = releases;
  if (newest !== undefined && isNewer(newest.name, version)) {
    problems.push(`CHANGELOG.md: has [${newest.name}], and package.json is ${version}`);
  }
  if (tag === undefined) return { problems, notes: '' };

  if (tag !== `v${version}`) problems.push(`the tag of ${version} is v${version}, not ${tag}`);
  const own = heads.findIndex(({ name }) => name === version);
  const from = heads[own]?.at;
  const notes =
    from === undefined
      ? ''
      : lines
          .slice(from + 1, heads[own + 1]?.at)
          .join('\n')
          .trim();
  if (notes === '') problems.push(`CHANGELOG.md: says nothing under [${version}]`);
  const waiting = lines
    .slice((first?.at ?? 0) + 1, newest?.at ?? lines.length)
    .join('')
    .trim();
  if (waiting !== '') problems.push(`CHANGELOG.md: [Unreleased] is not empty: move it under [${version}]`);
  return { problems, notes };
}

/** @param {string} one @param {string} other */
function isNewer(one, other) {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  const at = a?.findIndex((part, index) => part !== b?.[index]) ?? -1;
  return at >= 0 && Number(a?.[at]) > Number(b?.[at]);
}

if (process.argv[1] === import.meta.filename) {
  const { problems, notes } = releaseOf((path) => readFileSync(join(root, path), 'utf8'), process.argv[2]);
  for (const problem of problems) console.error(problem);
  if (notes !== '') console.log(notes);
  if (problems.length > 0) process.exitCode = 1;
  else if (notes === '') console.log('one version everywhere');
}
