// The pages: each file and each heading they point to is there, and the list of decisions is the decisions.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-files.js';

const root = packageRoot();
const ADR = join('docs', 'adr');

/** What a page names that only a run of ours makes. */
const MADE: ReadonlySet<string> = new Set(['bench/results/latest']);

const textOf = (page: string) => readFileSync(join(root, page), 'utf8');
const isThere = (path: string) => MADE.has(path) || existsSync(join(root, path));

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'bench', 'test', 'clients'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
].sort();

/** Paths of the checkout in backticks; not those that stand for several. */
function pathsIn(text: string): string[] {
  const named = text.matchAll(/`((?:src|test|docs|bench|scripts|config|proto|gen|clients)\/[^`\s]*)`/g);
  return [...named].map(([, path = '']) => path).filter((path) => !/[<>*{}$]/.test(path));
}

/** The anchors of a page's headings. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function brokenLinksOf(page: string): string[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path = '', anchor = ''] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!isThere(target)) return true;
      return anchor !== '' && target.endsWith('.md') && !anchorsOf(target).includes(anchor);
    });
}

describe.each(pages)('%s', (page) => {
  test('names files that are there', () => {
    expect(pathsIn(textOf(page)).filter((path) => !isThere(path))).toEqual([]);
  });

  test('links to what is there', () => {
    expect(brokenLinksOf(page)).toEqual([]);
  });
});

test('the README claims the figures of the evidence', () => {
  const [, claims = ''] = /\*\*The score does not predict\.\*\*(.*?)\n\n/s.exec(textOf('README.md')) ?? [];
  const figures = claims.match(/[+-]\d+\.\d+/g) ?? [];
  expect(figures.length).toBeGreaterThan(4);
  const evidence = textOf(join('docs', 'evidence.md'));
  expect(figures.filter((figure) => !evidence.includes(figure))).toEqual([]);
});

test('a path that is gone and a heading that is not there are found', () => {
  expect(pathsIn('`src/gone.ts`, `src/{a,b}.ts`, `not a path`')).toEqual(['src/gone.ts']);
  expect(isThere('src/gone.ts')).toBe(false);
  expect(anchorsOf('docs/architecture.md')).toContain('the-state-table');
});

test('the list of decisions has each of them, in order, by its title', () => {
  const rows = textOf(join(ADR, 'README.md')).matchAll(/^\| \[(\d{4})\]\((.*)\) *\| (.*?) *\|$/gm);
  const listed = [...rows].map(([, number, file, title]) => [file, `# ${number} ${title}`]);
  const decisions = readdirSync(join(root, ADR)).filter((name) => /^\d{4}-/.test(name));
  expect(listed).toEqual(decisions.sort().map((name) => [name, textOf(join(ADR, name)).split('\n', 1)[0]]));
});
