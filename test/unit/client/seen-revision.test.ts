// What a client says it has seen of the log: the newest of all it was told, and nothing of another log.
import { Metadata, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { callError } from '../../../src/client/errors.js';
import type { OutgoingCall } from '../../../src/client/hooks.js';
import { SeenRevision } from '../../../src/client/seen-revision.js';
import { revisionInFuture } from '../../../src/errors/errors.js';
import { toStatus } from '../../../src/errors/status.js';

const METHOD = '/dtms.v1.TradeService/GetTrade';
const outgoing = (): OutgoingCall => ({ method: METHOD, request: {}, metadata: new Metadata() });
const said = ({ metadata }: OutgoingCall): string | undefined =>
  metadata.get('dtms-min-revision')[0]?.toString();

/** Makes one call that is answered so; tells what each attempt said. */
async function ask(seen: SeenRevision, answer: (attempt: string | undefined) => unknown): Promise<unknown[]> {
  const attempts: (string | undefined)[] = [];
  await seen.interceptor.unary?.(outgoing(), (call) => {
    attempts.push(said(call));
    return Promise.resolve().then(() => answer(said(call)));
  });
  return attempts;
}

test('law: each call says the newest revision that any answer before it told', async () => {
  const answer = fc.oneof(
    fc.record({ revision: fc.bigInt(1n, 99n) }),
    fc.record({ trade: fc.record({ revision: fc.bigInt(1n, 99n) }) }),
    fc.record({ headRevision: fc.bigInt(1n, 99n) }),
    fc.record({ revision: fc.string() }),
    fc.constant(undefined),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(answer), async (answers) => {
      const seen = new SeenRevision();
      let newest = 0n;
      for (const told of answers) {
        expect(await ask(seen, () => told)).toEqual([newest === 0n ? undefined : String(newest)]);
        const revisions = Object.values({ ...told, ...(told && 'trade' in told ? told.trade : {}) });
        for (const revision of revisions)
          if (typeof revision === 'bigint' && revision > newest) newest = revision;
      }
    }),
  );
});

test('of a log that does not go so far nothing was seen: the call is tried again without', async () => {
  const seen = new SeenRevision();
  await ask(seen, () => ({ revision: 9n }));
  const { code, details, metadata } = toStatus(revisionInFuture(9n, 3), 'id');
  const future = callError(METHOD, Object.assign(new Error('future'), { code, details, metadata }));
  expect(code).toBe(status.OUT_OF_RANGE);
  const attempts = await ask(seen, (attempt) => {
    if (attempt !== undefined) throw future;
    return { revision: 3n };
  });
  expect(attempts).toEqual(['9', undefined]);
  expect(future).toMatchObject({ report: { reason: ErrorReason.REVISION_IN_FUTURE } });
  expect(await ask(seen, () => ({}))).toEqual(['3']);
});
