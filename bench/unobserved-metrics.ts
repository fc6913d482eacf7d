// Stands where a server's metrics are and counts nothing; see unobserved.ts.
import type { Interceptor } from '../src/interceptors/call.js';
import type { metrics as shippedInterceptor } from '../src/interceptors/metrics.js';
import type { Metrics as ShippedMetrics } from '../src/metrics/metrics.js';
import { UNOBSERVED } from './support/observers.js';

/** In place of the metrics' interceptor: none. */
export const metrics: typeof shippedInterceptor = (): Interceptor => ({ name: 'metrics' });

const nothing = (): void => undefined;

/** What the program uses of its metrics as long as nobody scrapes them. */
type Used = Pick<ShippedMetrics, 'led' | 'start' | 'stop'> & {
  readonly work: Pick<ShippedMetrics['work'], 'written' | 'checked'>;
  readonly performance: Pick<ShippedMetrics['performance'], 'after'>;
};

export class Metrics implements Used {
  readonly calls = {};
  readonly work = { written: nothing, checked: nothing };
  readonly performance = { after: () => [] };
  readonly led = nothing;
  readonly stop = nothing;

  /** The benchmark looks for the line: without it, it would compare a server with itself. */
  start(): void {
    process.stdout.write(`${UNOBSERVED}\n`);
  }
}
