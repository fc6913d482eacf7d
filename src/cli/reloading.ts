// Owns reading the configuration again while `dtms serve` runs: by SIGHUP, and when its file changes.
import { type StatsListener, unwatchFile, watchFile } from 'node:fs';
import type { App } from '../app.js';
import { inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Shutdown } from './shutdown.js';

/**
 * Begins; the result ends it. What is wrong with a configuration is logged, and the one before stays in force.
 *
 * @param watchMs - between two looks at the file; 0: none. Looks find a file that is replaced, and one behind a link.
 */
export function reloadWhenTold(
  app: Pick<App, 'reloadConfig'>,
  watchMs: number,
  file: string | undefined,
  shutdown: Pick<Shutdown, 'onHangUp'>,
  logger: Logger,
): () => void {
  const reload = (method: string) =>
    inBackground(app.reloadConfig(method), (error) =>
      logger.error({ error, by: method }, 'the configuration was not read again'),
    );
  shutdown.onHangUp(() => reload('SIGHUP'));
  if (watchMs === 0 || file === undefined) return () => undefined;
  const changed: StatsListener = (now, before) => {
    // A file that is away is being replaced.
    if (now.mtimeMs !== 0 && (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino)) reload('file');
  };
  watchFile(file, { interval: watchMs, persistent: false }, changed);
  return () => unwatchFile(file, changed);
}
