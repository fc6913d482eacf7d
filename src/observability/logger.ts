// Owns the shape of the log: one JSON object a line, with a severity by name, secrets left out and control
// characters escaped. Names of fields are snake_case in every line.
import { type DestinationStream, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino';
import { countErrorLine } from './error-lines.js';
import { withoutControls } from './log-controls.js';
import { REDACTION, withoutSecrets } from './log-redaction.js';
import type { LogSampler } from './log-sampling.js';

export type { Logger } from 'pino';

/** Severities by pino's level names. */
const SEVERITIES: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

/** Levels a configuration may name, from the most talkative. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Pino's number of the level error. */
const ERROR = 50;

/**
 * `destination` is where the lines go: standard output unless told. `sampler` thins out what repeats;
 * without it every line is written.
 */
export function createLogger(level: LogLevel, destination?: DestinationStream, sampler?: LogSampler): Logger {
  const options = {
    level,
    base: undefined,
    messageKey: 'message',
    errorKey: 'error',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ severity: SEVERITIES[label] ?? 'INFO' }) },
    // Above 2^53 a number in JSON is read as another one.
    serializers: { ticket: String, error: plainError },
    redact: REDACTION,
    hooks: {
      streamWrite: (line: string) => withoutControls(withoutSecrets(line)),
      logMethod(this: Logger, args: unknown[], write: Logger['info'], levelNumber: number) {
        if (levelNumber >= ERROR) countErrorLine(args);
        if (sampler === undefined) Reflect.apply(write, this, args);
        else sampler.hook(this, args, write, levelNumber);
      },
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * An error with those of its properties that are text, numbers or flags. Libraries hang whole objects on errors: pg a
 * connection with its statements and the key that cancels them.
 */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const plain = Object.entries(stdSerializers.err(error)).filter(([, value]) => Object(value) !== value);
  const all = error instanceof AggregateError ? { errors: error.errors.map(plainError) } : {};
  return { ...Object.fromEntries(plain), ...all };
}
