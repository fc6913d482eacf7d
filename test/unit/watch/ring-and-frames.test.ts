// The bounds of the ring, and the bytes of the messages.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { WatchTradesResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { encodeEvent, eventsFrame } from '../../../src/watch/frames.js';
import { Ring } from '../../../src/watch/ring.js';
import { SharedQuestion, Turnstile, Wakeup } from '../../../src/watch/signal.js';

const payload = (size: number) =>
  TradeEvent.encode(
    TradeEvent.fromPartial({
      account: 'demo',
      ticket: 1n,
      change: { $case: 'resumed', value: { reason: 'x'.repeat(size) } },
    }),
  ).finish();

function event(revision: number, size = 10, recordedAt = 1_700_000_000_123) {
  const base = {
    account: 'demo',
    ticket: 1n,
    symbol: 'EURUSD',
    state: 'HEALTHY' as const,
    tradeVersion: 1,
    actor: '',
  };
  return encodeEvent({
    ...base,
    revision,
    epoch: 'epoch',
    occurredAt: 0,
    recordedAt,
    payload: payload(size),
  });
}

describe('frames', () => {
  test('carry what the log knows of every event, and the revision before it in this stream', () => {
    const revision = fc.integer({ min: 1, max: 2 ** 53 - 1 });
    fc.assert(
      fc.property(
        fc.uniqueArray(revision, { minLength: 1, maxLength: 5 }).map((list) => list.sort((a, b) => a - b)),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
        fc.boolean(),
        (revisions, size, recordedAt, first) => {
          const previous = first ? 0 : (revisions[0] ?? 1) - 1;
          const frame = eventsFrame(
            revisions.map((each) => event(each, size, recordedAt)),
            previous,
          );
          const { message } = WatchTradesResponse.decode(frame);
          if (message?.$case !== 'events') throw new Error('not events');
          expect(message.value.revision).toBe(BigInt(revisions.at(-1) ?? 0));
          expect(message.value.events.map((each) => each.revision)).toEqual(revisions.map(BigInt));
          const before = [previous, ...revisions.slice(0, -1)];
          expect(message.value.events.map((each) => each.previousRevision)).toEqual(before.map(BigInt));
          for (const each of message.value.events) {
            expect(each.logEpoch).toBe('epoch');
            expect(each.recordedAt?.getTime()).toBe(recordedAt);
            expect(each.account).toBe('demo');
            expect(each.change).toEqual({ $case: 'resumed', value: { reason: 'x'.repeat(size) } });
          }
        },
      ),
    );
  });
});

describe('the ring', () => {
  test('keeps the newest events within its number and its size', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        sizes,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 3000 }),
        (list, most, bytes) => {
          const ring = new Ring(most, bytes);
          ring.reset(7);
          const events = list.map((size, index) => event(8 + index, size));
          for (const each of events) ring.append(each);
          const kept = events.filter(({ revision }) => revision > ring.tail);
          expect(ring.head).toBe(7 + list.length);
          expect(kept.length).toBeGreaterThanOrEqual(1);
          expect(kept.length).toBeLessThanOrEqual(most);
          expect(kept.map(({ revision }) => ring.get(revision))).toEqual(kept);
          expect(ring.bytes).toBe(kept.reduce((sum, each) => sum + each.bytes.length, 0));
          expect(kept.length === 1 || ring.bytes <= bytes).toBe(true);
          // It drops no more than it must.
          const dropped = events.at(-kept.length - 1);
          if (dropped !== undefined) {
            expect(kept.length === most || ring.bytes + dropped.bytes.length > bytes).toBe(true);
          }
          expect(ring.get(ring.tail)).toBeUndefined();
          expect(ring.get(ring.head + 1)).toBeUndefined();
        },
      ),
    );
  });

  test('refuses a gap', () => {
    const ring = new Ring(4, 1000);
    ring.reset(5);
    expect(() => ring.append(event(7))).toThrow(RangeError);
    expect(() => ring.append(event(5))).toThrow(RangeError);
  });
});

describe('waiting', () => {
  test('a signal given before the wait is not lost, and two count as one', async () => {
    const signal = new Wakeup();
    signal.notify();
    signal.notify();
    await signal.wait();
    let woken = false;
    const waiting = signal.wait().then(() => {
      woken = true;
    });
    await Promise.resolve();
    expect(woken).toBe(false);
    signal.notify();
    await waiting;
  });

  test('who asks while a question is under way shares the one after it', async () => {
    let asked = 0;
    const releases: (() => void)[] = [];
    const question = new SharedQuestion(async () => {
      asked += 1;
      const mine = asked;
      await new Promise<void>((resolve) => releases.push(resolve));
      return mine;
    });
    const first = question.answer();
    const late = [question.answer(), question.answer()];
    releases[0]?.();
    expect(await first).toBe(1);
    await Promise.resolve();
    releases[1]?.();
    expect(await Promise.all(late)).toEqual([2, 2]);
    expect(asked).toBe(2);
  });

  test('a question that fails does not stay failed', async () => {
    let asked = 0;
    const question = new SharedQuestion(async () => {
      asked += 1;
      if (asked === 1) throw new Error('once');
      return asked;
    });
    const first = question.answer();
    const second = question.answer();
    await expect(first).rejects.toThrow('once');
    expect(await second).toBe(2);
  });

  test('a turnstile lets so many through, also after failures', async () => {
    const turnstile = new Turnstile(2);
    let inside = 0;
    let most = 0;
    const task = (fails: boolean) => () =>
      turnstile.run(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
        if (fails) throw new Error('failed');
      });
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => task(n % 3 === 0)()));
    expect(most).toBe(2);
    expect(results.filter(({ status }) => status === 'rejected').length).toBe(4);
  });
});
