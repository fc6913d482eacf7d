// A call that only reads is told what is true of it where the database or the leader is away; one that changes something, whether
// that was written.
import { Metadata } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { MethodClass } from '../../../gen/ts/dtms/v1/access.js';
import {
  leaderUnreachable,
  leadLost,
  notLeading,
  storeUnavailable,
  tradeNotFound,
} from '../../../src/errors/errors.js';
import { Call } from '../../../src/interceptors/call.js';
import { errorMapping } from '../../../src/interceptors/error-mapping.js';
import { createLogger } from '../../../src/observability/logger.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import { CONTRACT } from '../../support/grpc.js';

const transport = {
  cancelled: false,
  metadata: new Metadata(),
  getPeer: () => '',
  getDeadline: () => Number.POSITIVE_INFINITY,
  once: () => undefined,
};

async function told(path: string, error: unknown) {
  const method = { path, streaming: false };
  const call = new Call(method, transport, createLogger('silent'));
  const fail = () => Promise.reject(error);
  const handler = errorMapping(CONTRACT).aroundCall?.(method, fail);
  await handler?.(call);
  return { text: call.status?.details ?? '', outcome: call.failure?.metadata.outcome };
}

const FAILURES = [
  storeUnavailable(new Error('away')),
  storeUnavailable(new Error('away'), 'unknown'),
  storeUnavailable(Object.assign(new Error('full'), { code: '53100' })),
  new StoreUnavailableError('away', 'unknown'),
  leaderUnreachable('not_written', undefined),
  leaderUnreachable('unknown', undefined),
  leadLost(undefined),
  new FencedError('another leads'),
];

test.each([...CONTRACT.methods.keys()])('%s', async (path) => {
  const methodClass = CONTRACT.access(path)?.methodClass;
  const reads = methodClass === MethodClass.QUERY || methodClass === MethodClass.STREAM;
  for (const failure of FAILURES) {
    const { text, outcome } = await told(path, failure);
    expect(text, text).toMatch(reads ? /could not be read; ask again$/ : /written$|repeat it$/);
    if (reads) expect(outcome).toBe('not_written');
  }
  // What has nothing to do with it stays.
  for (const other of [tradeNotFound('a', 1n), notLeading('server-2:50051')])
    expect(await told(path, other)).toEqual({ text: other.message, outcome: undefined });
});
