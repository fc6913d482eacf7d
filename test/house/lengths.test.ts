// How long things are: no file that must be scrolled through for long, no function that does not fit a screen.
import { describe, expect, test } from 'vitest';
import { sourceFiles } from '../support/source-tree.js';
import { LONG_FILES, LONG_FUNCTIONS } from './long.js';

const MOST_FILE_LINES = 400;
const MOST_FUNCTION_LINES = 60;
/** What only groups tests, and is no function but in its form. */
const GROUP = /^describe\b/;

const files = [...sourceFiles('src'), ...sourceFiles('test')];

describe('no longer than can be read', () => {
  test('files', () => {
    const lengths = files.map(({ path, lines }) => [path, lines] as const);
    judge(lengths, MOST_FILE_LINES, LONG_FILES);
  });

  test('functions', () => {
    const lengths = files.flatMap(({ path, functions }) =>
      functions
        .filter(({ name }) => !GROUP.test(name))
        .map(({ name, lines }) => [`${path} ${name}`, lines] as const),
    );
    judge(lengths, MOST_FUNCTION_LINES, LONG_FUNCTIONS);
  });
});

/** Nothing is longer than the most but what is listed, and nothing is listed that is not. */
function judge(
  lengths: readonly (readonly [string, number])[],
  most: number,
  listed: Readonly<Record<string, string>>,
): void {
  const long = lengths.filter(([, lines]) => lines > most);
  expect(long.filter(([name]) => !(name in listed))).toEqual([]);
  const names = new Set(long.map(([name]) => name));
  expect(Object.keys(listed).filter((name) => !names.has(name))).toEqual([]);
}
