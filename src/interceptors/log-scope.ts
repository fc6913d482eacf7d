// Owns how much is logged of a caller that is limited to accounts, where that differs from everybody else's.
import type { LevelControl } from '../observability/log-level.js';
import type { Interceptor } from './call.js';

export function logScope(levels: Pick<LevelControl, 'levelFor'>): Interceptor {
  return {
    name: 'log-scope',
    aroundCall: (_method, next) => (call) => {
      const { accounts } = call.principal;
      const level = accounts === null ? undefined : levels.levelFor(accounts);
      if (level !== undefined) call.logAt(level);
      return next(call);
    },
  };
}
