// Owns SystemService, the part about the log's level. It is this process's own: other servers keep theirs.
import {
  LogLevel as LevelMessage,
  type SystemServiceDefinition,
} from '../../gen/ts/dtms/v1/system_service.js';
import { setLogLevel } from '../commands/log-level.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { LevelControl } from '../observability/log-level.js';
import type { LogLevel } from '../observability/logger.js';
import type { AuditTable } from '../store/audits.js';
import { toDate } from '../wire/time.js';

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
  audits: AuditTable,
): Pick<Handlers<SystemServiceDefinition>, 'setLogLevel'> {
  return {
    setLogLevel: async ({ level: asked, durationSeconds }, call) => {
      const level = LEVELS[asked];
      if (level === undefined) throw invalidField('level', 'is required');
      const { previous, until } = await setLogLevel(levels, audits, level, durationSeconds, call);
      return {
        level: asked,
        previousLevel: NAMES[previous],
        until: until === null ? undefined : toDate(until),
      };
    },
  };
}
