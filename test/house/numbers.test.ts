// Numbers for people are made in one place, which gives zero no sign: "-0.00" looks like a loss.
import { expect, test } from 'vitest';
import { sourceFiles } from '../support/source-tree.js';

/** Whose digits nobody reads, each with the reason. */
const OTHERS: Readonly<Record<string, string>> = {
  'src/domain/number-text.ts': 'the one place',
  'src/observability/metrics/exposition.ts': 'a moment, for Prometheus',
  'src/report/page-text.ts': 'a place in a drawing',
  'src/study/page-score.ts': 'a place in a drawing',
};

test('digits are cut by number-text.ts alone, but for numbers that stay numbers', () => {
  const made = sourceFiles('src').filter(({ text }) =>
    text.replaceAll(/Number\([^\n]*toFixed\(/g, '').includes('.toFixed('),
  );
  expect(made.map(({ path }) => path).sort()).toEqual(Object.keys(OTHERS).sort());
});
