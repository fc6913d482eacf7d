// The program's logger: JSON lines on standard error, or lines for a person where the configuration says so.
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { createLogger, type Logger } from '../observability/logger.js';

export async function programLogger({ level, pretty }: Config['log']): Promise<Logger> {
  if (!pretty) return createLogger(level, pino.destination({ dest: 2, sync: false }));
  const { default: prettyStream } = await import('pino-pretty');
  return createLogger(
    level,
    prettyStream({ destination: 2, messageKey: 'message', errorLikeObjectKeys: ['error'], sync: true }),
  );
}
