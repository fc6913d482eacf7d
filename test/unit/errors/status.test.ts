// What a caller sees of an error, and what it does not see.
import { readFileSync } from 'node:fs';
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  codeOf,
  DtmsError,
  invalidFields,
  MAX_VIOLATIONS,
  type Reason,
  reasonName,
  reasonNamed,
} from '../../../src/errors/errors.js';
import { asDtmsError, fromServiceError, STATUS_DETAILS_KEY, toStatus } from '../../../src/errors/status.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';

const REASONS = Object.values(ErrorReason).filter(
  (value): value is Reason => typeof value === 'number' && value !== ErrorReason.UNSPECIFIED,
);

/** A status as a client gets it. */
function received({ code, details, metadata }: StatusObject): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata });
}

const report = (error: DtmsError) => fromServiceError(received(toStatus(error, 'id-1')));

describe('a reason', () => {
  const proto = readFileSync(new URL('../../../proto/dtms/v1/error_reason.proto', import.meta.url), 'utf8');

  test.each(REASONS.map((reason) => [reasonName(reason), reason] as const))(
    '%s has its documented code',
    (name, reason) => {
      const comment = proto.split(`ERROR_REASON_${name} =`)[0]?.split(';').at(-1) ?? '';
      const documented = /\b(?:[A-Z]+_)*[A-Z]{5,}\b/g;
      const codes = comment.match(documented)?.filter((word) => word in status);
      expect(codes?.[0]).toBe(status[codeOf(reason)]);
    },
  );

  test('is found by its name, and an unknown name is none', () => {
    for (const reason of REASONS) expect(reasonNamed(reasonName(reason))).toBe(reason);
    for (const name of ['', 'UNSPECIFIED', 'toString', 'ERROR_REASON_INTERNAL']) {
      expect(reasonNamed(name)).toBeUndefined();
    }
  });
});

describe('an error on the wire', () => {
  test('arrives as it was sent', () => {
    const text = fc.string({ maxLength: 200, unit: 'grapheme' });
    const key = fc.stringMatching(/^[a-z][a-z_]{0,19}$/);
    fc.assert(
      fc.property(
        fc.constantFrom(...REASONS.filter((reason) => reason !== ErrorReason.INTERNAL)),
        text,
        fc.dictionary(key, text, { maxKeys: 4, noNullPrototype: true }),
        fc.array(fc.record({ field: text, description: text }), { maxLength: 5 }),
        fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }),
        (reason, message, metadata, violations, retryAfterMs) => {
          const error = new DtmsError(reason, message, { metadata, violations, retryAfterMs });
          expect(report(error)).toEqual({
            code: error.code,
            reason,
            message,
            metadata,
            violations,
            retryAfterMs,
            correlationId: 'id-1',
          });
        },
      ),
    );
  });

  test('keeps an internal cause to itself and names the correlation id', () => {
    const secret = 'SELECT password FROM users';
    const sent = toStatus(asDtmsError(new Error(secret)), 'id-7');
    expect(sent.code).toBe(status.INTERNAL);
    expect(sent.details).toBe('internal error, correlation id id-7');
    const bytes = sent.metadata.get(STATUS_DETAILS_KEY)[0];
    expect(Buffer.from(bytes ?? '').includes('SELECT')).toBe(false);
    expect(asDtmsError(new Error(secret)).cause).toMatchObject({ message: secret });
  });

  test.each([
    ['a string', 'secret'],
    ['nothing', undefined],
    [
      'an error with a gRPC code of its own',
      Object.assign(new Error('secret'), { code: 5, details: 'secret' }),
    ],
  ])('masks %s that was thrown', (_, thrown) => {
    const sent = toStatus(asDtmsError(thrown), 'id-1');
    expect(sent.code).toBe(status.INTERNAL);
    expect(sent.details).not.toContain('secret');
  });

  test('tells what the store could not do, without its words', () => {
    const away = new StoreUnavailableError('connect ECONNREFUSED 10.0.0.7:5432', 'unknown');
    expect(report(asDtmsError(away))).toMatchObject({
      code: status.UNAVAILABLE,
      reason: ErrorReason.STORE_UNAVAILABLE,
      metadata: { outcome: 'unknown' },
    });
    expect(report(asDtmsError(away)).message).not.toContain('10.0.0.7');
    expect(report(asDtmsError(new FencedError('epoch 3 is not 4')))).toMatchObject({
      code: status.UNAVAILABLE,
      reason: ErrorReason.NOT_LEADING,
      // Its commit may have been the last of the term before.
      metadata: { outcome: 'unknown' },
    });
  });

  test('is text that grpc-js can send: no lone surrogate, no endless line', () => {
    const sent = toStatus(
      new DtmsError(ErrorReason.TRADE_NOT_FOUND, `\uD800${'x'.repeat(100_000)}\uDC00`),
      'id-1',
    );
    expect(() => encodeURI(sent.details)).not.toThrow();
    expect(sent.details.length).toBeLessThan(600);
    // Cutting must not make a new lone surrogate.
    const emoji = toStatus(
      new DtmsError(ErrorReason.TRADE_NOT_FOUND, `x${'\u{1F600}'.repeat(1000)}`),
      'id-1',
    );
    expect(() => encodeURI(emoji.details)).not.toThrow();
  });

  test('lists so many violations that the trailers still fit', () => {
    const violations = Array.from({ length: 5000 }, (_, index) => ({
      field: `items[${index}].order_flow.sell_volume`,
      description: 'must be at most 1000000000000000',
    }));
    const sent = toStatus(invalidFields(violations), 'id-1');
    expect(fromServiceError(received(sent)).violations).toEqual(violations.slice(0, MAX_VIOLATIONS));
    expect(Buffer.from(sent.metadata.get(STATUS_DETAILS_KEY)[0] ?? '').length).toBeLessThan(6000);
  });
});

describe('an error that is not ours', () => {
  const foreign = (code: status, bytes?: Buffer) => {
    const metadata = new Metadata();
    if (bytes !== undefined) metadata.set(STATUS_DETAILS_KEY, bytes);
    return fromServiceError(received({ code, details: 'x', metadata }));
  };

  test('has a code and no reason', () => {
    expect(foreign(status.UNAVAILABLE)).toMatchObject({ code: status.UNAVAILABLE, reason: undefined });
  });

  test('has the reason grpc itself gives where there is one', () => {
    expect(foreign(status.DEADLINE_EXCEEDED).reason).toBe(ErrorReason.DEADLINE_EXCEEDED);
    expect(foreign(status.UNIMPLEMENTED).reason).toBe(ErrorReason.UNIMPLEMENTED);
  });

  test('is read without throwing, whatever its details are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(foreign(status.NOT_FOUND, Buffer.from(bytes)).code).toBe(status.NOT_FOUND);
      }),
    );
  });
});
