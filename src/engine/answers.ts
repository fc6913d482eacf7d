// Idempotent requests: the first answer to a request_id is written in the transaction of what it did,
// and every repeat is answered with it.
import { createHash } from 'node:crypto';
import DataLoader from 'dataloader';
import { requestIdReused } from '../errors/errors.js';
import type { Cause } from '../observability/context.js';
import type { StoredAnswer } from '../store/types.js';

/** A message's binary codec, as ts-proto generates it. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** Whose call it is; a call's context is one. */
export interface Caller extends Cause {
  /** The full method name, such as /dtms.v1.TradeService/CloseTrade. */
  readonly method: string;
  readonly principal: { readonly name: string };
}

/** What a mutation is identified by. */
export interface Identity<Response> {
  /** A UUID; empty means the caller wants no idempotency. */
  readonly requestId: string;
  readonly method: string;
  /** Whose call it is, for its events. */
  readonly actor: string;
  /** The call itself, for its events' lines and spans. */
  readonly cause?: Cause;
  /** SHA-256 of the request without its request_id. */
  readonly bodyHash: Uint8Array;
  readonly response: Codec<Response>;
}

/** Identifies a request; the hash is only made when there is a request_id. */
export function identify<Request extends { requestId: string }, Response>(
  caller: Caller,
  request: Request,
  codec: Codec<Request>,
  response: Codec<Response>,
): Identity<Response> {
  const { method, principal } = caller;
  const { requestId } = request;
  const bodyHash =
    requestId === ''
      ? new Uint8Array()
      : createHash('sha256')
          .update(codec.encode({ ...request, requestId: '' }).finish())
          .digest();
  return {
    requestId: requestId.toLowerCase(),
    method,
    actor: principal.name,
    cause: caller,
    bodyHash,
    response,
  };
}

/** Of a request without a request_id: doing it again is harmless, or something else fences it. */
export function unidentified<Response>(caller: Caller, response: Codec<Response>): Identity<Response> {
  const { method, principal } = caller;
  return {
    requestId: '',
    method,
    actor: principal.name,
    cause: caller,
    bodyHash: new Uint8Array(),
    response,
  };
}

interface Flying {
  readonly identity: Identity<unknown>;
  readonly answer: Promise<unknown>;
}

export class Answers {
  readonly #stored: DataLoader<string, StoredAnswer | null>;
  readonly #flying = new Map<string, Flying>();

  /** `find` looks stored answers up; requests that arrive together share one query. */
  constructor(find: (requestIds: readonly string[]) => Promise<StoredAnswer[]>) {
    this.#stored = new DataLoader(
      async (requestIds) => {
        const found = new Map((await find(requestIds)).map((answer) => [answer.requestId, answer]));
        return requestIds.map((requestId) => found.get(requestId) ?? null);
      },
      { cache: false, maxBatchSize: 1000 },
    );
  }

  /** Performs a mutation unless its request_id was answered before; parallel repeats wait for the first. */
  async once<Response>(identity: Identity<Response>, perform: () => Promise<Response>): Promise<Response> {
    if (identity.requestId === '') return perform();
    const flying = this.#flying.get(identity.requestId);
    if (flying !== undefined) {
      assertSame(identity, flying.identity);
      return (await flying.answer) as Response;
    }
    const answer = this.#answerOf(identity, perform);
    this.#flying.set(identity.requestId, { identity, answer });
    try {
      return await answer;
    } finally {
      this.#flying.delete(identity.requestId);
    }
  }

  async #answerOf<Response>(
    identity: Identity<Response>,
    perform: () => Promise<Response>,
  ): Promise<Response> {
    const stored = await this.#stored.load(identity.requestId);
    if (stored === null) return perform();
    assertSame(identity, stored);
    return identity.response.decode(stored.response);
  }
}

type Asked = Pick<StoredAnswer, 'requestId' | 'method' | 'bodyHash'>;

function assertSame(asked: Asked, first: Asked): void {
  if (asked.method !== first.method || Buffer.compare(asked.bodyHash, first.bodyHash) !== 0) {
    throw requestIdReused(asked.requestId, first.method);
  }
}
