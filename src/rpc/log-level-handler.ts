// SystemService, the part about the log's level. It is this process's own: other servers keep theirs.
import { LogLevel as LevelMessage, type SystemServiceService } from '../../gen/ts/dtms/v1/system_service.js';
import { invalidField } from '../errors/errors.js';
import type { LevelControl } from '../observability/log-level.js';
import type { LogLevel } from '../observability/logger.js';
import type { KeyTable } from '../store/keys.js';
import { toDate } from '../wire/time.js';
import type { Handlers } from './adapters.js';

/** The levels as callers name them. */
const LEVELS: Readonly<Partial<Record<LevelMessage, LogLevel>>> = {
  [LevelMessage.DEBUG]: 'debug',
  [LevelMessage.INFO]: 'info',
  [LevelMessage.WARNING]: 'warn',
  [LevelMessage.ERROR]: 'error',
  [LevelMessage.CRITICAL]: 'fatal',
};

/** A configuration may also name levels that callers cannot: UNSPECIFIED is none at all. */
const NAMES: Readonly<Record<LogLevel, LevelMessage>> = {
  trace: LevelMessage.DEBUG,
  debug: LevelMessage.DEBUG,
  info: LevelMessage.INFO,
  warn: LevelMessage.WARNING,
  error: LevelMessage.ERROR,
  fatal: LevelMessage.CRITICAL,
  silent: LevelMessage.UNSPECIFIED,
};

export function logLevelHandlers(
  levels: LevelControl,
  keys: KeyTable,
): Pick<Handlers<typeof SystemServiceService>, 'setLogLevel'> {
  return {
    setLogLevel: async ({ level: asked, durationSeconds }, { method, principal }) => {
      const level = LEVELS[asked];
      if (level === undefined) throw invalidField('level', 'is required');
      const durationMs = durationSeconds === 0 ? null : durationSeconds * 1000;
      // Written down first: what could not be is not done.
      await keys.audit({
        actor: principal.name,
        method,
        account: '',
        ticket: 0n,
        detail: { level, duration_seconds: durationSeconds, previous_level: levels.level },
      });
      const { previous, until } = levels.set(level, durationMs, principal.name);
      return {
        level: asked,
        previousLevel: NAMES[previous],
        until: until === null ? undefined : toDate(until),
      };
    },
  };
}
