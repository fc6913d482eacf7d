// Owns reading the configuration again while `dtms serve` runs: by SIGHUP, and when its file, that of flags, or
// the plan of notices changes.
import { statSync } from 'node:fs';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { App } from '../app.js';
import { inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Shutdown } from './shutdown.js';

/** A file to look at, and how it was when it was read. */
export interface WatchedFile {
  readonly path: string;
  readonly stamp: string;
}

/** To be asked before the file is read: what changes after that is a change. */
export function watchedFile(path: string | undefined): WatchedFile | undefined {
  return path === undefined ? undefined : { path, stamp: stampOf(path) };
}

/** Another one when the file is written, replaced, or a link to it is set anew; empty while it is away. */
function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size}`;
}

/** Whether it was read, and is wrong: the same file would be refused once more. */
const isRefused = (error: unknown): boolean =>
  Reflect.get(Object(error), 'reason') === ErrorReason.CONFIG_REFUSED;

/**
 * Begins; the result ends it. What is wrong with a configuration is logged, and the one before stays in force.
 *
 * @param watchMs - between two looks at the file; 0: none.
 */
export function reloadWhenTold(
  app: Pick<App, 'reloadConfig'>,
  files: readonly (WatchedFile | undefined)[],
  watchMs: number,
  shutdown: Pick<Shutdown, 'onHangUp'>,
  logger: Logger,
): () => void {
  const reload = (method: string, failed: (error: unknown) => void = () => undefined) =>
    inBackground(app.reloadConfig(method), (error) => {
      logger.error({ error, by: method }, 'the configuration was not read again');
      failed(error);
    });
  shutdown.onHangUp(() => reload('SIGHUP'));
  if (watchMs === 0) return () => undefined;
  const looks = files.flatMap((file) => (file === undefined ? [] : [lookAt(file, reload)]));
  const timer = setInterval(() => {
    for (const look of looks) look();
  }, watchMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** A look at a file: one that changed is read. */
function lookAt(
  { path, stamp: first }: WatchedFile,
  reload: (method: string, failed: (error: unknown) => void) => void,
): () => void {
  let stamp = first;
  return () => {
    const now = stampOf(path);
    // A file that is away is being replaced.
    if (now === '' || now === stamp) return;
    const before = stamp;
    stamp = now;
    // Without its database a server reads nothing again: what was written meanwhile still counts afterwards.
    reload('file', (error) => {
      if (!isRefused(error) && stamp === now) stamp = before;
    });
  };
}
