// What follows a call's work: once, with its outcome, and without a promise where there was none.
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { around } from '../../../src/interceptors/around.js';
import { Call, type CallHandler } from '../../../src/interceptors/call.js';
import { createLogger } from '../../../src/observability/logger.js';

const transport = {
  cancelled: false,
  metadata: new Metadata(),
  getPeer: () => '10.0.0.1:5',
  getDeadline: () => Number.POSITIVE_INFINITY,
  once: () => undefined,
};
const call = new Call({ path: '/unary', streaming: false }, transport, createLogger('silent'));

const ways: [string, CallHandler, unknown[]][] = [
  ['done at once', () => undefined, ['done']],
  ['done later', () => Promise.resolve(), ['done']],
  [
    'failed at once',
    () => {
      throw new Error('no');
    },
    ['no'],
  ],
  ['failed later', () => Promise.reject(new Error('no')), ['no']],
];

describe('work', () => {
  test.each(ways)('%s is followed once', async (_, work, expected) => {
    const seen: unknown[] = [];
    await around(
      work,
      call,
      () => void seen.push('done'),
      (_call, error) => void seen.push(error instanceof Error ? error.message : error),
    );
    expect(seen).toEqual(expected);
  });

  test.each(ways.slice(0, 2))('%s: what breaks after it is no failure of the work', async (_, work) => {
    const failures: unknown[] = [];
    const broken = () => {
      throw new Error('after');
    };
    const whole = async () => around(work, call, broken, (_call, error) => void failures.push(error));
    await expect(whole()).rejects.toThrow('after');
    expect(failures).toEqual([]);
  });

  test('done at once makes no promise', () => {
    expect(
      around(
        () => undefined,
        call,
        () => undefined,
        () => undefined,
      ),
    ).toBeUndefined();
  });
});
