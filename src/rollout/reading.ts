// Owns what of a server's metrics the judge goes by, and how much it grew between two moments: sums of counters, which begin
// again at 0 with each start of the process.
import Type, { type Static } from 'typebox';
import { readSamples, type ScrapedSample, scrapedNumber } from './scrape.js';

const counts = Type.Record(Type.String(), Type.Number());

/** A server's counters at one moment; all are since its process started. */
export const READING = Type.Object({
  version: Type.String(),
  /** Of the process, UTC seconds. */
  startedAt: Type.Number(),
  serving: Type.Boolean(),
  leads: Type.Boolean(),
  /** Unary calls of DTMS's services, and those of them that failed by the service's fault. */
  calls: Type.Number(),
  failed: Type.Number(),
  /** Registrations of trades that were asked for, and those that succeeded. */
  registrations: Type.Number(),
  registered: Type.Number(),
  /** Calls by the upper edge of their latency in seconds, as Prometheus writes it; not cumulative. */
  latency: counts,
  /** Error lines of the log by their message. */
  errors: counts,
});
export type ServerReading = Readonly<Static<typeof READING>>;

/** Codes that say the service is at fault, as in dtms_requests_total. */
const FAULTS = new Set(['UNKNOWN', 'INTERNAL', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'DATA_LOSS']);
const REGISTERING = new Set(['RegisterTrade', 'BatchRegisterTrades']);

/** What a scrape says. @throws Error where it is not one of DTMS, or a count in it is none */
export function readingOf(text: string): ServerReading {
  const samples = readSamples(text);
  const of = (name: string) => samples.filter((sample) => sample.name === name).map(counted);
  const sum = (some: readonly ScrapedSample[]) => some.reduce((all, { value }) => all + value, 0);
  const [info] = of('dtms_info');
  const [started] = of('process_start_time_seconds');
  if (info === undefined || started === undefined)
    throw new Error('these are not the metrics of a DTMS server');
  const calls = of('dtms_requests_total').filter(
    ({ labels }) => labels.service?.startsWith('dtms.') === true,
  );
  const registrations = calls.filter(({ labels }) => REGISTERING.has(labels.method ?? ''));
  return {
    version: info.labels.version ?? '',
    startedAt: started.value,
    serving: sum(of('dtms_serving')) === 1,
    leads: sum(of('dtms_leader')) === 1,
    calls: sum(calls),
    failed: sum(calls.filter(({ labels }) => FAULTS.has(labels.code ?? ''))),
    registrations: sum(registrations),
    registered: sum(registrations.filter(({ labels }) => labels.code === 'OK')),
    latency: latencyOf(of('dtms_request_duration_seconds_bucket')),
    errors: Object.fromEntries(
      of('dtms_log_errors_total').map(({ labels, value }) => [labels.kind ?? '', value]),
    ),
  };
}

/** What is no number is worse than nothing: it is neither above a limit nor below one. */
function counted(sample: ScrapedSample): ScrapedSample {
  if (Number.isFinite(sample.value) && sample.value >= 0) return sample;
  throw new Error(`${sample.name} is ${sample.value}, which is no count`);
}

/** Cumulative buckets of all methods as counts of each. */
function latencyOf(buckets: readonly ScrapedSample[]): Record<string, number> {
  const upTo = new Map<string, number>();
  for (const { labels, value } of buckets)
    upTo.set(labels.le ?? '', (upTo.get(labels.le ?? '') ?? 0) + value);
  const edges = [...upTo.keys()].sort((one, other) => scrapedNumber(one) - scrapedNumber(other));
  let below = 0;
  return Object.fromEntries(
    edges.map((edge) => {
      const all = upTo.get(edge) ?? 0;
      const own = all - below;
      below = all;
      return [edge, own];
    }),
  );
}

/** What of a reading is counted. */
export type Growth = Pick<
  ServerReading,
  'calls' | 'failed' | 'registrations' | 'registered' | 'latency' | 'errors'
>;

export const NO_GROWTH: Growth = {
  calls: 0,
  failed: 0,
  registrations: 0,
  registered: 0,
  latency: {},
  errors: {},
};

/** What a process has counted when it starts. */
export const NEWLY_STARTED: Growth = NO_GROWTH;

/** Whether a process ran on from one reading of its server to the next one: else it counts from 0 again. */
export function isSameRun(before: ServerReading, now: ServerReading): boolean {
  return before.startedAt === now.startedAt && before.calls <= now.calls;
}

/** What was counted between two readings of one run of a process. */
export function growth(before: Growth, now: Growth): Growth {
  return combined(now, before, (one, other) => Math.max(0, one - other));
}

export function together(one: Growth, other: Growth): Growth {
  return combined(one, other, (a, b) => a + b);
}

function combined(one: Growth, other: Growth, by: (one: number, other: number) => number): Growth {
  const each = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, by(a[key] ?? 0, b[key] ?? 0)]),
    );
  return {
    calls: by(one.calls, other.calls),
    failed: by(one.failed, other.failed),
    registrations: by(one.registrations, other.registrations),
    registered: by(one.registered, other.registered),
    latency: each(one.latency, other.latency),
    errors: each(one.errors, other.errors),
  };
}
