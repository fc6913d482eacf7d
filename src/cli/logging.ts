// Owns the program's logger: JSON lines on standard error, or lines for a person in a terminal or where the
// configuration says so.
import type { LogSettings } from '../config/observability.js';
import { openDestination, prettyInto } from '../observability/log-destination.js';
import type { LevelControl } from '../observability/log-level.js';
import { LogSampler } from '../observability/log-sampling.js';
import { createLogger, type Logger } from '../observability/logger.js';
import { countUnhandledRejection } from '../observability/metrics/process.js';

/** What was left out is told within this, in ms. */
const TOLD_MS = 1000;

export async function programLogger(settings: LogSettings): Promise<Logger> {
  const { level, pretty, bufferBytes, sampleFirst, sampleThereafter } = settings;
  const { stderr } = process;
  const plain = openDestination(stderr.fd, bufferBytes);
  const isPretty = pretty === 'on' || (pretty === 'auto' && stderr.isTTY);
  const colours = stderr.isTTY && stderr.hasColors() ? 'coloured' : 'plain';
  const destination = isPretty ? await prettyInto(plain, colours) : plain;
  const sampler = new LogSampler({ first: sampleFirst, thereafter: sampleThereafter });
  const logger = createLogger(level, destination, sampler);
  destination.onRoom(() =>
    logger.error({ lost: destination.takeLost() }, 'log lines were lost: the reader is too slow'),
  );
  setInterval(() => {
    for (const { message, suppressed } of sampler.drain()) {
      logger.info({ of: message, suppressed }, 'log lines were suppressed');
    }
  }, TOLD_MS).unref();
  return logger;
}

/** What Node warns of becomes a line like all others: by itself it writes text, which no reader of the log expects. */
export function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ error: warning }, 'Node warning'));
}

/**
 * A rejection nobody waited for is a bug, and no reason to leave every trade undefended: it is counted, logged as an error
 * and the process lives on. Calls get their own typed errors, and a term that failed has ended by its own path.
 */
export function surviveRejections(logger: Logger): void {
  process.on('unhandledRejection', (error) => {
    countUnhandledRejection();
    logger.error({ error }, 'a bug: an unhandled rejection');
  });
}

/** SIGUSR2 switches debug lines on and off; the result gives the signal back. Windows has none. */
export function onDebugSignal(levels: LevelControl): () => void {
  if (process.platform === 'win32') return () => undefined;
  const toggle = () => {
    levels.toggleDebug('SIGUSR2');
  };
  process.on('SIGUSR2', toggle);
  return () => {
    process.off('SIGUSR2', toggle);
  };
}
