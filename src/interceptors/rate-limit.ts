// Owns how often a caller may call, by the class the proto gives each method.
import { MethodClass, methodClassToJSON } from '../../gen/ts/dtms/v1/access.js';
import type { LimitSettings } from '../config/edge.js';
import type { Contract } from '../contract/contract.js';
import { Budget, type Rate } from './budget.js';
import type { Interceptor } from './call.js';
import { callerOf, type Limited } from './limits.js';

export type Rates = Readonly<Record<Exclude<MethodClass, MethodClass.UNSPECIFIED>, Rate>>;

/** The rates as they are configured at each moment. */
export function ratesOf(limits: LimitSettings): Rates {
  const rate = (perSecond: () => number, burst: () => number): Rate => ({
    get perSecond() {
      return perSecond();
    },
    get burst() {
      return burst();
    },
  });
  return {
    [MethodClass.REGISTRATION]: rate(
      () => limits.registrationsPerSecond,
      () => limits.registrationsBurst,
    ),
    [MethodClass.QUERY]: rate(
      () => limits.queriesPerSecond,
      () => limits.queriesBurst,
    ),
    [MethodClass.MARKET_DATA]: rate(
      () => limits.marketDataPerSecond,
      () => limits.marketDataBurst,
    ),
    [MethodClass.COMMAND]: rate(
      () => limits.commandsPerSecond,
      () => limits.commandsBurst,
    ),
    [MethodClass.STREAM]: rate(
      () => limits.streamsPerSecond,
      () => limits.streamsBurst,
    ),
  };
}

/** Their requests are lists of what the limit is about. */
const BY_ITEM: ReadonlySet<MethodClass> = new Set([MethodClass.REGISTRATION, MethodClass.MARKET_DATA]);

const PREFIX = 'METHOD_CLASS_';

/**
 * One call is taken before the request is parsed; what a list has beyond one item is charged after. The
 * messages of a stream are not counted: it is read at the pace at which they are done.
 */
export function rateLimit(contract: Pick<Contract, 'access'>, limited: Limited, rates: Rates): Interceptor {
  const budgets = new Map(
    Object.entries(rates).map(([key, rate]) => {
      const methodClass: MethodClass = Number(key);
      return [methodClass, new Budget(methodClassToJSON(methodClass).slice(PREFIX.length), rate)] as const;
    }),
  );
  const classOf = (path: string) => contract.access(path)?.methodClass ?? MethodClass.UNSPECIFIED;
  return {
    name: 'rate-limit',
    aroundCall: (method, next) => {
      const budget = budgets.get(classOf(method.path));
      if (budget === undefined) return next;
      return (call) => {
        if (limited(call.principal)) budget.take(callerOf(call.principal));
        return next(call);
      };
    },
    aroundRequest: (method, next) => {
      const methodClass = classOf(method.path);
      const budget = budgets.get(methodClass);
      if (budget === undefined || method.streaming || !BY_ITEM.has(methodClass)) return next;
      return (call, bytes) => {
        const request = next(call, bytes);
        const more = itemsOf(request) - 1;
        if (more > 0 && limited(call.principal)) budget.charge(callerOf(call.principal), more);
        return request;
      };
    },
  };
}

/** The length of the longest list in a request. */
function itemsOf(request: unknown): number {
  let items = 0;
  for (const value of Object.values(Object(request))) {
    if (Array.isArray(value) && value.length > items) items = value.length;
  }
  return items;
}
