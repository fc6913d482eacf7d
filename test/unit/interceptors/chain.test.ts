// The order of the chain, and what each interceptor leaves on a call.
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { shuttingDown, tradeNotFound } from '../../../src/errors/errors.js';
import { CORRELATION_KEY } from '../../../src/errors/status.js';
import { Call, type Interceptor, type Method } from '../../../src/interceptors/call.js';
import { composeCall, composeRequest } from '../../../src/interceptors/chain.js';
import { createLogger } from '../../../src/observability/logger.js';
import { openChain } from '../../support/grpc.js';

const UNARY: Method = { path: '/dtms.v1.TradeService/GetTrade', streaming: false };
const STREAM: Method = { path: '/dtms.v1.TradeService/WatchTrades', streaming: true };

class Caller {
  cancelled = false;
  readonly metadata = new Metadata();
  peerAsked = 0;
  #onCancelled: () => void = () => undefined;

  getPeer(): string {
    this.peerAsked += 1;
    return '10.0.0.1:5';
  }

  getDeadline(): number {
    return Number.POSITIVE_INFINITY;
  }

  once(_event: 'cancelled', listener: () => void): void {
    this.#onCancelled = listener;
  }

  cancel(): void {
    this.cancelled = true;
    this.#onCancelled();
  }
}

function logged(level: 'debug' | 'info' = 'debug') {
  const lines: Record<string, unknown>[] = [];
  return { lines, logger: createLogger(level, { write: (line: string) => lines.push(JSON.parse(line)) }) };
}

async function through(method: Method, handler: (call: Call) => Promise<void>, caller = new Caller()) {
  const { lines, logger } = logged();
  const call = new Call(method, caller, logger);
  await composeCall(openChain(logger), method, handler)(call);
  return { call, lines, caller };
}

describe('the chain', () => {
  const links = openChain(logged().logger).map(({ name }) => name);

  test('has each of its links once', () => {
    expect(new Set(links).size).toBe(links.length);
  });

  test.each([
    ['correlation', 'logging', 'every line carries the id'],
    ['logging', 'error-mapping', 'it logs the code the caller gets, and the cause it does not get'],
    ['metrics', 'error-mapping', 'it counts the code the caller gets'],
    ['error-mapping', 'client-certificate', 'whatever refuses a call is mapped'],
    ['client-certificate', 'authentication', 'a certificate can be who calls'],
    ['authentication', 'scope-authorization', 'only who is known has scopes'],
    ['scope-authorization', 'rate-limit', 'a refused call uses up nobody’s limit'],
    ['request-size', 'large-requests', 'what is too large never waits'],
    ['authentication', 'rate-limit', 'limits are per caller'],
    ['rate-limit', 'stream-limit', 'opening too often is refused before too many are counted'],
    ['stream-limit', 'deadline', 'only admitted calls have a deadline to cap'],
    ['deadline', 'admission', 'work that outlives its caller’s patience still counts'],
    ['admission', 'large-requests', 'who waits is counted'],
    ['authentication', 'account-authorization', 'only who is known has accounts'],
    ['account-authorization', 'validation', 'what is wrong with a request is told only to who may ask'],
  ])('has %s before %s: %s', (first, second) => {
    expect(links).toContain(first);
    expect(links.indexOf(second)).toBeGreaterThan(links.indexOf(first));
  });

  test('runs calls from the outside in, and requests in the same order', async () => {
    const steps: string[] = [];
    const named = (name: string): Interceptor => ({
      name,
      aroundCall: (_method, next) => async (call) => {
        steps.push(`${name} before`);
        await next(call);
        steps.push(`${name} after`);
      },
      aroundRequest: (_method, next) => (call, bytes) => `${name}(${next(call, bytes)})`,
    });
    const chain = [named('a'), { name: 'nothing' }, named('b')];
    const call = new Call(UNARY, new Caller(), logged().logger);
    await composeCall(chain, UNARY, async () => {
      steps.push('handler');
    })(call);
    expect(steps).toEqual(['a before', 'b before', 'handler', 'b after', 'a after']);
    expect(composeRequest(chain, UNARY, (_call, bytes) => bytes.toString())(call, Buffer.from('x'))).toBe(
      'b(a(x))',
    );
  });

  test('looks its methods up at the start: one the descriptors do not have is refused then', () => {
    const { logger } = logged();
    const method = { path: '/dtms.v1.TradeService/Nothing', streaming: false };
    const chain = openChain(logger);
    expect(() => composeRequest(chain, method, () => undefined)).toThrow(method.path);
  });
});

describe('a call', () => {
  test('that fails carries the failure, its status and its line, and the cause only in the line', async () => {
    const { call, lines } = await through(UNARY, () => Promise.reject(new Error('secret')));
    expect(call.failure?.reason).toBe(ErrorReason.INTERNAL);
    expect(call.status?.code).toBe(status.INTERNAL);
    expect(JSON.stringify(call.status)).not.toContain('secret');
    expect(lines).toMatchObject([{ severity: 'ERROR', code: 'INTERNAL', error: { message: 'secret' } }]);
    expect(lines[0]?.correlation_id).toBe(call.correlationId);
  });

  test.each([
    ['OK of a unary call', UNARY, () => Promise.resolve(), ['DEBUG']],
    ['OK of a stream', STREAM, () => Promise.resolve(), ['INFO', 'INFO']],
    ['a mistake of the caller', UNARY, () => Promise.reject(tradeNotFound('a', 1n)), ['INFO']],
    ['a server that stops', UNARY, () => Promise.reject(shuttingDown()), ['WARNING']],
    ['a server that stops, of a stream', STREAM, () => Promise.reject(shuttingDown()), ['INFO', 'INFO']],
  ])('is logged as %s deserves', async (_, method, handler, severities) => {
    const { lines } = await through(method, handler);
    expect(lines.map(({ severity }) => severity)).toEqual(severities);
  });

  test('that succeeded costs no line, no child logger and no address above the debug level', async () => {
    const { lines, logger } = logged('info');
    const caller = new Caller();
    const call = new Call(UNARY, caller, logger);
    await composeCall(openChain(logger), UNARY, () => Promise.resolve())(call);
    expect(lines).toEqual([]);
    expect(caller.peerAsked).toBe(0);
  });

  test('whose caller left is logged as cancelled, whatever became of it', async () => {
    const caller = new Caller();
    const handler = async () => {
      caller.cancel();
      throw new Error('aborted');
    };
    const { lines } = await through(UNARY, handler, caller);
    expect(lines).toMatchObject([{ severity: 'INFO', code: 'CANCELLED' }]);
  });

  test('takes a fit correlation id and replaces another', async () => {
    const given = new Caller();
    given.metadata.set(CORRELATION_KEY, 'a_b.c-1');
    expect((await through(UNARY, () => Promise.resolve(), given)).call.correlationId).toBe('a_b.c-1');
    const unfit = new Caller();
    unfit.metadata.set(CORRELATION_KEY, 'a b');
    expect((await through(UNARY, () => Promise.resolve(), unfit)).call.correlationId).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  test('aborts its signal when the caller leaves, not when the call is over', () => {
    const left = new Caller();
    const abandoned = new Call(UNARY, left, logged().logger);
    const { signal } = abandoned;
    left.cancel();
    expect(signal.aborted).toBe(true);

    const over = new Caller();
    const done = new Call(UNARY, over, logged().logger);
    const kept = done.signal;
    done.finish();
    over.cancel();
    expect(kept.aborted).toBe(false);
    expect(done.cancelled).toBe(false);

    const late = new Caller();
    late.cancel();
    expect(new Call(UNARY, late, logged().logger).signal.aborted).toBe(true);
  });
});
