// A trade as JSON text and back, without loss: 64-bit integers are texts, numbers are JavaScript's
// shortest exact form. -0 becomes 0, which is the same price.
import type { Trade } from '../domain/types.js';

/** A value JSON cannot hold would come back as null and change the trade silently. */
function assertFinite(value: unknown, path: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${path} is ${value}, which cannot be stored`);
  } else if (typeof value === 'object' && value !== null) {
    for (const name of Object.keys(value)) assertFinite(Reflect.get(value, name), `${path}.${name}`);
  }
}

/** @throws RangeError when a number of the trade is not finite. */
export function encodeTrade(trade: Trade): string {
  assertFinite(trade, 'trade');
  const { spec, hedge } = trade;
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
  return body;
}
