// Owns the settings of the edge: TLS, and how much of the service a caller gets.
import type convict from 'convict';
import { scopeNamed } from '../contract/scopes.js';
import { choice, DAY, optionalText, whole } from './formats.js';

export interface TlsSettings {
  /** required: nothing is served without TLS; optional: whoever gives no certificate serves in the clear. */
  readonly mode: 'optional' | 'required';
  /** The file with the certificate and its chain, PEM; empty serves without TLS. */
  readonly cert: string;
  /** The file with its private key, PEM. */
  readonly key: string;
  /** The file with who may sign clients' certificates, PEM; empty asks for none. */
  readonly ca: string;
  /** With a ca: whether a client without a certificate is let in. */
  readonly clientCertificates: 'required' | 'optional';
  /** What certificates may do, by their subject's common name: "mt5-1=bridge; viewer=read,register". */
  readonly clientScopes: string;
  /** Between two looks at whether the files changed. */
  readonly reloadMs: number;
}

/** Rates are calls a second, of batches items; bursts are how much of it may come at once. */
export interface LimitSettings {
  /** auto: callers without a key are not limited where only this machine can call. */
  readonly mode: 'auto' | 'on' | 'off';
  readonly registrationsPerSecond: number;
  readonly registrationsBurst: number;
  readonly queriesPerSecond: number;
  readonly queriesBurst: number;
  readonly marketDataPerSecond: number;
  readonly marketDataBurst: number;
  readonly commandsPerSecond: number;
  readonly commandsBurst: number;
  readonly streamsPerSecond: number;
  readonly streamsBurst: number;
  /** Open at a time, of one caller. */
  readonly maxStreamsPerCaller: number;
  /** Open at a time, of all keys that are limited to one account. */
  readonly maxStreamsPerAccount: number;
  /** Open at a time, of everybody. */
  readonly maxStreams: number;
  /** Unary calls under way at a time, of everybody. */
  readonly maxCallsInFlight: number;
  /** Unary calls under way at a time, of all keys that are limited to one account. */
  readonly maxCallsPerAccount: number;
  /** Calls a second without a key that is right, of one address. */
  readonly strangersPerSecond: number;
  /** The same of all addresses. */
  readonly strangersPerSecondInAll: number;
  /** The longest a unary call may take, whatever its caller says. */
  readonly maxCallMs: number;
}

export const TLS_SCHEMA: convict.Schema<TlsSettings> = {
  mode: choice('DTMS_TLS_MODE', ['optional', 'required'], 'Whether anything is served without TLS'),
  cert: optionalText('DTMS_TLS_CERT', 'File with the certificate and its chain; empty serves without TLS'),
  key: optionalText('DTMS_TLS_KEY', "File with the certificate's key"),
  ca: optionalText('DTMS_TLS_CA', "File with who may sign clients' certificates; empty asks for none"),
  clientCertificates: choice(
    'DTMS_TLS_CLIENT_CERTIFICATES',
    ['required', 'optional'],
    'With a ca: whether a client without a certificate is let in',
  ),
  clientScopes: optionalText('DTMS_TLS_CLIENT_SCOPES', 'Scopes by common name: "mt5-1=bridge; viewer=read"'),
  reloadMs: whole('DTMS_TLS_RELOAD_MS', 10_000, 'Between two looks at the files', 10, DAY),
};

const perSecond = (env: string, value: number, doc: string) => whole(env, value, doc, 1, 1_000_000);
const atOnce = (env: string, value: number) => whole(env, value, 'So many of them at once', 1, 10_000_000);

export const LIMITS_SCHEMA: convict.Schema<LimitSettings> = {
  mode: choice('DTMS_LIMITS_MODE', ['auto', 'on', 'off'], 'Whether calls are limited'),
  registrationsPerSecond: perSecond('DTMS_LIMITS_REGISTRATIONS_PER_SECOND', 10, 'Trades registered'),
  registrationsBurst: atOnce('DTMS_LIMITS_REGISTRATIONS_BURST', 20),
  queriesPerSecond: perSecond('DTMS_LIMITS_QUERIES_PER_SECOND', 30, 'Reads'),
  queriesBurst: atOnce('DTMS_LIMITS_QUERIES_BURST', 60),
  marketDataPerSecond: perSecond('DTMS_LIMITS_MARKET_DATA_PER_SECOND', 1000, 'Market data pushed'),
  marketDataBurst: atOnce('DTMS_LIMITS_MARKET_DATA_BURST', 10_000),
  commandsPerSecond: perSecond('DTMS_LIMITS_COMMANDS_PER_SECOND', 100, 'Other changes'),
  commandsBurst: atOnce('DTMS_LIMITS_COMMANDS_BURST', 200),
  streamsPerSecond: perSecond('DTMS_LIMITS_STREAMS_PER_SECOND', 10, 'Streams opened'),
  streamsBurst: atOnce('DTMS_LIMITS_STREAMS_BURST', 50),
  maxStreamsPerCaller: whole('DTMS_LIMITS_MAX_STREAMS_PER_CALLER', 100, 'Streams of a caller', 1, 1_000_000),
  maxStreamsPerAccount: whole(
    'DTMS_LIMITS_MAX_STREAMS_PER_ACCOUNT',
    200,
    'Streams of an account',
    1,
    1_000_000,
  ),
  maxStreams: whole('DTMS_LIMITS_MAX_STREAMS', 5000, 'Streams of everybody', 1, 1_000_000),
  maxCallsInFlight: whole('DTMS_LIMITS_MAX_CALLS_IN_FLIGHT', 2000, 'Calls under way', 1, 1_000_000),
  maxCallsPerAccount: whole(
    'DTMS_LIMITS_MAX_CALLS_PER_ACCOUNT',
    500,
    'Calls of an account under way',
    1,
    1_000_000,
  ),
  strangersPerSecond: perSecond(
    'DTMS_LIMITS_STRANGERS_PER_SECOND',
    50,
    'Calls without a right key, of an address',
  ),
  strangersPerSecondInAll: perSecond('DTMS_LIMITS_STRANGERS_PER_SECOND_IN_ALL', 500, 'The same of everybody'),
  maxCallMs: whole('DTMS_LIMITS_MAX_CALL_MS', 30_000, 'Longest unary call', 1, DAY),
};

/** What the settings of TLS must hold together. @param problems - receives what is wrong. */
export function checkTls(
  { mode, cert, key, ca, clientScopes }: TlsSettings,
  use: 'serving' | 'tools',
  problems: string[],
): void {
  if (use === 'serving' && mode === 'required' && cert === '')
    problems.push(
      'tls.cert: must be given where tls.mode is required, as it is in production; DTMS_TLS_MODE=optional where a proxy does TLS',
    );
  if ((cert === '') !== (key === '')) problems.push('tls.cert and tls.key: both or none must be given');
  if (ca !== '' && cert === '')
    problems.push('tls.ca: clients can be asked for certificates only with tls.cert');
  for (const { name, scopes } of grantsOf(clientScopes)) {
    const unknown = scopes.filter((scope) => scopeNamed(scope) === undefined);
    if (name === '' || scopes.length === 0 || unknown.length > 0)
      problems.push(
        `tls.clientScopes: must be like "mt5-1=bridge; viewer=read,register" (${unknown.join(', ')})`,
      );
  }
}

/** What each common name is given, by the scopes' names. */
export function grantsOf(clientScopes: string): readonly { name: string; scopes: readonly string[] }[] {
  return split(clientScopes, ';').map((grant) => {
    const [name = '', scopes = ''] = split(grant, '=');
    return { name, scopes: split(scopes, ',') };
  });
}

function split(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
