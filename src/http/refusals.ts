// Owns the errors that only HTTP has: the same error as anywhere, under the status that says it best.

import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError, invalidField } from '../errors/errors.js';

/** An error with an HTTP status of its own, and headers that go with it. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly error: DtmsError;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error: DtmsError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

export function noSuchPath(): HttpRefusal {
  return new HttpRefusal(404, new DtmsError(ErrorReason.UNIMPLEMENTED, 'there is nothing at this path'));
}

/** @param allowed - what the path takes. */
export function methodNotAllowed(allowed: readonly string[]): HttpRefusal {
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  const error = new DtmsError(ErrorReason.UNIMPLEMENTED, `this path takes ${allow}`, { metadata: { allow } });
  return new HttpRefusal(405, error, { allow });
}

/** @param types - what would be taken. */
export function unsupportedType(types: string): HttpRefusal {
  return new HttpRefusal(415, invalidField('', `the body must be ${types} (Content-Type)`));
}

/** @param types - what there is. */
export function notAcceptable(types: string): HttpRefusal {
  return new HttpRefusal(406, invalidField('', `the answer is ${types} (Accept)`));
}

export function bodyTooLarge(maxBytes: number): HttpRefusal {
  return new HttpRefusal(413, invalidField('', `the body is larger than ${maxBytes} bytes`));
}

/** The request did not come in the time for it. */
export function requestTooSlow(): HttpRefusal {
  const error = new DtmsError(ErrorReason.DEADLINE_EXCEEDED, 'the request did not come in time');
  return new HttpRefusal(408, error, { connection: 'close' });
}

/** A page of another site, or a name of this host that is none of ours. */
export function foreign(what: string): HttpRefusal {
  return new HttpRefusal(403, new DtmsError(ErrorReason.PERMISSION_DENIED, what));
}
