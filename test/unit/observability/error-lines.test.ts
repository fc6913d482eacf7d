// Error lines of the log are counted by kind, whatever writes them, and lines below an error are not.
import { expect, test } from 'vitest';
import { errorLines } from '../../../src/observability/error-lines.js';
import { createLogger } from '../../../src/observability/logger.js';

test('by message and type of error, of children too, and no others', () => {
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => lines.push(line) });
  const before = new Map(errorLines());
  const grown = (kind: string) => (errorLines().get(kind) ?? 0) - (before.get(kind) ?? 0);
  logger.error('counted plainly');
  logger.child({ account: 'a' }).error({ error: new RangeError('x') }, 'counted with its error');
  logger.fatal({ error: 'no error' }, 'counted plainly');
  logger.warn('not counted');
  expect(grown('counted plainly')).toBe(2);
  expect(grown('counted with its error (RangeError)')).toBe(1);
  expect(grown('not counted')).toBe(0);
  expect(lines).toHaveLength(4);
});

test('what is not written is not counted', () => {
  const before = errorLines().get('silent') ?? 0;
  createLogger('silent').error('silent');
  expect(errorLines().get('silent') ?? 0).toBe(before);
});
