// Thinning out lines that repeat.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogSampler } from '../../../src/observability/log-sampling.js';
import { createLogger } from '../../../src/observability/logger.js';

function sampled(first: number, thereafter: number) {
  const clock = { now: 0 };
  const lines: Record<string, unknown>[] = [];
  const sampler = new LogSampler({ first, thereafter }, () => clock.now);
  const logger = createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) }, sampler);
  return { clock, lines, sampler, logger };
}

describe('a sampler', () => {
  test('writes the first of a second, then one in many with the number left out', () => {
    const { clock, lines, logger } = sampled(2, 3);
    for (let n = 1; n <= 9; n += 1) logger.info({ n }, 'again');
    expect(lines.map(({ n }) => n)).toEqual([1, 2, 5, 8]);
    expect(lines.map(({ suppressed }) => suppressed)).toEqual([undefined, undefined, 2, 2]);
    clock.now = 1000;
    logger.info({ n: 10 }, 'again');
    expect(lines.at(-1)).toMatchObject({ n: 10, suppressed: 1, message: 'again' });
  });

  test('counts each message by itself, with and without fields', () => {
    const { lines, logger } = sampled(1, 100);
    for (let n = 0; n < 3; n += 1) {
      logger.info('bare');
      logger.child({ correlation_id: String(n) }).info({ n }, 'with fields');
    }
    expect(lines.map(({ message }) => message)).toEqual(['bare', 'with fields']);
  });

  test('writes every error, and everything when it is off', () => {
    const errors = sampled(1, 1_000_000);
    for (let n = 0; n < 50; n += 1) errors.logger[n % 2 === 0 ? 'error' : 'fatal']('broken');
    expect(errors.lines).toHaveLength(50);
    const off = sampled(1, 0);
    for (let n = 0; n < 50; n += 1) off.logger.info('again');
    expect(off.lines).toHaveLength(50);
  });

  test('loses no count: what is written and what is told as left out is all there was', () => {
    const steps = fc.array(fc.record({ message: fc.constantFrom('a', 'b', 'c'), passes: fc.nat(700) }));
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (lines, first, after) => {
          let now = 0;
          const sampler = new LogSampler({ first, thereafter: after }, () => now);
          const told = new Map<string, number>();
          const tell = (message: string, count: number) =>
            told.set(message, (told.get(message) ?? 0) + count);
          for (const { message, passes } of lines) {
            now += passes;
            const suppressed = sampler.take(message);
            if (suppressed !== null) tell(message, suppressed + 1);
          }
          for (const { message, suppressed } of sampler.drain()) tell(message, suppressed);
          expect([...sampler.drain()]).toEqual([]);
          for (const name of ['a', 'b', 'c']) {
            expect(told.get(name) ?? 0).toBe(lines.filter(({ message }) => message === name).length);
          }
        },
      ),
    );
  });

  test('has room for so many messages and no more', () => {
    const sampler = new LogSampler({ first: 1, thereafter: 1_000_000 }, () => 0);
    let written = 0;
    for (let n = 0; n < 50_000; n += 1) if (sampler.take(`message ${n}`) !== null) written += 1;
    expect(written).toBeLessThan(1100);
  });
});
