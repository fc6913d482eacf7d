// Owns how large the answer of a list is: a page that has too many bytes is asked for again with fewer items, and its token goes on
// from there. So it holds for every list, and no handler has to know.
import type { CallContext } from './call-context.js';
import type { UnaryHandler } from './handlers.js';

/** An answer of this many bytes is taken by any gRPC client: 4 MiB is what they take unless they are told otherwise. */
export const MOST_PAGE_BYTES = 3 * 1024 * 1024;

/** Of what would fit if all items were of one size, since they are not. */
const ROOM = 0.9;

/** A request of a list, as every method of one has it. */
interface ListRequest {
  readonly pageSize: number;
}

/** Whether a message is the request of a list. */
export function isListRequest(message: unknown): message is ListRequest {
  return typeof message === 'object' && message !== null && 'pageSize' in message;
}

/**
 * The encoded answers of a handler. Of a list none has more than `MOST_PAGE_BYTES`, but where one item alone has.
 *
 * @param encode - throws what is wrong with a response
 */
export function answersOf(
  handler: UnaryHandler<unknown, unknown>,
  encode: (response: unknown) => Buffer,
): UnaryHandler<unknown, Buffer> {
  const fitting = (request: unknown, context: CallContext, answer: unknown): Buffer | Promise<Buffer> => {
    const bytes = encode(answer);
    if (bytes.length <= MOST_PAGE_BYTES || !isListRequest(request)) return bytes;
    const items = itemsIn(answer);
    if (items <= 1) return bytes;
    const pageSize = Math.max(1, Math.floor((items * ROOM * MOST_PAGE_BYTES) / bytes.length));
    return answered({ ...request, pageSize }, context);
  };
  const answered: UnaryHandler<unknown, Buffer> = (request, context) => {
    const answer = handler(request, context);
    if (answer instanceof Promise) return answer.then((later: unknown) => fitting(request, context, later));
    return fitting(request, context, answer);
  };
  return answered;
}

/** The answer of a list has one list. */
function itemsIn(answer: unknown): number {
  const list: unknown = Object.values(Object(answer)).find(Array.isArray);
  return Array.isArray(list) ? list.length : 0;
}
