// Owns how handlers of mutations answer: a command's outcome on the wire, once for each request_id.
import { createHash } from 'node:crypto';
import type { Principal } from '../access/principal.js';
import { Remembered, type RequestIdentity } from '../commands/answers.js';
import type { Command, Journalled } from '../commands/command.js';
import type { CommandRunner } from '../commands/runner.js';
import type { MessageCodec } from '../contract/service.js';
import type { CallContext } from '../interceptors/call-context.js';

/** What of a generated method is needed. */
interface Method<Request, Response> {
  readonly requestType: MessageCodec<Request>;
  readonly responseType: MessageCodec<Response>;
}

/** Runs the command of a request and formats its outcome; a repeat of the request gets the first answer. */
export type AnswerCommand = <Request extends { readonly requestId: string }, Prepared, Outcome, Response>(
  method: Method<Request, Response>,
  request: Request,
  call: CallContext,
  command: Command<Prepared, Outcome> & Journalled,
  format: (outcome: Outcome) => Response,
) => Promise<Response>;

export function answering(commands: CommandRunner): AnswerCommand {
  return async ({ requestType, responseType }, request, call, command, format) => {
    if (request.requestId === '') return format(await commands.run(command, call));
    const identity = identify(call, request, requestType);
    const encode = (outcome: Parameters<typeof format>[0]) => responseType.encode(format(outcome)).finish();
    const answer = await commands.once(command, call, identity, encode);
    return answer instanceof Remembered ? responseType.decode(answer.bytes) : format(answer);
  };
}

function identify<Request extends { readonly requestId: string }>(
  { method, principal }: CallContext,
  request: Request,
  codec: MessageCodec<Request>,
): RequestIdentity {
  const body = codec.encode({ ...request, requestId: '' }).finish();
  const formerId = request.requestId.toLowerCase();
  return {
    given: request.requestId,
    formerId,
    requestId: scopedId(formerId, principal),
    method,
    bodyHash: createHash('sha256').update(body).digest(),
  };
}

/**
 * Keys that are limited to the same accounts share the ids of requests, and nobody else's: else an id that is in use would
 * tell what others called. A UUID as well.
 */
function scopedId(requestId: string, { accounts }: Pick<Principal, 'accounts'>): string {
  if (accounts === null) return requestId;
  const scope = JSON.stringify([[...accounts].sort(), requestId]);
  const digest = createHash('sha256').update(scope).digest('hex');
  return digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
