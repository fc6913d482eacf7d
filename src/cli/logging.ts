// The program's logger: JSON lines on standard error, or lines for a person in a terminal or where the
// configuration says so.
import type { LogSettings } from '../config/observability.js';
import { openDestination, prettyInto } from '../observability/log-destination.js';
import type { LevelControl } from '../observability/log-level.js';
import { LogSampler } from '../observability/log-sampling.js';
import { createLogger, type Logger } from '../observability/logger.js';

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
    logger.error({ lost: destination.takeLost() }, 'lines were lost: the log is read too slowly'),
  );
  setInterval(() => {
    for (const { message, suppressed } of sampler.drain()) {
      logger.info({ of: message, suppressed }, 'lines were left out');
    }
  }, TOLD_MS).unref();
  return logger;
}

/** What Node warns of becomes a line like all others: by itself it writes text, which no reader of the log expects. */
export function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ error: warning }, 'a warning of Node'));
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
