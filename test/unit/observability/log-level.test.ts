// Changing the level of the log while the program runs.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LevelControl } from '../../../src/observability/log-level.js';
import { createLogger, type LogLevel } from '../../../src/observability/logger.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function control(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(level, { write: (line: string) => lines.push(JSON.parse(line)) });
  return { lines, logger, levels: new LevelControl(logger) };
}

describe('the level', () => {
  test('changes what is written, for the loggers that come from it too, and says so', () => {
    const { lines, logger, levels } = control('info');
    logger.debug('before');
    expect(levels.set('debug', null, 'ann')).toEqual({ level: 'debug', previous: 'info', until: null });
    logger.debug('after');
    logger.child({ method: 'x' }).debug('after, of a child');
    expect(lines.map(({ message }) => message)).toEqual([
      'the level of the log changed',
      'after',
      'after, of a child',
    ]);
    expect(lines[0]).toMatchObject({
      severity: 'WARNING',
      level: 'debug',
      previous_level: 'info',
      by: 'ann',
    });
  });

  test.each<[LogLevel, LogLevel]>([
    ['silent', 'error'],
    ['error', 'silent'],
  ])('is told of when it goes from %s to %s', (from, to) => {
    const { lines, levels } = control(from);
    levels.set(to, null, 'ann');
    expect(lines).toMatchObject([{ level: to, previous_level: from }]);
  });

  test('returns after its time to what lasted, however many changes for a while came between', () => {
    const { levels } = control('warn');
    const { until } = levels.set('debug', 60_000, 'ann');
    expect(until).toBe(Date.now() + 60_000);
    vi.advanceTimersByTime(30_000);
    levels.set('info', 60_000, 'ann');
    vi.advanceTimersByTime(59_999);
    expect(levels.level).toBe('info');
    vi.advanceTimersByTime(1);
    expect(levels.level).toBe('warn');
  });

  test('does not return when a change for good came after', () => {
    const { levels } = control('warn');
    levels.set('debug', 60_000, 'ann');
    levels.set('error', null, 'ann');
    vi.advanceTimersByTime(120_000);
    expect(levels.level).toBe('error');
  });

  test('is switched to debug and back', () => {
    const { levels } = control('warn');
    levels.toggleDebug('SIGUSR2');
    expect(levels.level).toBe('debug');
    levels.toggleDebug('SIGUSR2');
    expect(levels.level).toBe('warn');
  });

  test('stays as it is once it was stopped', () => {
    const { levels } = control('warn');
    levels.set('debug', 1000, 'ann');
    levels.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
