// The Containerfile, which is built where a builder is: no fault a linter finds, what it promises of how it runs, and all it copies is there.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';

const root = packageRoot();
const text = readFileSync(join(root, 'Containerfile'), 'utf8');
const file = DockerfileParser.parse(text);
const last = file.getFROMs().at(-1)?.getRange()?.start.line ?? 0;
const instructions = file.getInstructions().map((one) => ({
  name: one.getKeyword(),
  text: one.getArgumentsContent() ?? '',
  line: one.getRange().start.line,
}));
/** What the last stage, the image, says with an instruction. */
const said = (name: string) =>
  instructions.filter((one) => one.name === name && one.line >= last).map(({ text: argument }) => argument);
const manifest: { files: string[]; engines: { node: string } } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);

test('the linter finds nothing', () => {
  expect(validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
  // It finds something where there is something.
  expect(validate('FROM node\nCMD a\nCMD b\nEXPOSE x').length).toBeGreaterThan(1);
});

test('every image is pinned to a version of Node that DTMS runs on', () => {
  const images = file.getFROMs().map((from) => from.getImage() ?? '');
  expect(images.length).toBeGreaterThan(1);
  for (const image of images)
    expect(image).toMatch(/^docker\.io\/library\/node:(2[2-6])\.\d+-bookworm-slim$/);
  expect(manifest.engines.node).toBe('>=20.19');
});

test('it runs as a user by number, and not as root', () => {
  expect(said('USER')).toEqual(['1000:1000']);
});

test('what runs in it needs no shell, and the health check is the program itself', () => {
  for (const name of ['ENTRYPOINT', 'CMD']) {
    expect(said(name)).toHaveLength(1);
    expect(Array.isArray(JSON.parse(said(name)[0] ?? ''))).toBe(true);
  }
  expect(said('HEALTHCHECK')[0]).toMatch(/CMD \["node", "\/app\/dist\/src\/cli\.js", "probe", "livez"\]$/);
  expect(said('RUN')).toEqual([]);
});

test('what it writes is in the volume', () => {
  expect(said('VOLUME')).toEqual(['["/data"]']);
  expect(said('ENV')[0]).toContain('DTMS_DATA_DIR=/data');
});

test('it has what the npm package has for the program, and each of it exists', () => {
  const copied = said('COPY').join(' ');
  for (const part of manifest.files.filter((one) => !/^(!|docs|deploy|CHANGELOG)/.test(one)))
    expect(copied).toContain(`/app/${part} `);
  const sources = [...copied.matchAll(/\/app\/(\S+)/g)].map(([, path = '']) => path);
  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('what it copies of the sources, and what its build reads, is not ignored', () => {
  const kept = readFileSync(join(root, '.dockerignore'), 'utf8');
  expect(kept).toMatch(/^\*$/m);
  const { include }: { include: string[] } = JSON.parse(
    readFileSync(join(root, 'tsconfig.build.json'), 'utf8'),
  );
  const built = include.map((one) => one.split('/')[0]).filter((one) => one !== 'docs');
  const copied = [
    ...said('COPY')
      .join(' ')
      .matchAll(/\/app\/([^\s/]+)/g),
  ]
    .map(([, name = '']) => name)
    .filter((name) => !['node_modules', 'dist'].includes(name));
  expect(copied).toContain('policies');
  for (const name of new Set([...built, ...copied, 'scripts', 'docs/examples', 'package-lock.json']))
    expect(kept).toContain(`\n!${name}\n`);
});
