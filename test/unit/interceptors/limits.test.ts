// Who is one caller, who is exempt, and the limits that count what is open or under way.
import { Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MethodClass, Scope } from '../../../gen/ts/dtms/v1/access.js';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import type { Principal } from '../../../src/access/principal.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { admission } from '../../../src/interceptors/admission.js';
import { Call, type CallHandler, type Interceptor, type Method } from '../../../src/interceptors/call.js';
import { deadlineCap } from '../../../src/interceptors/deadline.js';
import { callerOf, limitedCallers } from '../../../src/interceptors/limits.js';
import { rateLimit, ratesOf } from '../../../src/interceptors/rate-limit.js';
import { streamLimit } from '../../../src/interceptors/stream-limit.js';
import { createLogger } from '../../../src/observability/logger.js';
import { LIMITS } from '../../support/grpc.js';

const UNARY: Method = { path: '/unary', streaming: false };
const STREAM: Method = { path: '/stream', streaming: true };
const logger = createLogger('silent');
const always = () => true;

function principal(kind: Principal['kind'], id: string): Principal {
  return { kind, id, name: id, scopes: new Set([Scope.READ]), feeds: null, accounts: null };
}

function callOf(method: Method, who = principal('key', 'a'), deadline = Number.POSITIVE_INFINITY): Call {
  const transport = {
    cancelled: false,
    metadata: new Metadata(),
    getPeer: () => '10.0.0.1:5',
    getDeadline: () => deadline,
    once: () => undefined,
  };
  const call = new Call(method, transport, logger);
  call.principal = who;
  return call;
}

function bound(interceptor: Interceptor, method: Method, work: CallHandler) {
  const handle = interceptor.aroundCall?.(method, work) ?? work;
  return async (call: Call): Promise<ErrorReason | 'ok'> => {
    try {
      await handle(call);
      return 'ok';
    } catch (error) {
      if (error instanceof DtmsError) return error.reason;
      throw error;
    }
  };
}

/** Work that ends when it is told. */
function held() {
  const ends: (() => void)[] = [];
  return {
    work: () => new Promise<void>((resolve) => ends.push(resolve)),
    end: (count = 1) => {
      for (const end of ends.splice(0, count)) end();
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('one caller', () => {
  test.each([
    [principal('key', 'k3v7'), 'key:k3v7'],
    [principal('certificate', 'mt5-1'), 'certificate:mt5-1'],
    [principal('open', '10.1.2.3'), 'open:10.1.2.3'],
    [principal('open', '::ffff:10.1.2.3'), 'open:10.1.2.3'],
    [principal('open', '2001:db8:1:2:3:4:5:6'), 'open:2001:db8:1:2::/64'],
    [principal('open', '2001:db8:1:2::9'), 'open:2001:db8:1:2::/64'],
    [principal('open', '2001:db8::9'), 'open:2001:db8:0:0::/64'],
    [principal('open', '::1'), 'open:0:0:0:0::/64'],
    [principal('open', 'unknown'), 'open:unknown'],
  ])('%o is %s', (who, caller) => {
    expect(callerOf(who)).toBe(caller);
  });

  test.each([
    ['auto', '127.0.0.1', 'open', false],
    ['auto', '::1', 'open', false],
    ['auto', '127.0.0.1', 'key', true],
    ['auto', '0.0.0.0', 'open', true],
    ['auto', '10.0.0.1', 'certificate', true],
    ['on', '127.0.0.1', 'open', true],
    ['off', '0.0.0.0', 'key', false],
  ] as const)('limits %s on %s: %s is limited: %s', (mode, host, kind, expected) => {
    expect(limitedCallers({ mode }, host)(principal(kind, 'x'))).toBe(expected);
  });
});

describe('rates', () => {
  const contract = (methodClass: MethodClass) => ({
    access: () => ({
      scopes: [],
      methodClass,
      accountFields: [],
      batch: false,
      idempotent: false,
      everyAccount: false,
    }),
  });
  const rates = ratesOf({ ...LIMITS, registrationsPerSecond: 10, registrationsBurst: 20, queriesBurst: 5 });

  test('are per class and caller; who is exempt is not counted', async () => {
    const exempt = principal('open', '127.0.0.1');
    const interceptor = rateLimit(contract(MethodClass.QUERY), ({ kind }) => kind !== 'open', rates);
    const go = bound(interceptor, UNARY, () => Promise.resolve());
    for (let i = 0; i < 5; i++) expect(await go(callOf(UNARY))).toBe('ok');
    expect(await go(callOf(UNARY))).toBe(ErrorReason.RATE_LIMITED);
    expect(await go(callOf(UNARY, principal('key', 'b')))).toBe('ok');
    for (let i = 0; i < 100; i++) expect(await go(callOf(UNARY, exempt))).toBe('ok');
  });

  test('a registration batch costs its items, a query of many does not', async () => {
    const outcomes = async (methodClass: MethodClass) => {
      const interceptor = rateLimit(contract(methodClass), always, rates);
      const read = interceptor.aroundRequest?.(UNARY, () => ({ trades: new Array(20).fill({}) }));
      const go = bound(interceptor, UNARY, async (call) => {
        read?.(call, Buffer.alloc(0));
      });
      return [await go(callOf(UNARY)), await go(callOf(UNARY))];
    };
    expect(await outcomes(MethodClass.REGISTRATION)).toEqual(['ok', ErrorReason.RATE_LIMITED]);
    expect(await outcomes(MethodClass.QUERY)).toEqual(['ok', 'ok']);
  });
});

describe('streams', () => {
  test('are counted per caller and of everybody, and calls are not', async () => {
    const interceptor = streamLimit(always, {
      maxStreamsPerCaller: 2,
      maxStreamsPerAccount: 9,
      maxStreams: 3,
    });
    const { work, end } = held();
    const go = bound(interceptor, STREAM, work);
    const [a, b] = [principal('key', 'a'), principal('key', 'b')];
    const open = [go(callOf(STREAM, a)), go(callOf(STREAM, a))];
    expect(await go(callOf(STREAM, a))).toBe(ErrorReason.TOO_MANY_STREAMS);
    open.push(go(callOf(STREAM, b)));
    expect(await go(callOf(STREAM, b))).toBe(ErrorReason.TOO_MANY_STREAMS);
    const unary = bound(interceptor, UNARY, () => Promise.resolve());
    for (let i = 0; i < 10; i++) expect(await unary(callOf(UNARY, a))).toBe('ok');
    end();
    expect(await open[0]).toBe('ok');
    open.push(go(callOf(STREAM, b)));
    end(3);
    expect(await Promise.all(open)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('that fail give their place back', async () => {
    const interceptor = streamLimit(always, {
      maxStreamsPerCaller: 1,
      maxStreamsPerAccount: 9,
      maxStreams: 1,
    });
    const go = bound(interceptor, STREAM, () => Promise.reject(new DtmsError(ErrorReason.INTERNAL, '')));
    for (let i = 0; i < 5; i++) expect(await go(callOf(STREAM))).toBe(ErrorReason.INTERNAL);
  });
});

describe('admission', () => {
  test('lets as many in as configured, and one more for each that is done', async () => {
    const { work, end } = held();
    const go = bound(admission({ maxCallsInFlight: 3, maxCallsPerAccount: 9 }), UNARY, work);
    const under = [1, 2, 3].map(() => go(callOf(UNARY)));
    expect(await go(callOf(UNARY))).toBe(ErrorReason.OVERLOADED);
    end();
    expect(await under[0]).toBe('ok');
    under.push(go(callOf(UNARY)));
    end(3);
    expect(await Promise.all(under)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test('counts work whose caller was answered before it ended', async () => {
    vi.useFakeTimers();
    const { work, end } = held();
    const inner = admission({ maxCallsInFlight: 1, maxCallsPerAccount: 9 }).aroundCall?.(UNARY, work) ?? work;
    const go = bound(deadlineCap({ maxCallMs: 1000 }), UNARY, inner);
    const first = go(callOf(UNARY));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await first).toBe(ErrorReason.DEADLINE_EXCEEDED);
    expect(await go(callOf(UNARY))).toBe(ErrorReason.OVERLOADED);
    end();
    await vi.advanceTimersByTimeAsync(0);
    const next = go(callOf(UNARY));
    end();
    expect(await next).toBe('ok');
  });
});

describe('the deadline', () => {
  const CAP = 30_000;

  test.each([
    ['none', Number.POSITIVE_INFINITY, CAP],
    ['beyond the cap', 720 * 3_600_000, CAP],
    ['at the cap', CAP, CAP],
    ['within the cap', 1000, 1000],
  ])('%s', async (_name, given, expected) => {
    vi.useFakeTimers();
    const now = Date.now();
    let seen = 0;
    const go = bound(deadlineCap({ maxCallMs: CAP }), UNARY, async (call) => {
      seen = call.deadline;
    });
    expect(await go(callOf(UNARY, undefined, now + given))).toBe('ok');
    expect(seen - now).toBe(expected);
  });

  test.each([
    ['passed', -1],
    ['of now', 0],
    ['that grpc-js counts into the past', (720 * 3_600_000) | 0],
  ])('%s: nothing is begun', async (_name, given) => {
    vi.useFakeTimers();
    const work = vi.fn(() => Promise.resolve());
    const go = bound(deadlineCap({ maxCallMs: CAP }), UNARY, work);
    expect(await go(callOf(UNARY, undefined, Date.now() + given))).toBe(ErrorReason.DEADLINE_EXCEEDED);
    expect(work).not.toHaveBeenCalled();
  });

  test('a call at its cap is answered, and its work told to stop, not a moment before', async () => {
    vi.useFakeTimers();
    const call = callOf(UNARY);
    const { signal } = call;
    let answer: unknown;
    const done = bound(
      deadlineCap({ maxCallMs: CAP }),
      UNARY,
      held().work,
    )(call).then((reason) => {
      answer = reason;
    });
    await vi.advanceTimersByTimeAsync(CAP - 1);
    expect([answer, signal.aborted]).toEqual([undefined, false]);
    await vi.advanceTimersByTimeAsync(1);
    await done;
    expect([answer, signal.aborted]).toEqual([ErrorReason.DEADLINE_EXCEEDED, true]);
  });

  test('a call that is done leaves no timer', async () => {
    vi.useFakeTimers();
    await bound(deadlineCap({ maxCallMs: CAP }), UNARY, () => Promise.resolve())(callOf(UNARY));
    await bound(deadlineCap({ maxCallMs: CAP }), UNARY, () =>
      Promise.reject(new DtmsError(ErrorReason.INTERNAL, '')),
    )(callOf(UNARY));
    expect(vi.getTimerCount()).toBe(0);
  });

  test('streams have none', async () => {
    vi.useFakeTimers();
    const { work, end } = held();
    const call = callOf(STREAM);
    const open = bound(deadlineCap({ maxCallMs: CAP }), STREAM, work)(call);
    await vi.advanceTimersByTimeAsync(100 * CAP);
    expect([call.signal.aborted, call.deadline]).toEqual([false, Number.POSITIVE_INFINITY]);
    end();
    expect(await open).toBe('ok');
  });
});
