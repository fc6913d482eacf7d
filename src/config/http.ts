// Owns the settings of the HTTP server: where it listens, whom it takes for one of its own pages, and how
// long callers may take.
import type convict from 'convict';
import { DAY, flag, MINUTE, optionalText, text, whole } from './formats.js';
import { LEGACY_SCHEMA, type LegacySettings } from './legacy.js';

export interface HttpSettings {
  readonly enabled: boolean;
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** Names in the Host header besides the loopback ones: "dtms.example.com, dtms". */
  readonly allowedHosts: string;
  /** Sites whose pages may call, "https://dashboard.example.com"; none but its own unless told. */
  readonly allowedOrigins: string;
  /** Whether metrics are shown to callers without a key where calls need one. */
  readonly openMetrics: boolean;
  /** Open at a time. */
  readonly maxConnections: number;
  /** Open at a time from one address, or one /64 network of IPv6. */
  readonly maxConnectionsPerAddress: number;
  /** How long a TLS handshake may take. */
  readonly handshakeMs: number;
  /** How long the head of a request may take. */
  readonly headersMs: number;
  /** How long a body may take after its head; those of streams have no end to wait for. */
  readonly bodyMs: number;
  /** How long a connection is kept for its next request. */
  readonly keepAliveMs: number;
  /** How long a connection may be silent both ways with a request under way: who does not read ends here. */
  readonly idleMs: number;
  /** Then the connection is closed. */
  readonly maxRequestsPerConnection: number;
  readonly legacy: LegacySettings;
}

export const HTTP_SCHEMA: convict.Schema<HttpSettings> = {
  enabled: flag('DTMS_HTTP_ENABLED', true, 'Whether HTTP is served'),
  host: text('DTMS_HTTP_HOST', '127.0.0.1', 'Address to listen on'),
  port: whole('DTMS_HTTP_PORT', 8001, 'Port to listen on; 0 means any free one', 0, 65_535),
  allowedHosts: optionalText('DTMS_HTTP_ALLOWED_HOSTS', 'Names in the Host header besides loopback: "a, b"'),
  allowedOrigins: optionalText('DTMS_HTTP_ALLOWED_ORIGINS', 'Sites whose pages may call: "https://a"'),
  openMetrics: flag('DTMS_HTTP_OPEN_METRICS', false, 'Whether metrics need no key'),
  maxConnections: whole('DTMS_HTTP_MAX_CONNECTIONS', 2000, 'Open connections', 1, 1_000_000),
  maxConnectionsPerAddress: whole(
    'DTMS_HTTP_MAX_CONNECTIONS_PER_ADDRESS',
    500,
    'Open connections from one address',
    1,
    1_000_000,
  ),
  handshakeMs: whole('DTMS_HTTP_HANDSHAKE_MS', 10_000, 'For a TLS handshake', 100, DAY),
  headersMs: whole('DTMS_HTTP_HEADERS_MS', 10_000, 'For the head of a request', 100, DAY),
  bodyMs: whole('DTMS_HTTP_BODY_MS', 30_000, 'For the body of a request', 100, DAY),
  keepAliveMs: whole('DTMS_HTTP_KEEP_ALIVE_MS', 60_000, 'Between two requests', 100, DAY),
  idleMs: whole('DTMS_HTTP_IDLE_MS', 2 * MINUTE, 'Silence with a request under way', 1000, DAY),
  maxRequestsPerConnection: whole(
    'DTMS_HTTP_MAX_REQUESTS_PER_CONNECTION',
    100_000,
    'Requests of a connection',
    1,
    1_000_000_000,
  ),
  legacy: LEGACY_SCHEMA,
};

/** The entries of a list in one text. */
export function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** What the settings must hold together. @param problems - receives what is wrong. */
export function checkHttp({ allowedOrigins }: HttpSettings, problems: string[]): void {
  for (const origin of listed(allowedOrigins)) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      problems.push(`http.allowedOrigins: must be like "https://dashboard.example.com" (${origin})`);
  }
}
