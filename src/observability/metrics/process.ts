// Owns what is known of the process. There is one of it however many servers are in it, so its metrics
// are made once, and every server shows the same.
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';

/**
 * The event loop's delay is ours, over the last five seconds; this one would be over the time since whoever
 * looked before. The gauges of active handles have the names of counters, which OpenMetrics forbids.
 */
const LEFT_OUT = ['nodejs_eventloop_lag', 'nodejs_active_'];

let shared: Registry | undefined;

const unhandledRejections = new Counter({
  name: 'dtms_unhandled_rejections_total',
  help: 'Failures that no part of the program waited for: each is a bug.',
  registers: [],
});

/** A failure reached nobody but the process. */
export function countUnhandledRejection(): void {
  unhandledRejections.inc();
}

/** CPU, memory, file descriptors, garbage collection and handles of this process, by their usual names. */
export function processRegistry(): Registry {
  if (shared === undefined) {
    shared = new Registry();
    collectDefaultMetrics({ register: shared });
    shared.registerMetric(unhandledRejections);
    for (const { name } of shared.getMetricsAsArray()) {
      if (LEFT_OUT.some((prefix) => name.startsWith(prefix))) shared.removeSingleMetric(name);
    }
  }
  return shared;
}
