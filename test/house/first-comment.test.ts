// Owns the form of first comments: a file of src says first what it owns.
import { expect, test } from 'vitest';
import { sourceFiles } from '../support/source-tree.js';

test('every file of src says first what it owns', () => {
  const silent = sourceFiles('src').filter(({ text }) => !/^(?:#!.*\n)?\/\/ Owns \S/.test(text));
  expect(silent.map(({ path }) => path)).toEqual([]);
});
