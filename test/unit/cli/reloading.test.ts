// The file of the configuration is read again when it changes: once, but until it could be read.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { reloadWhenTold, watchedFile } from '../../../src/cli/reloading.js';
import { configRefused, storeUnavailable } from '../../../src/errors/errors.js';
import { createLogger } from '../../../src/observability/logger.js';

const WATCH_MS = 1000;

describe('a file that changed is read', () => {
  test.each([
    ['again until the database is there', storeUnavailable('it is away'), 4],
    ['once when it is wrong', configRefused(['log.level: is wrong']), 1],
  ])('%s', async (_what, error, times) => {
    vi.useFakeTimers();
    try {
      const path = join(mkdtempSync(join(tmpdir(), 'dtms-reload-')), 'dtms.json');
      writeFileSync(path, '{}');
      const file = watchedFile(path);
      let failures = 3;
      const asked: string[] = [];
      const reloadConfig = async (method: string) => {
        asked.push(method);
        failures -= 1;
        if (failures >= 0) throw error;
      };
      const end = reloadWhenTold(
        { reloadConfig },
        [file],
        WATCH_MS,
        { onHangUp: () => undefined },
        createLogger('silent'),
      );
      await vi.advanceTimersByTimeAsync(WATCH_MS * 3);
      expect(asked).toEqual([]);
      writeFileSync(path, '{"log": {}}');
      await vi.advanceTimersByTimeAsync(WATCH_MS * 10);
      expect(asked).toEqual(Array(times).fill('file'));
      end();
    } finally {
      vi.useRealTimers();
    }
  });
});
