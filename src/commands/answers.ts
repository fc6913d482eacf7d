// Owns idempotent requests: the first answer to a request_id is written in the transaction of what it did,
// and every repeat is answered with it. An answer is bytes here; whoever asks knows what they mean.
import DataLoader from 'dataloader';
import { requestIdReused } from '../errors/errors.js';
import type { StoredAnswer } from '../store/types.js';

/** What a mutation is identified by: the same request_id must come with the same method and body. */
export interface RequestIdentity extends Omit<StoredAnswer, 'response'> {
  /** The request_id as the caller gave it; `requestId` is the caller's own part of all ids. */
  readonly given: string;
  /** The id that versions without such parts kept the request under. */
  readonly formerId: string;
}

/** The first answer to a request that was made before. */
export class Remembered {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

interface Flying {
  readonly identity: RequestIdentity;
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

  /** Performs a mutation unless it was answered before; parallel repeats wait for the first. */
  async once<Outcome>(
    identity: RequestIdentity,
    perform: () => Promise<Outcome>,
  ): Promise<Outcome | Remembered> {
    const flying = this.#flying.get(identity.requestId);
    if (flying !== undefined) {
      assertSame(identity, flying.identity);
      return (await flying.answer) as Outcome | Remembered;
    }
    const answer = this.#answerOf(identity, perform);
    this.#flying.set(identity.requestId, { identity, answer });
    try {
      return await answer;
    } finally {
      this.#flying.delete(identity.requestId);
    }
  }

  async #answerOf<Outcome>(
    identity: RequestIdentity,
    perform: () => Promise<Outcome>,
  ): Promise<Outcome | Remembered> {
    const { requestId, formerId } = identity;
    const ids = requestId === formerId ? [requestId] : [requestId, formerId];
    const [stored, former = null] = await Promise.all(ids.map((id) => this.#stored.load(id)));
    if (stored != null) {
      assertSame(identity, stored);
      return new Remembered(stored.response);
    }
    // The former id may be another caller's: only the same request is a repeat.
    return former !== null && isSame(identity, former) ? new Remembered(former.response) : perform();
  }
}

function assertSame(asked: RequestIdentity, first: Pick<RequestIdentity, 'method' | 'bodyHash'>): void {
  if (!isSame(asked, first)) throw requestIdReused(asked.given, first.method);
}

function isSame(asked: RequestIdentity, first: Pick<RequestIdentity, 'method' | 'bodyHash'>): boolean {
  return asked.method === first.method && Buffer.compare(asked.bodyHash, first.bodyHash) === 0;
}
