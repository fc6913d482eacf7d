// The arrows: which folder of src imports which. Nothing points up, and there is no circle of files.
import { describe, expect, test } from 'vitest';
import { sourceFiles } from '../support/source-tree.js';
import { ARROWS } from './arrows.js';

const FLOORS = Object.keys(ARROWS);
/** The rooms of the domain, bottom first: each may import those before it. `rules` names what its numbers are for. */
const ROOMS = [
  ...[
    'rules',
    'number-text',
    'csv-cell',
    'flags',
    'market',
    'broker',
    'signals',
    'views',
    'trade',
    'ownership',
    'account',
    'actions',
    'policy',
    'money',
  ],
  'changes',
  'reconciliation',
  'notices',
  'effect',
];

const files = sourceFiles('src');
const folderOf = (path: string) => path.split('/')[1]?.replace(/\.tsx?$/, '') ?? '';

/** From folder to folder, with an import that makes the arrow. */
const found = new Map<string, string>();
for (const { path, imports } of files) {
  for (const imported of imports) {
    const [from, to] = [folderOf(path), folderOf(imported)];
    if (imported.startsWith('src/') && from !== to)
      found.set(`${from} -> ${to}`, `${path} imports ${imported}`);
  }
}

const pairs = (table: Readonly<Record<string, Iterable<string>>>) =>
  Object.entries(table).flatMap(([from, targets]) => [...targets].map((to) => `${from} -> ${to}`));
const allowed = pairs(
  Object.fromEntries(Object.entries(ARROWS).map(([from, to]) => [from, Object.keys(to)])),
);

describe('the arrows', () => {
  test('every folder has its place', () => {
    expect([...new Set(files.map(({ path }) => folderOf(path)))].sort()).toEqual([...FLOORS].sort());
  });

  test('what is allowed points down', () => {
    const floor = (name = '') => FLOORS.indexOf(name);
    const up = allowed.filter((arrow) => {
      const [from, to] = arrow.split(' -> ');
      return floor(from) <= floor(to);
    });
    expect(up).toEqual([]);
  });

  test('nothing is imported that is not allowed', () => {
    const named = new Set(allowed);
    expect([...found].filter(([arrow]) => !named.has(arrow))).toEqual([]);
  });

  test('nothing is allowed that is not needed', () => {
    expect(allowed.filter((arrow) => !found.has(arrow))).toEqual([]);
  });

  test('commands and queries speak the domain: no proto, no gRPC', () => {
    const useCases = files.filter(({ path }) => /^src\/(commands|queries)\//.test(path));
    expect(useCases.length).toBeGreaterThan(0);
    const spoken = useCases.filter(
      ({ text, imports }) => text.includes('@grpc/') || imports.some((to) => to.startsWith('gen/')),
    );
    expect(spoken.map(({ path }) => path)).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    const imports = new Map(
      files.map((file) => [file.path, file.imports.filter((to) => to.startsWith('src/'))]),
    );
    expect(circles(imports)).toEqual([]);
  });

  test('the rooms of the domain import one way', () => {
    const roomOf = (path: string) => ROOMS.indexOf(path.split('/')[2]?.replace(/\.ts$/, '') ?? '');
    const inDomain = files.filter(({ path }) => path.startsWith('src/domain/'));
    expect(inDomain.filter(({ path }) => roomOf(path) < 0)).toEqual([]);
    const up = inDomain.flatMap(({ path, imports }) =>
      imports
        .filter((to) => to.startsWith('src/domain/') && roomOf(path) > 0 && roomOf(to) > roomOf(path))
        .map((to) => `${path} imports ${to}`),
    );
    expect(up).toEqual([]);
  });
});

/** Groups of more than one that all reach each other (Tarjan's). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    stack.push(node);
    let lowest = own;
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? own);
    }
    if (lowest === own) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) groups.push(group.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return groups.sort();
}
