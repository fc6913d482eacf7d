// The traceparent header.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTraceParent, traceParentOf } from '../../../src/observability/tracing-context.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const hex = (digits: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
    .filter((text) => /[^0]/.test(text));

test('what is written reads back', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
      const context = { traceId, spanId, traceFlags };
      expect(parseTraceParent(traceParentOf(context))).toEqual({ ...context, isRemote: true });
    }),
  );
});

test('of the flags only the one that is known counts, and newer versions may say more', () => {
  expect(parseTraceParent(`00-${TRACE}-${SPAN}-ff`)?.traceFlags).toBe(1);
  expect(parseTraceParent(`00-${TRACE}-${SPAN}-02`)?.traceFlags).toBe(0);
  expect(parseTraceParent(`cc-${TRACE}-${SPAN}-01-more`)?.traceId).toBe(TRACE);
});

test.each([
  ['nothing', ''],
  ['a forbidden version', `ff-${TRACE}-${SPAN}-01`],
  ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['more than its version has', `00-${TRACE}-${SPAN}-01-more`],
  ['less', `00-${TRACE}-${SPAN}`],
])('%s is no traceparent', (_what, text) => {
  expect(parseTraceParent(text)).toBeUndefined();
});
