// A load of unary calls at a fixed concurrency. It says how busy it was itself, so that a number that
// is the generator's limit and not the server's can be told.
import { frame } from './grpc-frames.js';
import { callHeaders, Http2Connection } from './http2-connection.js';
import { type Measurement, type MeasurementInput, measurement } from './measurement.js';
import { cpuSecondsOf, type ServerProcess } from './processes.js';
import { quantile } from './statistics.js';

export interface LoadPlan {
  readonly server: ServerProcess;
  /** The full method name, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
  readonly connections: number;
  /** Calls under way at a time, over all connections. */
  readonly concurrency: number;
  /** What every call carries besides. */
  readonly headers?: readonly (readonly [string, string])[];
  /** One call for each, in this order. */
  readonly requests: readonly Uint8Array[];
}

export interface LoadResult {
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The generator's use of one core: near 1 means it may be what limits. */
  readonly generatorCpu: number;
  /**
   * Processor time the server's process used per call, in microseconds, without its database; null where it
   * cannot be known. A busy machine changes it little.
   */
  readonly serverMicros: number | null;
}

/** Runs `work` and says how long it took and which share of one core this process used meanwhile. */
export async function clocked(work: () => Promise<void>): Promise<{ seconds: number; cpu: number }> {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(cpuBefore);
  return { seconds, cpu: (used.user + used.system) / 1e6 / seconds };
}

/** Makes all calls of the plan. @throws Error when one of them does not succeed. */
export async function unaryLoad(plan: LoadPlan): Promise<LoadResult> {
  const headers = callHeaders(plan.path, plan.headers);
  const bodies = plan.requests.map(frame);
  const latencies = new Float64Array(bodies.length);
  const { promise: done, resolve, reject } = deferred();
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => Http2Connection.open(plan.server.address, reject)),
  );
  let next = 0;
  let left = bodies.length;

  const call = (connection: Http2Connection) => {
    const index = next++;
    const body = bodies[index];
    if (body === undefined) return;
    const startedAt = performance.now();
    let answered = false;
    connection.call(headers, body, {
      // A unary call that fails has a status and no message.
      onData: () => {
        answered = true;
      },
      onEnd: () => {
        latencies[index] = performance.now() - startedAt;
        left -= 1;
        if (!answered) reject(new Error(`call ${index} of ${plan.path} failed`));
        else if (left === 0) resolve();
        else call(connection);
      },
    });
  };

  const cpuBefore = cpuSecondsOf(plan.server.pid);
  const { seconds, cpu } = await clocked(async () => {
    for (let i = 0; i < plan.concurrency; i++) {
      const connection = connections[i % connections.length];
      if (connection !== undefined) call(connection);
    }
    await done;
  }).finally(() => {
    for (const connection of connections) connection.close();
  });
  const cpuAfter = cpuSecondsOf(plan.server.pid);
  return {
    calls: bodies.length,
    seconds,
    callsPerSecond: bodies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    generatorCpu: cpu,
    serverMicros:
      cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) / bodies.length) * 1e6,
  };
}

export interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A promise that is settled from outside. */
export function deferred(): Deferred {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  // Whoever waits for it hears of the failure; until then it must not end the process.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

/** A measurement of the server's processor time per call; none where it cannot be known. */
export function serverCost(
  input: Pick<MeasurementInput, 'name' | 'notes' | 'target'>,
  ours: readonly LoadResult[],
  yardstick: readonly LoadResult[],
  yardstickName = 'echo',
): Measurement[] {
  const micros = (runs: readonly LoadResult[]) =>
    runs.map((run) => run.serverMicros).filter((value) => value !== null);
  const samples = micros(ours);
  const yardsticks = micros(yardstick);
  if (samples.length === 0) return [];
  return [
    measurement({
      ...input,
      // Other programs only ever add to it: the lowest fifth of the rounds was disturbed least.
      notes: {
        ...input.notes,
        'ratio of the lowest fifths': quantile(samples, 0.2) / quantile(yardsticks, 0.2),
      },
      unit: 'us of cpu/call',
      better: 'lower',
      ours: samples,
      yardstick: { name: yardstickName, samples: yardsticks },
    }),
  ];
}
