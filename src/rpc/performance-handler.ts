// Owns SystemService.GetPerformance: the samples of this process, on the wire.
import type { SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { PerformanceLog, PerformanceSample } from '../observability/metrics/performance-log.js';

export function performanceHandlers(
  log: PerformanceLog,
): Pick<Handlers<SystemServiceDefinition>, 'getPerformance'> {
  return {
    getPerformance: ({ after }) => ({ samples: log.after(after?.getTime() ?? 0).map(toProto) }),
  };
}

function toProto({ at, ...sample }: PerformanceSample) {
  return {
    time: new Date(at),
    seconds: sample.seconds,
    calls: BigInt(sample.calls),
    refusedCalls: BigInt(sample.refusedCalls),
    failedCalls: BigInt(sample.failedCalls),
    p50Ms: sample.p50Ms,
    p95Ms: sample.p95Ms,
    p99Ms: sample.p99Ms,
    events: BigInt(sample.events),
    commits: BigInt(sample.commits),
    transitions: BigInt(sample.transitions),
    evaluations: BigInt(sample.evaluations),
    watchers: BigInt(sample.watchers),
    activeTrades: BigInt(sample.activeTrades),
    eventLoopDelayP99Ms: sample.eventLoopDelayP99Ms,
    residentBytes: BigInt(sample.residentBytes),
  };
}
