// Owns the settings of logs and traces: their types, defaults, variables and limits.
import type convict from 'convict';
import { LOG_LEVELS, type LogLevel } from '../observability/logger.js';
import type { TraceSettings } from '../observability/tracing.js';
import type { Env } from './environment.js';
import { choice, MINUTE, optionalText, setting, whole } from './formats.js';

const PRETTY_MODES = ['auto', 'on', 'off'] as const;

export interface LogSettings {
  readonly level: LogLevel;
  /** Lines for a person instead of JSON; auto: when they go to a terminal. */
  readonly pretty: (typeof PRETTY_MODES)[number];
  /** Lines of one message that are written in each second before they are thinned out. */
  readonly sampleFirst: number;
  /** After them one in so many; 0 writes all. */
  readonly sampleThereafter: number;
  /** How much may wait for a slow reader before lines are lost. */
  readonly bufferBytes: number;
}

export const LOG_SCHEMA: convict.Schema<LogSettings> = {
  level: { format: [...LOG_LEVELS], env: 'DTMS_LOG_LEVEL', default: 'info', doc: 'Least severity' },
  pretty: choice('DTMS_LOG_PRETTY', PRETTY_MODES, 'Lines for a person instead of JSON; auto: in a terminal'),
  sampleFirst: whole('DTMS_LOG_SAMPLE_FIRST', 1000, 'Lines of one message in each second', 1, 1_000_000),
  sampleThereafter: whole('DTMS_LOG_SAMPLE_THEREAFTER', 100, 'After them one in so many', 0, 1_000_000),
  bufferBytes: whole(
    'DTMS_LOG_BUFFER_BYTES',
    8 * 1024 * 1024,
    'May wait for a slow reader',
    64 * 1024,
    1024 * 1024 * 1024,
  ),
};

export const TRACES_SCHEMA: convict.Schema<TraceSettings> = {
  endpoint: setting({
    ...optionalText('DTMS_TRACES_ENDPOINT', 'OTLP over HTTP, such as http://collector:4318; empty: off'),
    default: '',
    format: 'http-url',
    // Its value is never in what is said of it.
    sensitive: true,
  }),
  samplePercent: whole('DTMS_TRACES_SAMPLE_PERCENT', 100, 'Traces begun here that are kept', 0, 100),
  queueSpans: whole('DTMS_TRACES_QUEUE_SPANS', 8192, 'May wait to be sent', 512, 1_000_000),
  timeoutMs: whole('DTMS_TRACES_TIMEOUT_MS', 5000, 'For one delivery', 100, MINUTE),
};

/** The variables with what OpenTelemetry's own say of where traces go, unless DTMS's own say so. */
export function withStandardVariables(variables: Env): Env {
  const { DTMS_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT } = variables;
  const endpoint = DTMS_TRACES_ENDPOINT ?? OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint === undefined ? variables : { ...variables, DTMS_TRACES_ENDPOINT: endpoint };
}
