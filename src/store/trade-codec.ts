// A trade as JSON text and back, without loss: 64-bit integers are texts, numbers are JavaScript's
// shortest exact form. -0 becomes 0, which is the same price.
import type { Action, ActionResult, Trade } from '../domain/types.js';

/** The path of a number JSON cannot hold, which would come back as null; null when there is none. */
function unstorable(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : ` is ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const name in value) {
    const found = unstorable(value[name as keyof typeof value]);
    if (found !== null) return `.${name}${found}`;
  }
  return null;
}

const textOrNull = (value: bigint | null): string | null => (value === null ? null : String(value));
const bigOrNull = (value: string | null): bigint | null => (value === null ? null : BigInt(value));

function storable(action: Action): object {
  const { result } = action;
  if (result === null) return action;
  const { openedTicket, dealTicket } = result;
  return {
    ...action,
    result: { ...result, openedTicket: textOrNull(openedTicket), dealTicket: textOrNull(dealTicket) },
  };
}

function restored(action: Action & { result: { openedTicket: string; dealTicket: string } | null }): Action {
  const { result } = action;
  if (result === null) return action;
  const { openedTicket, dealTicket } = result;
  const answer: ActionResult = {
    ...result,
    openedTicket: bigOrNull(openedTicket),
    dealTicket: bigOrNull(dealTicket),
  };
  return { ...action, result: answer };
}

/** @throws RangeError when a number of the action is not finite. */
export function encodeAction(action: Action): string {
  const found = unstorable(action);
  if (found !== null) throw new RangeError(`action${found}, which cannot be stored`);
  return JSON.stringify(storable(action));
}

/** The action encodeAction() wrote. */
export function decodeAction(text: string): Action {
  return restored(JSON.parse(text));
}

/** @throws RangeError when a number of the trade is not finite. */
export function encodeTrade(trade: Trade): string {
  const found = unstorable(trade);
  if (found !== null) throw new RangeError(`trade${found}, which cannot be stored`);
  const { spec, hedge, actions, deadLetters, parentTicket } = trade;
  return JSON.stringify({
    ...trade,
    spec: {
      ...spec,
      ticket: String(spec.ticket),
      positionTicket: String(spec.positionTicket),
      magicNumber: String(spec.magicNumber),
    },
    positionTicket: String(trade.positionTicket),
    hedge: hedge === null ? null : { ...hedge, ticket: String(hedge.ticket) },
    actions: actions.map(storable),
    deadLetters: deadLetters.map(storable),
    parentTicket: textOrNull(parentTicket),
  });
}

/** The trade encodeTrade() wrote. */
export function decodeTrade(text: string): Trade {
  const body = JSON.parse(text);
  body.spec.ticket = BigInt(body.spec.ticket);
  body.spec.positionTicket = BigInt(body.spec.positionTicket);
  body.spec.magicNumber = BigInt(body.spec.magicNumber);
  body.positionTicket = BigInt(body.positionTicket);
  if (body.hedge !== null) body.hedge.ticket = BigInt(body.hedge.ticket);
  body.actions = body.actions.map(restored);
  body.deadLetters = body.deadLetters.map(restored);
  body.parentTicket = bigOrNull(body.parentTicket);
  return body;
}
