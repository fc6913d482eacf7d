import { expect, test } from 'vitest';

import { FencedError, StoreUnavailableError, storeError } from '../../../src/store/errors.js';

const server = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('from the server'), { code, severity });
const system = (code: string) => Object.assign(new Error(code), { code, syscall: 'connect' });

test.each([
  ['57P01', 'FATAL', 'unknown'],
  ['57P02', 'FATAL', 'unknown'],
  ['57P03', 'FATAL', 'unknown'],
  ['57014', 'ERROR', 'not_written'],
  ['08006', 'FATAL', 'unknown'],
  ['25006', 'ERROR', 'not_written'],
  ['53100', 'ERROR', 'not_written'],
  ['40001', 'ERROR', 'not_written'],
  ['40P01', 'ERROR', 'not_written'],
  ['58030', 'ERROR', 'not_written'],
])('SQLSTATE %s (%s) says not now, and that the outcome is %s', (code, severity, outcome) => {
  const cause = server(code, severity);
  const error = storeError(cause);
  expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(error).toMatchObject({ outcome, cause });
});

test.each([
  system('ECONNREFUSED'),
  system('ECONNRESET'),
  new Error('Connection terminated unexpectedly'),
  new Error('Query read timeout'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Client has encountered a connection error and is not queryable'),
  new Error('Client was closed and is not queryable'),
  new Error('Cannot use a pool after calling end on the pool'),
  new AggregateError([system('ECONNREFUSED')]),
])('without an answer of the server the outcome is unknown: %s', (cause) => {
  expect(storeError(cause)).toMatchObject({ name: 'StoreUnavailableError', outcome: 'unknown' });
});

test.each([server('23505'), server('42601'), new RangeError('NaN'), new FencedError('other')])(
  'a fault of ours stays what it is: %s',
  (cause) => expect(storeError(cause)).toBe(cause),
);
