// Owns the errors about who calls: not known, not allowed, too much, and keys that are not there.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from './errors.js';

/** Why nobody is known by what a call carries. */
export type AuthenticationFault = 'missing' | 'ambiguous' | 'invalid' | 'expired' | 'revoked' | 'changed';

const TEXTS: Readonly<Record<AuthenticationFault, string>> = {
  missing: 'an API key is needed: send "authorization: Bearer <key>" or "x-api-key: <key>"',
  ambiguous: 'more than one API key was sent',
  invalid: 'the API key is not valid',
  expired: 'the API key has expired',
  revoked: 'the API key was revoked',
  changed: 'the API key has other rights than when the stream was opened: open it again',
};

/** "expired" and "revoked" are told only to whoever knows the key's secret. */
export function unauthenticated(cause: AuthenticationFault): DtmsError {
  return new DtmsError(ErrorReason.UNAUTHENTICATED, TEXTS[cause], { metadata: { cause } });
}

/** `needs` are the scopes any one of which would do; none when nobody is allowed. */
export function scopeDenied(needs: readonly string[]): DtmsError {
  const text = needs.length === 0 ? 'nobody may call this' : `this needs the scope ${needs.join(' or ')}`;
  return new DtmsError(ErrorReason.PERMISSION_DENIED, text, { metadata: { needs: needs.join(',') } });
}

/**
 * The same whether or not the account, or what was asked for in it, exists.
 *
 * @param field - the request's field that names the account.
 * @param account - what it names; empty when nothing.
 */
export function accountDenied(field: string, account: string): DtmsError {
  const text =
    account === ''
      ? `the key is limited to accounts: ${field} must name one of them`
      : `the key is not for account ${account} (${field})`;
  return new DtmsError(ErrorReason.PERMISSION_DENIED, text, { metadata: { field, account } });
}

/** A key would write feeds that the key that makes it may not. */
export function feedsDenied(): DtmsError {
  const text = 'the key is limited to feeds: feeds must name some of them, and no others';
  return new DtmsError(ErrorReason.PERMISSION_DENIED, text, { metadata: { field: 'feeds' } });
}

/** What is asked for concerns or shows every account. */
export function everyAccountDenied(): DtmsError {
  const text = 'the key is limited to accounts, and this concerns all of them';
  return new DtmsError(ErrorReason.PERMISSION_DENIED, text);
}

/** `methodClass` as the proto names it, without its prefix; `limit` is per second. */
export function rateLimited(methodClass: string, limit: number, retryAfterMs: number): DtmsError {
  return new DtmsError(
    ErrorReason.RATE_LIMITED,
    `more than ${limit} calls of class ${methodClass} in a second`,
    { metadata: { method_class: methodClass, limit: String(limit) }, retryAfterMs },
  );
}

/** `streams` are open, which is as many as may be. */
export function tooManyStreams(streams: number, retryAfterMs: number): DtmsError {
  return new DtmsError(
    ErrorReason.TOO_MANY_STREAMS,
    `${streams} streams are open, and no more are admitted`,
    {
      metadata: { streams: String(streams) },
      retryAfterMs,
    },
  );
}

export function keyNotFound(keyId: string): DtmsError {
  return new DtmsError(ErrorReason.KEY_NOT_FOUND, `there is no API key ${keyId}`, {
    metadata: { key_id: keyId },
  });
}

/** It was revoked, rotated or expired before. */
export function keyEnded(keyId: string): DtmsError {
  return new DtmsError(ErrorReason.KEY_ENDED, `API key ${keyId} was revoked, rotated or expired already`, {
    metadata: { key_id: keyId },
  });
}

/** A key that can be used has this name. */
export function keyNameTaken(name: string): DtmsError {
  return new DtmsError(ErrorReason.KEY_NAME_TAKEN, `there is an API key called ${name}`, {
    metadata: { name },
  });
}

export function consoleTokenNeeded(): DtmsError {
  return new DtmsError(
    ErrorReason.CONSOLE_TOKEN_NEEDED,
    'a call without a key makes a key only with console_token, which the server prints when it starts; ' +
      'on its machine `dtms keys create` needs none',
  );
}

/** Too many calls came without a key that is right, from the caller's address or in all. */
export function tooManyStrangers(retryAfterMs: number): DtmsError {
  return new DtmsError(ErrorReason.RATE_LIMITED, 'too many calls without a key that is right', {
    metadata: { method_class: 'STRANGERS' },
    retryAfterMs,
  });
}
